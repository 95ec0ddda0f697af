import Synchronization
import Testing
import TickerModel

@testable import TickerSocket

@Suite("Replay and live without a seam", .serialized)
struct ReplayTests {
  private struct Expectation {
    let client: SocketClient
    let filter: Filter
    let start: SubscribeRequest.Start
    let head: Int64
  }

  @Test("a hundred subscribers with random starts and filters, while thousands of events are recorded")
  func random() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    print("seed \(seed)")
    var random = SeededGenerator(seed: seed)
    let sources = ["bbc", "reuters", "afp"]
    let early: Int64 = 2000
    let final: Int64 = 6000
    let log = FakeLog((1...early).map { item($0, source: sources[Int($0 % 3)]) })
    // A small ring, so that readers fall out of it and come back to it all the time.
    let rig = try Rig(log: log) { $0.ringCapacity = 64 }
    defer { rig.close() }

    let writer = try EventLoop()
    try writer.start()
    defer { writer.stop() }
    let writerSeed = random.next()
    var expectations = try (0..<20).map { _ in try subscribe(rig, until: final, &random) }
    writer.post {
      var random = SeededGenerator(seed: writerSeed)
      while log.head < final {
        let count = min(Int.random(in: 1...20, using: &random), Int(final - log.head))
        rig.publish(count) { item($0, source: sources[Int($0 % 3)]) }
      }
    }
    expectations += try (0..<80).map { _ in try subscribe(rig, until: final, &random) }

    for expectation in expectations {
      var sequences: [Int64] = []
      while let message = try expectation.client.next(timeout: patience) {
        if case .item(_, let cursor, _) = message { sequences.append(cursor.sequence) }
        if case .end = message { break }
      }
      let expected = expected(expectation, log.records)
      #expect(sequences == expected, "seed \(seed), start \(expectation.start), filter \(expectation.filter)")
    }
  }

  private func subscribe(
    _ rig: Rig, until final: Int64, _ random: inout SeededGenerator
  ) throws -> Expectation {
    let client = try rig.connect()
    let filter =
      [Filter(), Filter(sources: ["bbc"]), Filter(notSources: ["bbc"]), Filter(types: ["source.*"])]
      .randomElement(using: &random) ?? Filter()
    let starts: [SubscribeRequest.Start] = [
      .head, .tail, .last(Int.random(in: 0...2000, using: &random)),
      .after(cursor(Int64.random(in: 0...2000, using: &random))),
    ]
    let start = starts.randomElement(using: &random) ?? .head
    try client.send(
      SubscribeRequest(start: start, until: .cursor(cursor(final)), filter: filter).line())
    let line = String(decoding: try client.receive(timeout: patience) ?? [], as: UTF8.self)
    // {"t":"ok","sub":1,"head":"k3f9q2-3000"}
    let head = try #require(line.split(separator: "\"").last { $0.hasPrefix(Rig.epoch) }.flatMap { Cursor(String($0)) })
    return Expectation(client: client, filter: filter, start: start, head: head.sequence)
  }

  private func expected(_ expectation: Expectation, _ records: [LogRecord]) -> [Int64] {
    let passing = records.filter(expectation.filter.passes).map(\.sequence)
    switch expectation.start {
    case .after(let cursor): return passing.filter { $0 > cursor.sequence }
    case .last(let count):
      return passing.filter { $0 <= expectation.head }.suffix(count) + passing.filter { $0 > expectation.head }
    case .tail, .since: return passing
    case .head: return passing.filter { $0 > expectation.head }
    }
  }

  @Test("live is said once, after the last event that was there")
  func live() throws {
    let rig = try Rig(log: FakeLog(items: 1000))
    defer { rig.close() }
    let client = try rig.connect()
    _ = try client.subscribe(SubscribeRequest(start: .after(cursor(10))))
    let (sequences, mark) = try client.itemsUntilMark()
    #expect(sequences == Array(11...1000))
    #expect(mark == .live(sub: 1, cursor(1000)))
    rig.publish(3)
    #expect(try client.items(3) == [1001, 1002, 1003])
  }

  @Test("what retention took away is told first; from the tail nothing was lost")
  func gap() throws {
    let log = FakeLog(items: 500)
    log.prune(to: 400)
    let rig = try Rig(log: log)
    defer { rig.close() }
    let client = try rig.connect()
    _ = try client.subscribe(SubscribeRequest(start: .after(cursor(100))))
    #expect(try client.next(timeout: patience) == .gap(sub: 1, to: cursor(400), lost: 300))
    #expect(try client.itemsUntilMark().sequences == Array(401...500))
    log.prune(to: 450)
    _ = try client.subscribe(SubscribeRequest(start: .tail))
    #expect(try client.itemsUntilMark().sequences == Array(451...500))
  }

  @Test("a log that cannot be read for a while costs patience, not subscribers")
  func unreadableLog() throws {
    let rig = try Rig(log: FakeLog(items: 700))
    defer { rig.close() }
    rig.log.fail(5)
    let client = try rig.connect()
    _ = try client.subscribe(SubscribeRequest(start: .last(600)))
    #expect(try client.itemsUntilMark().sequences == Array(101...700))
  }

  @Test("an announcement that leaves events out, or repeats them, changes nothing")
  func hintsOnly() throws {
    let rig = try Rig()
    defer { rig.close() }
    let client = try rig.connect()
    _ = try client.subscribe(SubscribeRequest())
    let first = rig.publish(3)
    _ = rig.log.append(5) { item($0) }
    rig.server.announce(first)
    rig.publish(2)
    #expect(try client.items(10) == Array(1...10))
  }
}
