import TestSupport
import Testing
import TickerModel

@testable import TickerStore

/// A clock in a line runs through its texts once a day. An item keeps its first text for good, which its `id` is made
/// of: the day on which that text is a new line does not stop the source.
@Test func aClockThatComesRoundDoesNotStopItsSource() async throws {
  let folder = TemporaryFolder()
  let store = try Store(path: folder.file("state/tickerd.db")) { _ in }
  var source = Source(name: "wire", url: .literal("https://wire.example/"))
  source.baseline = .all
  var second: Int64 = 0
  func poll(_ lines: [String]) async throws -> Recorded {
    second += 60
    let document = ParsedDocument(form: .window, kind: .text, items: lines.map { ParsedItem(title: $0) })
    return try await store.record(
      Observation(
        source: source, now: Timestamp(seconds: 1_800_000_000 + second),
        content: .document(.window, Decide.seen(document, of: source)), state: SourceState()))
  }
  let clock = (0..<30).map { "The weather in the city at \($0) minutes" }
  for _ in 0..<3 { for line in clock { _ = try await poll([line, "Bottom"]) } }
  // What the clock did is told by its last steps alone.
  let steps = try await store.read { connection throws(StoreError) in
    try connection.rows("SELECT count(*), count(seq) FROM trace GROUP BY item") { ($0.integer(0), $0.integer(1)) }
  }
  #expect(steps.allSatisfy { $0.0 - $0.1 <= 20 } && steps.contains { $0.0 - $0.1 == 20 })
  _ = try await poll(["Quite another page altogether"])
  // Every text of the clock is either known as the item's own, or a new item of its own.
  for line in clock { _ = try await poll([line]) }
  await store.close()
}
