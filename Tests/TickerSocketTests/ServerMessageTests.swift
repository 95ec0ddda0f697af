import Testing
import TickerModel

@testable import TickerSocket

@Suite("A server's lines, as a client reads them")
struct ServerMessageTests {
  @Test("every line the server writes is understood")
  func lines() {
    let one = cursor(1)
    let two = cursor(2)
    let table: [([UInt8], ServerMessage)] = [
      (
        ServerLines.hello(server: "tickerd/1", tail: one, head: two, beat: .seconds(15)),
        .hello(ServerHello(server: "tickerd/1", epoch: Rig.epoch, head: two, tail: one, beat: .seconds(15)))
      ),
      (ServerLines.live(3, one), .live(sub: 3, one)), (ServerLines.end(3, two), .end(sub: 3, two)),
      (ServerLines.beat(3, one, head: two, at: Timestamp(seconds: 0)), .beat(sub: 3, one)),
      (ServerLines.gap(3, from: one, to: two), .gap(sub: 3, to: two, lost: 1)),
      (ServerLines.bye(.shutdown, one), .bye(code: "shutdown", retry: .seconds(1))),
      (
        ServerLines.error(CommandFailure(.busy, "wait"), id: .number(4), tail: one, head: two),
        .failure(id: "4", CommandFailure(.busy, "wait"))
      ),
    ]
    for (line, message) in table {
      #expect(line.last == UInt8(ascii: "\n"))
      #expect(ServerMessage(Array(line.dropLast())) == message)
    }
  }

  @Test("an item gives the event alone")
  func item() {
    let record = TickerSocketTests.item(5, title: "a, \"b\"")
    let line = ServerLines.itemOpening(12) + EncodedEvent(record, epoch: Rig.epoch).line.dropLast()
    #expect(ServerMessage(line) == .item(sub: 12, cursor(5), object: record.object(epoch: Rig.epoch)))
  }

  @Test(
    "what is not of the protocol is nil, what is newer is passed on",
    arguments: [
      ("", false), ("{}", false), ("hello", false), (#"{"t":"item","sub":1}"#, false),
      (#"{"t":"hello","proto":2}"#, false),
      (#"{"t":"live","sub":1,"cursor":"x"}"#, false), (#"{"t":"weather","sun":true}"#, true),
    ])
  func strange(_ line: String, _ isMessage: Bool) {
    #expect((ServerMessage(Array(line.utf8)) != nil) == isMessage)
  }

  @Test("nobody listening is said with what to do")
  func unreachable() {
    let error = #expect(throws: SocketError.self) { try SocketClient.connect(path: "/tmp/tickerd-nobody.sock") }
    #expect(error?.kind == .unreachable)
    #expect(error?.description.contains("tickerd run") == true)
  }
}
