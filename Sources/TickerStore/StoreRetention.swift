public import TickerModel

/// How long the events, items and hashes of each source are kept (SPEC §3.3). A pure value.
public struct Retention: Sendable {
  public struct Terms: Sendable, Equatable {
    /// Counted from an event's `at`; for an item without events from when it was seen first.
    public let events: Duration
    /// Counted from when the item was last seen.
    public let hashes: Duration

    public init(events: Duration, hashes: Duration) {
      self.events = events
      self.hashes = hashes
    }
  }

  private let terms: [String: Terms]
  /// Of sources that are not configured, and of events about none.
  private let others: Terms

  public init(_ sources: [Source], others: Terms) {
    terms = Dictionary(
      sources.map { ($0.name, Terms(events: $0.retention, hashes: $0.keepHashes)) },
      uniquingKeysWith: { first, _ in first })
    self.others = others
  }

  /// Those of `source`; nil for events about no source.
  public func terms(of source: String?) -> Terms { source.flatMap { terms[$0] } ?? others }
}

/// What one batch of pruning did.
public struct Pruned: Sendable, Equatable {
  /// Rows that went or became tombstones.
  public let rows: Int
  /// Whether more of the same may wait.
  public let isMore: Bool
  /// The sequence before the oldest event kept, after this batch.
  public let tail: Int64
  /// How long it held the writer, to the end of its commit; zero where there was nothing to do.
  public let held: Duration
}

extension Store {
  /// Every source of which anything may be recorded.
  public func recordedSources() async throws(StoreError) -> [String] {
    try await read { connection throws(StoreError) in
      try connection.rows("SELECT name FROM source ORDER BY name") { $0.text(0) }
    }
  }

  /// Prunes one batch of what is too old of `source` (nil: of events about none): events, oldest first; when none is
  /// left, items without events. What stands in a stored window stays. Call again while there is more.
  /// - Parameter most: rows, as ``PruneBatch`` says.
  public func prune(
    _ source: String?, by terms: Retention.Terms, now: Timestamp, most: Int
  ) async throws(StoreError) -> Pruned {
    let pruning = Pruning(source: source, terms: terms, now: now, most: most)
    let due = try await read { connection throws(StoreError) in try pruning.due(connection) }
    return try await prune(isDue: !due.isEmpty) { connection throws(StoreError) in try pruning.run(due, connection) }
  }

  /// Forgets one batch of the hashes of pruned items whose time is over. Call again while there is more.
  public func pruneTombstones(
    by retention: Retention, now: Timestamp, most: Int
  ) async throws(StoreError) -> Pruned {
    let tombstones = Tombstones(retention: retention, now: now, most: most)
    let isDue = try await read { connection throws(StoreError) in try !tombstones.due(connection).isEmpty }
    return try await prune(isDue: isDue) { connection throws(StoreError) in try tombstones.run(connection) }
  }

  /// Drops one batch of the kept documents that are beyond `mostBytes` together, or all of them where no `kept` of a
  /// source are wanted. Call again while there is more.
  public func pruneDocuments(kept: Int, mostBytes: Int, most: Int) async throws(StoreError) -> Pruned {
    let bytes = kept > 0 ? mostBytes : 0
    let total = try await read { connection throws(StoreError) in
      try connection.first("SELECT total FROM document_bytes") { $0.integer(0) } ?? 0
    }
    return try await prune(isDue: total > bytes) { connection throws(StoreError) in
      let rows = try Documents(connection: connection).limit(toBytes: bytes, dropping: most)
      return (rows, rows == most)
    }
  }

  /// Drops one batch of the dead letters that are older than `age`, and of each endpoint all but the newest `kept`. Call
  /// again while there is more.
  public func pruneDeadLetters(
    olderThan age: Duration, kept: Int, now: Timestamp, most: Int
  ) async throws(StoreError) -> Pruned {
    let hasAny = try await read { connection throws(StoreError) in
      try connection.first("SELECT 1 FROM delivery WHERE next_at IS NULL LIMIT 1") { _ in true } ?? false
    }
    return try await prune(isDue: hasAny) { connection throws(StoreError) in
      let rows = try DeliveryRows(connection: connection).pruneDead(before: now - age, kept: kept, most: most)
      return (rows, rows == most)
    }
  }

  /// Only what there is to do takes a turn of the writer.
  private func prune(
    isDue: Bool, _ work: @escaping @Sendable (Connection) throws(StoreError) -> (rows: Int, isMore: Bool)
  ) async throws(StoreError) -> Pruned {
    guard isDue else { return Pruned(rows: 0, isMore: false, tail: try await bounds().tail, held: .zero) }
    let (result, held) = try await tidy { writer throws(StoreError) in
      let (rows, isMore) = try work(writer.connection)
      return (rows: rows, isMore: isMore, tail: try Self.bounds(writer.connection).tail)
    }
    return Pruned(rows: result.rows, isMore: result.isMore, tail: result.tail, held: held)
  }
}
