import Glibc
import Synchronization
import TestSupport
import Testing

/// Hundreds of subscribers that come, go, stall, half-close, send garbage and come back at random, while items flow and
/// the daemon is killed: every one hears everything it asked for, once and in order.
@Suite struct CrowdTests {
  private static let members = 300
  /// Between two kills.
  private static let looks = 12
  private static let actionsPerLook = 150
  private static let kills = 3

  @Test func everySequenceIsCompleteAndOrdered() async throws {
    let seed = SeededGenerator.seed()
    var random = SeededGenerator(seed: seed)
    print("crowd of TICKERD_TEST_SEED=\(seed)")
    let flow = Flow()
    let origin = try LoopbackServer { _ in flow.look() }
    let station = Station(
      """
      [[source]]
      name = "flow"
      kind = "text"
      baseline = "all"
      interval = "100ms"
      url = "\(origin.url("/"))"
      allow_net = ["127.0.0.0/8"]
      """)
    var daemon = try await station.daemon()
    let crowd = (0..<Self.members).map { Member(isPicky: $0 % 2 == 1) }
    for part in 0...Self.kills {
      // At every look of the daemon a few more, so that the crowd moves while items flow.
      let begin = flow.looks.value
      for look in 1...Self.looks {
        for _ in 0..<Self.actionsPerLook {
          act(crowd[Int.random(in: 0..<crowd.count, using: &random)], station.control, &random)
        }
        try await flow.looks.wait(for: "a look") { $0 >= begin + look ? true : nil }
      }
      guard part < Self.kills else { break }
      try await daemon.kill()
      daemon = try await station.daemon()
    }

    flow.stop()
    let looks = flow.looks.value + 2
    try await flow.looks.wait(for: "looks at the page that stands still") { $0 >= looks ? true : nil }
    let log = try await station.log()
    let sequences = log.compactMap(\.sequence)
    #expect(log.allSatisfy { $0.type == "item.new" } && sequences.count == log.count)
    #expect(sequences.count > 20, "items did flow")
    let picked = log.filter { $0.title.contains("desk 0") || $0.title.contains("desk 1") }.compactMap(\.sequence)
    for member in crowd {
      let expected = member.isPicky ? picked : sequences
      member.finish(at: station.control, last: expected.last ?? 0)
      #expect(member.heard == expected, "a subscriber missed or repeated something")
    }
    #expect(crowd.allSatisfy { $0.surprises.isEmpty }, "\(crowd.flatMap(\.surprises).prefix(3))")
    #expect(try await daemon.stop().end == .code(0))
  }

  private func act(_ member: Member, _ path: String, _ random: inout SeededGenerator) {
    guard member.isConnected else { return member.join(path) }
    switch Int.random(in: 0..<20, using: &random) {
    case 0: member.leave()
    case 1: member.stallsFor = Int.random(in: 1..<20, using: &random)
    case 2: member.endWriting()
    case 3...4:
      member.send((0..<Int.random(in: 1..<200, using: &random)).map { _ in UInt8.random(in: 11...255, using: &random) })
    default: member.read()
    }
  }

  /// A page that shows new lines at every look, as long as it flows.
  private final class Flow: Sendable {
    private let lines = Mutex<[String]>([])
    private let flows = Mutex(true)
    let looks = Watched(0)

    func stop() { flows.withLock { $0 = false } }

    func look() -> LoopbackServer.Response {
      let isFlowing = flows.withLock { $0 }
      let page = lines.withLock { lines in
        for _ in 0..<(isFlowing && lines.count < 400 ? 2 : 0) {
          let number = lines.count + 1
          lines.append("Headline \(number) from desk \(number % 5) on subject \(number * number % 1009)")
        }
        return lines.suffix(40).reversed().joined(separator: "\n")
      }
      looks.change { $0 += 1 }
      return .text(page + "\n", headers: [.init("Content-Type", "text/plain")])
    }
  }
}

/// A subscriber with no manners but one: it remembers its last cursor.
private final class Member {
  let isPicky: Bool
  /// Sequences, in order of arrival.
  private(set) var heard: [Int] = []
  /// Lines that should not have come.
  private(set) var surprises: [String] = []
  /// Turns in which it reads nothing.
  var stallsFor = 0
  private var descriptor: Int32 = -1
  private var cursor: String?
  private var rest: [UInt8] = []

  init(isPicky: Bool) { self.isPicky = isPicky }

  deinit { leave() }

  var isConnected: Bool { descriptor >= 0 }

  func join(_ path: String) {
    let made = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var name = sockaddr_un()
    name.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: path.utf8.prefix(107)) }
    let length = socklen_t(MemoryLayout<sockaddr_un>.size)
    let isConnected = withUnsafePointer(to: &name) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(made, $0, length) == 0 }
    }
    guard isConnected else {
      close(made)
      return
    }
    descriptor = made
    rest = []
    stallsFor = 0
    let start = cursor.map { "after=\($0)" } ?? "from=tail"
    send(Array("sub id=s \(start)\(isPicky ? " text=\"desk [01] \"" : "")".utf8))
  }

  /// One line.
  func send(_ bytes: [UInt8]) {
    let line = bytes + [UInt8(ascii: "\n")]
    _ = Glibc.send(descriptor, line, line.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
  }

  func endWriting() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// What was not read is lost to it, and comes again.
  func leave() {
    if descriptor >= 0 { close(descriptor) }
    descriptor = -1
  }

  /// What is there.
  func read() {
    if stallsFor > 0 {
      stallsFor -= 1
      return
    }
    var piece = [UInt8](repeating: 0, count: 64 << 10)
    while descriptor >= 0 {
      let count = recv(descriptor, &piece, piece.count, Int32(MSG_DONTWAIT))
      if count > 0 {
        take(piece[..<count])
      } else if count < 0, errno == EAGAIN || errno == EINTR {
        return
      } else {
        leave()
      }
    }
  }

  /// Comes back as long as it takes to hear `last`.
  func finish(at path: String, last: Int) {
    let end = ContinuousClock.now + TooLate.patience
    stallsFor = 0
    while heard.last ?? 0 < last, ContinuousClock.now < end {
      if !isConnected { join(path) }
      var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      _ = poll(&watched, 1, 100)
      read()
    }
  }

  private func take(_ more: ArraySlice<UInt8>) {
    var lines = (rest + more).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    rest = Array(lines.removeLast())
    for line in lines { take(line: String(decoding: line, as: UTF8.self)) }
  }

  private func take(line: String) {
    let kind = line.dropFirst(6).prefix { $0 != "\"" }
    switch kind {
    case "item", "live", "beat":
      guard let found = line.firstRange(of: "\"cursor\":\"") else { return surprises.append(line) }
      let cursor = String(line[found.upperBound...].prefix { $0 != "\"" })
      self.cursor = cursor
      if kind == "item" { heard.append(Int(cursor.split(separator: "-")[1]) ?? -1) }
    // Its garbage is refused, and nothing else of it.
    case "err" where line.contains("\"id\":\"s\""), "gap", "end": surprises.append(line)
    default: break
    }
  }
}
