import Synchronization
import Testing
import TickerModel

@testable import TickerSocket

@Suite("Subscribers that do not read", .serialized)
struct StalledSubscriberTests {
  private static let large = String(repeating: "x", count: 20_000)

  @Test("a stalled one delays nobody, keeps nothing but its position, and resumes exactly")
  func stalled() throws {
    let rig = try Rig { $0.ringCapacity = 128 }
    defer { rig.close() }
    let stalled = try rig.connect()
    let reader = try rig.connect()
    _ = try stalled.subscribe(SubscribeRequest())
    _ = try reader.subscribe(SubscribeRequest())
    for _ in 0..<50 {
      rig.publish(20) { item($0, title: Self.large) }
      _ = try reader.items(20)
    }
    let kept = Mutex(0)
    let server = rig.server
    rig.onLoop { kept.withLock { $0 = server.unsentBytes } }
    // At most the rest of one line; 20 MB were announced.
    #expect(kept.withLock { $0 } <= SocketProtocol.longestLine)
    #expect(try stalled.items(1000) == Array(1...1000))
  }

  @Test("one that takes no byte for the stall timeout is closed, the others stay")
  func stallTimeout() throws {
    let rig = try Rig { $0.stallTimeout = .seconds(1) }
    defer { rig.close() }
    let stalled = try rig.connect()
    let reader = try rig.connect()
    _ = try stalled.subscribe(SubscribeRequest())
    _ = try reader.subscribe(SubscribeRequest())
    var published = 0
    // One by one: the reader's socket has room for each, so that nothing waits for it however slow this machine is. The
    // other's is full after some.
    while rig.server.subscriberCount == 2 {
      let title = published < 50 ? Self.large : "x"
      published += rig.publish(1) { item($0, title: title) }.count
      _ = try reader.items(1)
    }
    #expect(rig.server.subscriberCount == 1)
    rig.publish()
    #expect(try reader.items(1) == [Int64(published) + 1])
    // What was taken before is whole and in order; the line that was cut is dropped by the client.
    var last: Int64 = 0
    while let message = try stalled.next(timeout: patience) {
      guard case .item(_, let cursor, _) = message else { continue }
      #expect(cursor.sequence == last + 1)
      last = cursor.sequence
    }
  }

  @Test("one that asks and never reads the answers costs a bounded buffer, and is closed when it took nothing for long")
  func unreadAnswers() throws {
    let rig = try Rig { $0.stallTimeout = .milliseconds(300) }
    defer { rig.close() }
    let stream = try rig.connectRaw()
    let server = rig.server
    let most = Mutex(0)
    let end = ContinuousClock.now + patience
    while rig.server.subscriberCount == 1, ContinuousClock.now < end {
      // The connection may be closed between the look and the send.
      for _ in 0..<8 { try? stream.send("poll large\n") }
      rig.onLoop { most.withLock { $0 = max($0, server.unsentBytes) } }
    }
    #expect(rig.server.subscriberCount == 0)
    #expect(most.withLock { $0 } <= 10 * SocketProtocol.longestLine)
  }

  @Test("it is told that it lags once it reads again")
  func lag() throws {
    let rig = try Rig()
    defer { rig.close() }
    let client = try rig.connect()
    _ = try client.subscribe(SubscribeRequest())
    #expect(try client.next(timeout: patience) == .live(sub: 1, cursor(0)))
    rig.publish(4000) { item($0, title: String(repeating: "y", count: 500)) }
    var lags = 0
    var sequences: [Int64] = []
    while sequences.count < 4000, let message = try client.next(timeout: patience) {
      if case .item(_, let cursor, _) = message { sequences.append(cursor.sequence) }
      if case .other(let line) = message, line.starts(with: Array(#"{"t":"lag","sub":1,"#.utf8)) { lags += 1 }
    }
    #expect(sequences == Array(1...4000))
    #expect(lags == 1)
  }
}
