import Logging
import TickerModel
import TickerStore

/// Prunes what is older than the configuration keeps it, in small batches with pauses, so that no poll waits for it.
struct Housekeeping: Sendable {
  let store: Store
  let log: Logger
  /// Hears the sequence before the oldest event kept, whenever it grew.
  let tailMoved: @Sendable (Int64) -> Void

  /// Retention counts in days; what is some minutes too old harms nobody.
  private static let interval = Duration.seconds(600)
  /// A start has better things to do.
  private static let firstAfter = Duration.seconds(60)
  /// Between two batches of some milliseconds: the writer is free most of the time, and a million rows take minutes.
  private static let pause = Duration.milliseconds(100)
  /// Dead letters of an endpoint: a month of them is enough to notice, and that many are some tens of megabytes.
  private static let deadLetters = (age: Duration.seconds(30 * 86_400), kept: 10_000)

  /// Prunes again and again by the configuration of the moment, until the task is cancelled.
  func run(by configuration: @Sendable () async -> Configuration) async {
    var wait = Self.firstAfter
    var isFailing = false
    while (try? await Task.sleep(for: wait)) != nil {
      wait = Self.interval
      do throws(StoreError) {
        try await prune(by: await configuration())
        isFailing = false
      } catch {
        if !isFailing, !Task.isCancelled { log.error("what is too old could not be pruned: \(error.message)") }
        isFailing = true
      }
    }
  }

  /// One run: everything that is too old now.
  func prune(by configuration: Configuration) async throws(StoreError) {
    let now = Clock.now
    let retention = Retention(
      configuration.sources, others: .init(events: Defaults.retention, hashes: Defaults.keepHashes))
    var batch = PruneBatch()
    for source in [nil] + (try await store.recordedSources()) {
      let terms = retention.terms(of: source)
      try await drain(&batch) { rows async throws(StoreError) in
        try await store.prune(source, by: terms, now: now, most: rows)
      }
    }
    try await drain(&batch) { rows async throws(StoreError) in
      try await store.pruneTombstones(by: retention, now: now, most: rows)
    }
    let settings = configuration.daemon
    try await drain(&batch) { rows async throws(StoreError) in
      try await store.pruneDocuments(kept: settings.keepDocuments, mostBytes: settings.keepBytes, most: rows)
    }
    let (age, letters) = Self.deadLetters
    try await drain(&batch) { rows async throws(StoreError) in
      try await store.pruneDeadLetters(olderThan: age, kept: letters, now: now, most: rows)
    }
  }

  /// Takes batches of the size that the last one taught, with pauses in which recordings go first.
  private func drain(
    _ batch: inout PruneBatch, _ take: (_ rows: Int) async throws(StoreError) -> Pruned
  ) async throws(StoreError) {
    while !Task.isCancelled {
      let pruned = try await take(batch.rows)
      batch.learn(taken: pruned.rows, held: pruned.held)
      if pruned.rows > 0 { tailMoved(pruned.tail) }
      guard pruned.isMore, (try? await Task.sleep(for: Self.pause)) != nil else { return }
    }
  }
}
