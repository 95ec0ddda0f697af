import Glibc
import Synchronization
import Testing
import TickerModel
import TickerText

@testable import TickerSocket

/// A connected pair of stream sockets, neither of which waits.
private final class Pair {
  let near: Int32
  let far: Int32

  init() throws {
    var ends: [Int32] = [-1, -1]
    guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0, &ends) == 0 else {
      throw SocketError("make a pair of sockets", errno: errno)
    }
    (near, far) = (ends[0], ends[1])
  }

  deinit {
    close(near)
    close(far)
  }

  /// All that was sent so far.
  func received() -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = recv(far, &buffer, buffer.count, 0)
      guard count > 0 else { return bytes }
      bytes += buffer[..<count]
    }
  }
}

private func event(_ sequence: Int64, source: String = "bbc", title: String? = nil) -> EncodedEvent {
  EncodedEvent(item(sequence, source: source, title: title), epoch: Rig.epoch)
}

private func subscription(_ filter: Filter = Filter(), number: Int = 1, at position: Int64 = 0) -> Subscription {
  Subscription(
    number: number, filter: SubscriptionFilter(filter: filter), opening: ServerLines.itemOpening(number),
    position: position, headAtStart: 0, now: 0)
}

@Suite("Lines behind each other")
struct LineBlockTests {
  private func block(_ sequences: [Int64], length: Int = 10) -> LineBlock {
    var block = LineBlock()
    for sequence in sequences {
      block.append(
        opening: Array("<\(sequence)".utf8), line: Array(repeating: UInt8(ascii: "x"), count: length) + [10],
        sequence: sequence)
    }
    return block
  }

  @Test("the line behind a position is found")
  func lookUp() {
    let block = block([3, 4, 7, 9])
    #expect([0, 2, 3, 5, 7, 8, 9, 20].map { block.firstLine(after: $0) } == [0, 0, 1, 2, 3, 3, 4, 4])
    #expect(LineBlock().firstLine(after: 5) == 0)
    #expect(block.size(from: 1, to: 3) == 26 && block.size(from: 2, to: 2) == 0)
  }

  @Test("what is sent are whole lines, from and to where it was asked")
  func sends() throws {
    let pair = try Pair()
    #expect(block([1, 2, 3], length: 1).send(from: 1, to: 3, to: pair.near) == .bytes(8))
    #expect(String(decoding: pair.received(), as: UTF8.self) == "<2x\n<3x\n")
  }

  @Test("a socket that takes a part: the line it cut and its rest, at every byte")
  func cuts() {
    let block = block([5, 6, 8], length: 3)
    // Lines of six bytes; the first is not told.
    for taken in 0..<12 {
      let (begun, rest) = block.remainder(after: taken, from: 1)
      switch taken {
      case 0: #expect(begun == nil && rest.isEmpty)
      case 1...6: #expect(begun == 1 && rest.count == 6 - taken)
      default: #expect(begun == 2 && rest.count == 12 - taken)
      }
    }
    #expect(block.remainder(after: 7, from: 1).rest == Array("8xxx\n".utf8))
  }

  @Test("a full socket takes nothing, a closed one is broken")
  func ends() throws {
    let pair = try Pair()
    let block = block([1], length: 1 << 20)
    guard case .bytes(let taken) = block.send(from: 0, to: 1, to: pair.near) else {
      Issue.record("nothing was taken")
      return
    }
    #expect(taken < 1 << 20)
    #expect(block.send(from: 0, to: 1, to: pair.near) == .full)
    shutdown(pair.far, Int32(SHUT_RDWR))
    #expect(block.send(from: 0, to: 1, to: pair.near) == .broken)
  }
}

@Suite("Shared filters, batches and pages")
struct SharedTests {
  @Test("an event is judged once for all who have the filter")
  func judgedOnce() {
    let filter = SharedFilter(SubscriptionFilter(filter: Filter(sources: ["bbc"])))
    #expect(filter.passes(event(5)))
    // The sequence names the event: the first verdict stands, so the second is not looked at.
    #expect(filter.passes(event(5, source: "afp")))
    #expect(!filter.passes(event(6, source: "afp")))
    // Sequences that fall on the same place are told apart.
    #expect(!filter.passes(event(5 + 64, source: "afp")))
    #expect(filter.passes(event(5)))
  }

  @Test("equal filters are one, others are not")
  func equalFilters() throws {
    var filters = SharedFilters()
    let filter = { (source: String, text: String) throws -> SubscriptionFilter in
      SubscriptionFilter(filter: Filter(sources: [source], texts: [try Pattern(text)]))
    }
    let one = filters.share(try filter("bbc", "a"))
    #expect(filters.share(try filter("bbc", "a")) === one)
    #expect(filters.share(try filter("bbc", "b")) !== one)
    #expect(filters.share(try filter("afp", "a")) !== one)
    var bounded = try filter("bbc", "a")
    bounded.until = Timestamp(seconds: 5)
    #expect(filters.share(bounded) !== one)
    bounded.until = nil
    bounded.since = Timestamp(seconds: 5)
    #expect(filters.share(bounded) !== one)
  }

  @Test("filters that nobody has any more are forgotten, those in use are kept")
  func unusedFilters() {
    var filters = SharedFilters()
    let filter = { (source: Int) in SubscriptionFilter(filter: Filter(sources: ["s\(source)"])) }
    let used = filters.share(filter(0))
    for source in 1...2000 { _ = filters.share(filter(source)) }
    #expect(filters.count <= 300)
    #expect(filters.share(filter(0)) === used)
  }

  @Test("a batch is for those at its place with its filter and number, and holds what passes, once")
  func batch() throws {
    var ring = Ring(head: 0, capacity: 16)
    for sequence in 1...5 { ring.append(event(Int64(sequence), source: sequence == 3 ? "afp" : "bbc")) }
    let first = subscription(Filter(sources: ["bbc"]), at: 1)
    let batch = SharedBatch(first, ring: ring)
    #expect(batch.to == 5)
    #expect((0..<batch.block.count).map { batch.block.sequence(of: $0) } == [2, 4, 5])
    let equal = subscription(Filter(sources: ["bbc"]), at: 1)
    #expect(batch.isFor(first) && !batch.isFor(equal))
    equal.shared = first.shared
    #expect(batch.isFor(equal))
    equal.position = 2
    #expect(!batch.isFor(equal))
    let second = subscription(Filter(sources: ["bbc"]), number: 2, at: 1)
    second.shared = first.shared
    #expect(!batch.isFor(second))
    let pair = try Pair()
    #expect(batch.block.send(from: 0, to: 3, to: pair.near) == .bytes(batch.size))
    let wanted = [2, 4, 5].map { String(decoding: first.opening + event($0).line, as: UTF8.self) }.joined()
    #expect(String(decoding: pair.received(), as: UTF8.self) == wanted)
  }

  @Test("a hundred who replay the same past read its pages once, and each gets all of it")
  func sharedReplay() throws {
    let log = FakeLog(items: 1500)
    let rig = try Rig(log: log) { $0.ringCapacity = 64 }
    defer { rig.close() }
    let clients = try (0..<100).map { _ in try rig.connect() }
    for (index, client) in clients.enumerated() {
      // A few of them begin elsewhere, and fall in with the others.
      let start = SubscribeRequest.Start.after(cursor(index % 20 == 0 ? 40 : 0))
      _ = try client.send(SubscribeRequest(start: start, follow: false).line())
    }
    for (index, client) in clients.enumerated() {
      // The answer to the command.
      _ = try client.receive(timeout: patience)
      let (sequences, mark) = try client.itemsUntilMark()
      let isWhole = sequences == Array((index % 20 == 0 ? 41 : 1)...1500)
      #expect(isWhole, "\(sequences.count) events from \(sequences.first ?? 0) to \(sequences.last ?? 0)")
      #expect(mark == .end(sub: 1, cursor(1500)))
    }
    // 6 pages make the log; a hundred readers of their own would ask for 600.
    let asked = log.state.withLock { $0.pagesAsked }
    #expect(asked < 100, "\(asked) pages were read")
  }

  @Test("a page is shared by filter, fields and number, and goes when nobody asks for it")
  func pages() {
    var pages = SharedPages()
    let filter = SharedFilter(SubscriptionFilter(filter: Filter()))
    let subscriptions = (0..<3).map { _ in subscription(at: 10) }
    subscriptions.forEach { $0.shared = filter }
    let connection = Connection(
      number: 7, descriptor: -1, kind: .control, peer: Peer(process: 1, user: 1, group: 1), now: 0)
    guard let read = pages.wait(subscriptions[0], of: connection) else {
      Issue.record("nobody reads")
      return
    }
    #expect(pages.wait(subscriptions[1], of: connection) == nil)
    let other = subscription(number: 2, at: 10)
    other.shared = filter
    #expect(pages.wait(other, of: connection) != nil)
    #expect(pages.wait(subscription(at: 10), of: connection) != nil)

    let taker = PageTaker(filter: filter.filter, projection: nil, opening: subscriptions[0].opening)
    let page = EncodedPage(
      LogPage(records: (11...20).map { item($0) }, tail: 0, head: 90), after: 10, for: taker, epoch: Rig.epoch)
    #expect(pages.end(read, with: page, now: 5).count == 2)
    #expect(pages.end(read, with: page, now: 5).isEmpty)
    for (position, isThere) in [(9, false), (10, true), (19, true), (20, false)] {
      subscriptions[2].position = Int64(position)
      #expect((pages.page(for: subscriptions[2], now: 6) != nil) == isThere, "at \(position)")
    }
    #expect(pages.page(for: other, now: 6) == nil)
    pages.drop(unusedSince: 6)
    #expect(!pages.isEmpty)
    pages.drop(unusedSince: 7)
    #expect(pages.isEmpty)
  }
}
