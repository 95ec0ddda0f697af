import Glibc
import TestSupport
import TickerModel
import TickerText

@testable import TickerStore

/// One wire in a folder of its own, polled by hand.
struct ArchiveBench {
  let folder = TemporaryFolder()
  var source: Source
  /// Seconds since 1970 of the next poll.
  var second: Int64 = 1_800_000_000

  init(_ name: String = "wire", baseline: Baseline = .all) {
    source = Source(name: name, url: .literal("https://example.org/"))
    source.baseline = baseline
  }

  var path: String { folder.file("state/tickerd.db") }
  var now: Timestamp { Timestamp(seconds: second) }

  func open() throws -> Store { try Store(path: path) { _ in } }

  func archive() throws -> Archive { try Archive(path: path) }

  @discardableResult
  mutating func poll(
    _ lines: [String], of other: Source? = nil, on store: Store, form: DocumentForm = .window
  ) async throws -> [LogRecord] {
    second += 60
    let source = other ?? source
    let items = lines.map { ParsedItem(guid: form == .feed ? "guid of \($0)" : nil, title: $0) }
    let document = ParsedDocument(form: form, kind: .text, items: items)
    let content = Observation.Content.document(form, Decide.seen(document, of: source))
    return try await store.record(
      Observation(source: source, now: now, content: content, state: SourceState())
    ).events
  }

  mutating func pass(_ duration: Duration) { second += duration.inMilliseconds / 1000 }
}

extension Store {
  /// Prunes everything that is too old.
  @discardableResult
  func pruneAll(_ sources: [Source], now: Timestamp) async throws -> [Pruned] {
    let retention = Retention(sources, others: .init(events: Defaults.retention, hashes: Defaults.keepHashes))
    var batches: [Pruned] = []
    for source in [nil] + (try await recordedSources()) {
      while batches.count < 10_000 {
        batches.append(try await prune(source, by: retention.terms(of: source), now: now, most: PruneBatch.most))
        if batches.last?.isMore == false { break }
      }
    }
    while batches.count < 10_000 {
      batches.append(try await pruneTombstones(by: retention, now: now, most: PruneBatch.most))
      if batches.last?.isMore == false { break }
    }
    return batches
  }

  func count(_ table: String, where condition: String = "1") async throws -> Int {
    try await read { connection throws(StoreError) in
      try connection.first("SELECT count(*) FROM \(table) WHERE \(condition)") { Int($0.integer(0)) } ?? 0
    }
  }
}
