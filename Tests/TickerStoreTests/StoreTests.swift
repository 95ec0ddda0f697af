import Glibc
import Synchronization
import TestSupport
import Testing
import TickerModel
import TickerText

@testable import TickerStore

/// A store in a folder of its own, and what it announced.
private final class Bench: Sendable {
  let folder = TemporaryFolder()
  private let heard = Mutex<[LogRecord]>([])
  var path: String { folder.file("state/tickerd.db") }
  var announced: [LogRecord] { heard.withLock { $0 } }

  func open() throws -> Store {
    try Store(path: path) { records in self.heard.withLock { $0 += records } }
  }
}

private func source(_ name: String = "wire", baseline: Baseline = .all) -> Source {
  var source = Source(name: name, url: .literal("https://example.org/"))
  source.baseline = baseline
  source.tags = ["breaking"]
  return source
}

private func observation(_ lines: [String], of source: Source = source(), at second: Int64 = 0) -> Observation {
  let document = ParsedDocument(form: .window, kind: .text, items: lines.map { ParsedItem(title: $0) })
  return Observation(
    source: source, now: Timestamp(seconds: 1_800_000_000 + second),
    content: .document(.window, Decide.seen(document, of: source)), state: SourceState())
}

@Test func aPollIsRecordedWithItsEventsAndAnnounced() async throws {
  let bench = Bench()
  let store = try bench.open()
  let recorded = try await store.record(observation(["Bravo", "Alpha"]))
  #expect(recorded.events.map(\.sequence) == [1, 2])
  #expect(bench.announced == recorded.events)
  let page = try await store.page(after: 0)
  #expect(page.records == recorded.events)
  #expect(page.tail == 0 && page.head == 2)
  #expect(page.records.compactMap { EventText.read($0.body)?.title } == ["Alpha", "Bravo"])
  #expect(page.records.allSatisfy { $0.tags == ["breaking"] })
  await store.close()
}

@Test func aRestartKnowsEverythingAndAnnouncesNothing() async throws {
  let bench = Bench()
  let first = try bench.open()
  let epoch = first.epoch
  _ = try await first.record(observation(["Bravo", "Alpha"]))
  _ = try await first.record(observation(["Charlie", "Alpha"], at: 60))
  await first.close()

  let second = try bench.open()
  #expect(second.epoch == epoch)
  #expect(Cursor("\(epoch)-1") != nil)
  let again = try await second.record(observation(["Charlie", "Alpha"], at: 120))
  // Bravo is absent for the second time: the first time was before the restart.
  #expect(again.events.map(\.type) == ["item.withdrawn"])
  #expect(try await second.record(observation(["Charlie", "Alpha"], at: 180)).events.isEmpty)
  let states = try await second.sourceStates()
  #expect(states["wire"]?.lastSuccess == Timestamp(seconds: 1_800_000_180))
  await second.close()
}

@Test func twoSourcesAtOnceAnnounceOneItemOnce() async throws {
  let bench = Bench()
  let store = try bench.open()
  async let one = store.record(observation(["Shared"], of: source("one")))
  async let two = store.record(observation(["Shared"], of: source("two")))
  let events = try await one.events + two.events
  #expect(Set(events.compactMap(\.item)).count == 1)
  #expect(events.filter { $0.also.isEmpty }.count == 1)
  #expect(events.filter { !$0.also.isEmpty }.count == 1)
  #expect(events.filter { Filter().passes($0) }.count == 1)
  await store.close()
}

@Test func aFailureChangesNothingKnown() async throws {
  let bench = Bench()
  let store = try bench.open()
  _ = try await store.record(observation(["Alpha"]))
  let fault = SourceFault(stage: .fetch, class: "timeout", reason: "no answer")
  let once = try await store.record(fault, of: source(), at: Timestamp(seconds: 1_800_000_060))
  let twice = try await store.record(fault, of: source(), at: Timestamp(seconds: 1_800_000_120))
  #expect(once.failures == 1 && twice.failures == 2)
  #expect(twice.failingSince == Timestamp(seconds: 1_800_000_060))
  #expect(twice.lastSuccess == Timestamp(seconds: 1_800_000_000))
  let recovered = try await store.record(observation(["Bravo", "Alpha"], at: 180))
  #expect(recovered.state.failures == 0 && recovered.state.fault == nil)
  #expect(recovered.events.count == 1)
  let event = try #require(recovered.events.first)
  let body = String(decoding: event.body, as: UTF8.self)
  #expect(body.contains(#""seen_after":"\#(Timestamp(seconds: 1_800_000_000).text)""#))
  await store.close()
}

@Test func anUnchangedPollIsFreshWithoutAWrite() async throws {
  let bench = Bench()
  let store = try bench.open()
  _ = try await store.record(observation(["Alpha"]))
  store.touch("wire", at: Timestamp(seconds: 1_800_000_500))
  let recorded = try await store.record(observation(["Bravo", "Alpha"], at: 600))
  let event = try #require(recorded.events.first)
  #expect(
    String(decoding: event.body, as: UTF8.self).contains(#""seen_after":"\#(Timestamp(seconds: 1_800_000_500).text)""#))
  store.touch("wire", at: Timestamp(seconds: 1_800_000_700))
  await store.close()
  let reopened = try bench.open()
  #expect(try await reopened.sourceStates()["wire"]?.lastSuccess == Timestamp(seconds: 1_800_000_700))
  await reopened.close()
}

@Test func oneFailingJobTakesNoOtherWithIt() async throws {
  let bench = Bench()
  let store = try bench.open()
  _ = try await store.record(observation(["Alpha"]))
  async let broken: Void = store.write { writer throws(StoreError) in
    try writer.connection.run("INSERT INTO endpoint VALUES ('half', 1)")
    try writer.connection.run("INSERT INTO endpoint VALUES (NULL, NULL)")
  }
  async let sound = store.record(observation(["Bravo", "Alpha"], at: 60))
  var failure: (any Error)?
  do { try await broken } catch { failure = error }
  #expect(failure is StoreError)
  #expect(try await sound.events.count == 1)
  let endpoints = try await store.read { connection throws(StoreError) in
    try connection.rows("SELECT name FROM endpoint") { $0.text(0) }
  }
  #expect(endpoints.isEmpty)
  await store.close()
}

@Test func synchronousIsFull() async throws {
  let bench = Bench()
  let store = try bench.open()
  let synchronous = try await store.write { writer throws(StoreError) in
    try writer.connection.first("PRAGMA synchronous") { $0.integer(0) }
  }
  #expect(synchronous == 2)
  await store.close()
}

@Test func aSecondDaemonIsRefusedWithTheOthersPid() async throws {
  let bench = Bench()
  let store = try bench.open()
  let error = #expect(throws: StoreError.self) { try bench.open() }
  #expect(error?.kind == .inUse(pid: getpid()))
  await store.close()
  await (try bench.open()).close()
}

@Test func pagesAreBoundedAndCompleteInOrder() async throws {
  let bench = Bench()
  let store = try bench.open()
  let lines = (0..<700).map { "Line number \($0)" }
  _ = try await store.record(observation(lines))
  var sequences: [Int64] = []
  while true {
    let page = try await store.page(after: sequences.last ?? 0)
    if page.records.isEmpty { break }
    #expect(page.records.count <= LogPage.mostRecords)
    sequences += page.records.map(\.sequence)
  }
  #expect(sequences == Array(1...700))
  await store.close()
}

@Test(arguments: [(1, 10, Int64(9)), (3, 10, 7), (20, 10, 0), (0, 10, 10), (2, 5, 3)])
func theLastMatchingEvents(_ count: Int, _ head: Int64, _ expected: Int64) async throws {
  let bench = Bench()
  let store = try bench.open()
  _ = try await store.record(observation((0..<10).map { "Line number \($0)" }))
  let position = await withCheckedContinuation { continuation in
    store.position(before: count, matching: Filter(), upTo: head) { continuation.resume(returning: $0) }
  }
  #expect(position == expected)
  await store.close()
}

@Test func theLastMatchingEventsCountAfterTheFilter() async throws {
  let bench = Bench()
  let store = try bench.open()
  _ = try await store.record(observation((0..<400).map { "Line number \($0)" }, of: source("busy")))
  _ = try await store.record(observation(["Rare one", "Rare two"], of: source("rare")))
  _ = try await store.record(observation((0..<400).map { "Later line number \($0)" }, of: source("later")))
  let position = await withCheckedContinuation { continuation in
    store.position(before: 2, matching: Filter(sources: ["rare"]), upTo: 802) { continuation.resume(returning: $0) }
  }
  #expect(position == 400)
  await store.close()
}

@Test func aDamagedFileIsNamedAndKept() async throws {
  let bench = Bench()
  await (try bench.open()).close()
  let garbage = Array("this is no database, whatever it was before".utf8)
  bench.folder.write("state/tickerd.db", garbage)
  let error = #expect(throws: StoreError.self) { try bench.open() }
  #expect(error?.kind == .damaged)
  #expect(error?.message.contains(bench.path) == true)
  #expect(try Fixtures.bytes(of: bench.path) == garbage)
}

@Test func aNewerSchemaIsRefused() async throws {
  let bench = Bench()
  let store = try bench.open()
  try await store.write { writer throws(StoreError) in try writer.connection.execute("PRAGMA user_version = 99") }
  await store.close()
  #expect(throws: StoreError.self) { try bench.open() }
  let error = #expect(throws: StoreError.self) { try bench.open() }
  #expect(error?.kind == .newer(schema: 99))
}
