import TestSupport
import Testing
import TickerModel

@testable import TickerStore

private let source = Source(name: "feed", url: .literal("https://example.org/"))

private func seen(_ entries: [(guid: String, title: String)]) -> [SeenItem] {
  let items = entries.map { ParsedItem(guid: $0.guid, title: $0.title) }
  return Decide.seen(ParsedDocument(form: .feed, kind: .rss, items: items), of: source)
}

@Test func anEntryIsRecognisedByItsContentAndAllItsNames() {
  let first = seen([("a", "One"), ("b", "Two"), ("c", "Three")])
  var memory = FeedMemory()
  memory.remember(FeedMemory.keys(of: first, except: [2]), of: "feed")
  let again = memory.settled(first, of: "feed") { nil }
  #expect(again.indices == [0, 1] && !again.isSame)
  // Another title, another guid, and one that stands just so.
  let next = seen([("a", "One more"), ("b", "Two"), ("z", "One")])
  #expect(memory.settled(next, of: "feed") { nil }.indices == [1])
  #expect(memory.settled(first, of: "other") { nil }.indices.isEmpty)
  let same = seen([("a", "One"), ("b", "Two")])
  #expect(memory.settled(same, of: "feed") { nil }.isSame)
}

@Test func whatThereIsNoRoomForIsReadAgain() {
  var memory = FeedMemory(mostEntries: 3)
  let (one, two) = (seen([("a", "One"), ("b", "Two")]), seen([("c", "Three"), ("d", "Four")]))
  memory.remember(FeedMemory.keys(of: one, except: []), of: "one")
  memory.remember(FeedMemory.keys(of: two, except: []), of: "two")
  #expect(memory.settled(one, of: "one") { nil }.isSame)
  #expect(memory.settled(two, of: "two") { nil }.indices.isEmpty)
  var reads = 0
  for _ in 0..<2 {
    let read = memory.settled(two, of: "two") {
      reads += 1
      return FeedMemory.keys(of: two, except: [])
    }
    #expect(read.isSame)
  }
  #expect(reads == 2)
}

@Test func keysAreKeptAsTheyAre() {
  let keys = FeedMemory.keys(of: seen((0..<40).map { ("guid \($0)", "Title \($0)") }), except: [3])
  #expect(WindowCodec.settled(WindowCodec.settled(keys)) == keys && keys.count == 39)
  // The same in every process: a start reads what another one wrote.
  #expect(keys[0] == FeedMemory.Key(content: 10_974_859_308_405_087_294, names: 6_403_954_441_091_777_484))
}

/// After a start the memory is there again: what stands as it stood asks nothing of the tables of items, and what does
/// not is judged as before.
@Test func theMemoryIsRebuiltAtAStart() async throws {
  var bench = ArchiveBench(baseline: .all)
  var store = try bench.open()
  let entries = (0..<30).map { "Entry \($0)" }
  try await bench.poll(entries, on: store, form: .feed)
  await store.close()
  store = try bench.open()
  // Were the tables asked, every entry would be unknown, and new.
  try await store.write { writer throws(StoreError) in
    try writer.connection.execute("DELETE FROM fingerprint; DELETE FROM alias")
  }
  #expect(try await bench.poll(entries, on: store, form: .feed).isEmpty)
  let titles = try await bench.poll(["News"] + entries, on: store, form: .feed).compactMap {
    EventText.read($0.body)?.title
  }
  #expect(titles == ["News"])
  await store.close()
}

/// Other rules may find other entries: then nothing is taken for settled, in memory or on disk.
@Test(arguments: [false, true]) func otherRulesAskAboutEverything(restarts: Bool) async throws {
  let bench = ArchiveBench(baseline: .all)
  var store = try bench.open()
  let entries = seen((0..<5).map { ("g\($0)", "Entry \($0)") })
  func poll(_ rules: [UInt8], _ second: Int64) async throws -> [LogRecord] {
    var state = SourceState()
    state.rules = rules
    return try await store.record(
      Observation(
        source: bench.source, now: Timestamp(seconds: second), content: .document(.feed, entries), state: state)
    ).events
  }
  #expect(try await poll([1], 60).count == 5)
  if restarts {
    await store.close()
    store = try bench.open()
  }
  try await store.write { writer throws(StoreError) in
    try writer.connection.execute(
      "DELETE FROM fingerprint; DELETE FROM alias; DELETE FROM sighting; DELETE FROM item")
  }
  #expect(try await poll([1], 120).isEmpty)
  // What is asked about is not known any more.
  #expect(try await poll([2], 180).count == 5)
  await store.close()
}
