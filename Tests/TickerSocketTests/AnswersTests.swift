import CLinux
import Glibc
import Testing
import TickerModel

@testable import TickerSocket

@Suite("What a stranger may command")
struct AnswersTests {
  @Test("a user who is neither root nor the daemon's may look, not touch")
  func forbidden() throws {
    let log = FakeLog()
    defer { log.close() }
    let loop = try EventLoop()
    let subscribers = Subscribers(
      settings: SocketSettings(controlPath: "/unused", livePath: "/unused"), loop: loop, epoch: Rig.epoch, tail: 0,
      head: 0, services: log.services)
    var ends: [Int32] = [0, 0]
    #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
    defer { for end in ends { close(end) } }
    let stranger = Peer(process: 1, user: geteuid() + 1, group: 1)
    let connection = Connection(number: 1, descriptor: ends[0], kind: .control, peer: stranger, now: loop.now)
    let commands = Array("poll bbc id=a\nreload id=b\npause bbc id=c\nresume bbc id=d\nsources id=e\n".utf8)
    #expect(write(ends[1], commands, commands.count) == commands.count)
    connection.readable = true

    subscribers.read(connection)
    subscribers.pump(connection)

    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = max(0, read(ends[1], &buffer, buffer.count))
    let messages = buffer.prefix(count).split(separator: UInt8(ascii: "\n")).map { ServerMessage(Array($0)) }
    let refused = messages.compactMap { message -> String? in
      guard case .failure(let id, let failure)? = message, failure.code == .forbidden else { return nil }
      return id
    }
    #expect(refused == ["a", "b", "c", "d"])
    #expect(log.acts == [.sources(after: "")])
    #expect(
      log.notes.first
        == "notice: uid \(geteuid() + 1) gid 1 pid 1 may not poll bbc: root, this user and admin_group may")

    // The socket's real peer is this process, with its groups.
    subscribers.administrators = getegid()
    #expect(write(ends[1], "poll bbc id=f\n", 14) == 14)
    connection.readable = true
    subscribers.read(connection)
    #expect(log.acts == [.sources(after: ""), .poll("bbc")])
    #expect(log.notes.last?.hasSuffix("commands: poll bbc") == true)
  }
}
