import Dispatch
import Synchronization
import Testing
import TickerModel

@testable import TickerStore

@Test func whatIsOldGoesAndWhatStandsStays() async throws {
  var bench = ArchiveBench()
  let store = try bench.open()
  try await bench.poll(["Standing line", "Gone soon"], on: store)
  try await bench.poll(["Newer line", "Standing line"], on: store)
  bench.pass(.seconds(89 * 86_400))
  try await bench.poll(["Newest line", "Newer line", "Standing line"], on: store)
  #expect(try await store.pruneAll([bench.source], now: bench.now).allSatisfy { $0.rows == 0 && $0.tail == 0 })

  bench.pass(.seconds(2 * 86_400))
  let batches = try await store.pruneAll([bench.source], now: bench.now)
  // Of four events only that of the newest line is young.
  let bounds = try await store.bounds()
  #expect(batches.map(\.tail).max() == bounds.tail)
  #expect(bounds.tail == bounds.head - 1)
  #expect(try await store.count("event") == 1)
  #expect(try await store.count("item", where: "tombstone_until IS NOT NULL") == 1)
  let found = try bench.archive().search("line", Filter(), most: 10).map(\.title)
  #expect(found == ["Newest line", "Newer line", "Standing line"])
  #expect(try bench.archive().search("gone", Filter(), most: 10).isEmpty)
  await store.close()
}

@Test(arguments: [DocumentForm.window, .feed])
func aPrunedItemIsStillKnownUntilItsHashIsForgotten(_ form: DocumentForm) async throws {
  var bench = ArchiveBench()
  bench.source.repeatAfter = .seconds(1000 * 86_400)
  let store = try bench.open()
  try await bench.poll(["Top", "Old quake"], on: store, form: form)
  try await bench.poll(["Another", "Top"], on: store, form: form)
  bench.pass(.seconds(100 * 86_400))
  try await store.pruneAll([bench.source], now: bench.now)
  #expect(try await store.count("event") == 0)

  // The same line, the same entry: known.
  #expect(try await bench.poll(["Another", "Top", "Old quake"], on: store, form: form).isEmpty)
  #expect(try await bench.poll(["Another", "Top"], on: store, form: form).isEmpty)

  bench.pass(.seconds(600 * 86_400))
  try await store.pruneAll([bench.source], now: bench.now)
  #expect(try await store.count("item", where: "title = 'Old quake'") == 0)
  for table in ["fingerprint", "sighting", "alias", "trace"] {
    #expect(try await store.count(table, where: "item NOT IN (SELECT row FROM item)") == 0)
  }
  let again = try await bench.poll(["Old quake", "Another", "Top"], on: store, form: form)
  #expect(again.map(\.type) == ["item.new"])
  await store.close()
}

@Test func aTombstoneThatIsToldAgainIsFoundAgain() async throws {
  var bench = ArchiveBench()
  bench.source.baseline = .silent
  let store = try bench.open()
  try await bench.poll(["Top", "Old quake"], on: store)
  try await bench.poll(["Another", "Top"], on: store)
  bench.pass(.seconds(100 * 86_400))
  try await store.pruneAll([bench.source], now: bench.now)
  #expect(try bench.archive().search("quake", Filter(), most: 10).isEmpty)
  var other = Source(name: "other", url: .literal("https://example.org/"))
  other.baseline = .all
  let events = try await bench.poll(["Old quake"], of: other, on: store)
  #expect(events.map(\.type) == ["item.new"])
  #expect(try bench.archive().search("quake", Filter(), most: 10).map(\.title) == ["Old quake"])
  try await store.pruneAll([bench.source, other], now: bench.now)
  #expect(try bench.archive().search("quake", Filter(), most: 10).map(\.title) == ["Old quake"])
  await store.close()
}

@Test func eachSourceHasItsOwnRetentionAndABatchItsBound() async throws {
  var bench = ArchiveBench()
  bench.source.retention = .seconds(86_400)
  let store = try bench.open()
  var other = Source(name: "other", url: .literal("https://example.org/"))
  other.baseline = .all
  try await bench.poll((0..<450).map { "Short line \($0)" }, on: store)
  try await bench.poll(["Long line"], of: other, on: store)
  try await bench.poll(["Only line"], on: store)
  bench.pass(.seconds(2 * 86_400))
  let batches = try await store.pruneAll([bench.source, other], now: bench.now)
  #expect(batches.allSatisfy { $0.rows <= PruneBatch.most })
  #expect(batches.map(\.rows).reduce(0, +) > 900)
  let left = try await store.page(after: 0).records.compactMap { EventText.read($0.body)?.title }
  #expect(left == ["Long line"])
  #expect(try await store.bounds().tail == 450)
  #expect(try await store.count("item", where: "tombstone_until IS NULL") == 2)
  await store.close()
}

@Test func moreStandingItemsThanABatchDoNotHoldUpTheOthers() async throws {
  var bench = ArchiveBench()
  let store = try bench.open()
  let standing = (0..<(PruneBatch.most * 2)).map { "Standing line \($0)" }
  try await bench.poll(standing, on: store)
  try await bench.poll(["Passing line"] + standing, on: store)
  try await bench.poll(standing, on: store)
  try await bench.poll(standing, on: store)
  bench.pass(.seconds(100 * 86_400))
  try await store.pruneAll([bench.source], now: bench.now)
  #expect(try await store.count("event") == 0)
  #expect(try await store.count("item", where: "tombstone_until IS NOT NULL") == 1)
  #expect(try await store.count("item", where: "tombstone_until IS NULL") == standing.count)
  await store.close()
}

@Test func aClockThatRanAheadHoldsNothingUp() async throws {
  var bench = ArchiveBench()
  let store = try bench.open()
  let present = bench.second
  bench.second += 50 * 365 * 86_400
  try await bench.poll(["Of the far future"], on: store)
  bench.second = present
  try await bench.poll(["Of today", "Of the far future"], on: store)
  bench.pass(.seconds(100 * 86_400))
  try await store.pruneAll([bench.source], now: bench.now)
  #expect(try await store.count("event") == 0)
  #expect(try await store.bounds().tail == 2)
  await store.close()
}

/// A poll's commit outlasts a power cut, whatever else is in it; a batch of pruning alone waits for no disk.
@Test func pruningAloneDoesNotWaitForTheDisk() async throws {
  let bench = ArchiveBench()
  let store = try bench.open()
  let synchronous: @Sendable (Writer) throws(StoreError) -> Int64? = { writer throws(StoreError) in
    try writer.connection.first("PRAGMA synchronous") { $0.integer(0) }
  }
  let (normal, full): (Int64, Int64) = (1, 2)
  #expect(try await store.tidy(synchronous).result == normal)
  #expect(try await store.write(synchronous) == full)

  let (started, released) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
  let modes = Mutex<[Int64?]>([])
  let note: @Sendable (Writer) throws(StoreError) -> Void = { writer throws(StoreError) in
    let mode = try synchronous(writer)
    modes.withLock { $0.append(mode) }
  }
  let hold = WriteJob(
    perform: { _ in
      started.signal()
      released.wait()
    }, finish: { _ in }, waitsForDisk: false)
  #expect(store.add(hold))
  await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
    DispatchQueue.global().async {
      started.wait()
      continuation.resume()
    }
  }
  // Both come while the writer is held, and share the next transaction.
  #expect(store.add(WriteJob(perform: note, finish: { _ in }, waitsForDisk: false)))
  #expect(store.add(WriteJob(perform: note, finish: { _ in })))
  released.signal()
  await store.close()
  #expect(modes.withLock { $0 } == [full, full])
  withExtendedLifetime(bench) {}
}
