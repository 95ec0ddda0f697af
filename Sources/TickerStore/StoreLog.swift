public import TickerModel

extension Store {
  /// Events that one step of a backward scan looks at before it gives other readers their turn.
  static let scanStep = 256...2048

  /// The events after `sequence`, as many as a page holds; empty at the head.
  public func page(after sequence: Int64) async throws(StoreError) -> LogPage {
    try await read { connection throws(StoreError) in try Self.page(after: sequence, connection) }
  }

  /// The same for a caller that has no task: `completion` gets nil when the log cannot be read, on a reader thread.
  public func page(after sequence: Int64, completion: @escaping @Sendable (LogPage?) -> Void) {
    let isTaken = read({ connection throws(StoreError) in try Self.page(after: sequence, connection) }) {
      completion(try? $0.get())
    }
    if !isTaken { completion(nil) }
  }

  /// The sequence before the oldest event kept, and the newest.
  public func bounds() async throws(StoreError) -> (tail: Int64, head: Int64) {
    try await read { connection throws(StoreError) in try Self.bounds(connection) }
  }

  /// The sequence after which exactly the last `count` events up to `head` stand that pass `filter` and were recorded no
  /// later than `until` (fewer when there are not so many); nil when the log cannot be read. Scans backwards in steps, a
  /// short read each.
  public func position(
    before count: Int, matching filter: Filter, until: Timestamp? = nil, upTo head: Int64,
    completion: @escaping @Sendable (Int64?) -> Void
  ) {
    guard count > 0 else { return completion(head) }
    let most = min(max(count * 2, Self.scanStep.lowerBound), Self.scanStep.upperBound)
    let isTaken = read({ connection throws(StoreError) in
      try Self.backwards(from: head, filter, until, most: most, connection)
    }) { [self] result in
      guard let (step, lowest) = try? result.get() else { return completion(nil) }
      if step.count >= count { return completion(step[count - 1] - 1) }
      guard let lowest, lowest > 1 else { return completion(max(0, (lowest ?? 1) - 1)) }
      position(
        before: count - step.count, matching: filter, until: until, upTo: lowest - 1, completion: completion)
    }
    if !isTaken { completion(nil) }
  }

  /// Of at most `most` events from `head` backwards: the sequences of those that pass, newest first, and the lowest one
  /// that was looked at.
  static func backwards(
    from head: Int64, _ filter: Filter, _ until: Timestamp?, most: Int, _ connection: Connection
  ) throws(StoreError) -> (passing: [Int64], lowest: Int64?) {
    var lowest: Int64?
    let passing = try connection.rows(
      "\(columns) WHERE seq <= ? ORDER BY seq DESC LIMIT ?", .integer(head), .integer(most)
    ) { row -> Int64? in
      lowest = row.integer(0)
      if let until, row.integer(1) > until.milliseconds { return 0 }
      return filter.passes(record(row)) ? row.integer(0) : 0
    }.filter { $0 > 0 }
    return (passing, lowest)
  }

  /// The sequence before the first event recorded at `time` or later, `Int64.max` when there is none; nil when the log
  /// cannot be read. The clock may have been set back, so it is the lowest sequence, not the earliest time.
  public func start(since time: Timestamp, completion: @escaping @Sendable (Int64?) -> Void) {
    let isTaken = read({ connection throws(StoreError) in try Self.start(since: time, connection) }) {
      completion(try? $0.get())
    }
    if !isTaken { completion(nil) }
  }

  static func start(since time: Timestamp, _ connection: Connection) throws(StoreError) -> Int64 {
    // Answered from the index on `at` alone, which holds the sequence too.
    let first = try connection.first("SELECT min(seq) FROM event WHERE at >= ?", .integer(time.milliseconds)) {
      $0.optionalInteger(0)
    }
    return (first ?? nil).map { $0 - 1 } ?? .max
  }

  /// One event; nil when it is not there.
  public func event(_ sequence: Int64) async throws(StoreError) -> LogRecord? {
    try await read { connection throws(StoreError) in
      try connection.first("\(Self.columns) WHERE seq = ?", .integer(sequence)) { Self.record($0) }
    }
  }

  /// The events with these sequences that are there, in their order; nil when the log cannot be read. On a reader thread;
  /// false when the store is closed.
  public func events(_ sequences: [Int64], completion: @escaping @Sendable ([LogRecord]?) -> Void) -> Bool {
    read(
      { connection throws(StoreError) in
        var records: [LogRecord] = []
        for sequence in sequences {
          let record = try connection.first("\(Self.columns) WHERE seq = ?", .integer(sequence)) { Self.record($0) }
          if let record { records.append(record) }
        }
        return records
      }, completion: { completion(try? $0.get()) })
  }

  /// The newest event about an item; nil when there is none.
  public func newestEvent(ofItem id: String) async throws(StoreError) -> LogRecord? {
    try await read { connection throws(StoreError) in
      try connection.first(
        """
        \(Self.columns) WHERE seq IN (SELECT t.seq FROM trace t JOIN item i ON i.row = t.item WHERE i.id = ?)
        ORDER BY seq DESC LIMIT 1
        """, .text(id)
      ) { Self.record($0) }
    }
  }

  static func bounds(_ connection: Connection) throws(StoreError) -> (tail: Int64, head: Int64) {
    // sqlite_sequence remembers the newest sequence even when every event was pruned.
    let newest = try connection.first("SELECT seq FROM sqlite_sequence WHERE name = 'event'") { $0.integer(0) } ?? 0
    let oldest = try connection.first("SELECT min(seq) FROM event") { $0.optionalInteger(0) } ?? nil
    return (oldest.map { $0 - 1 } ?? newest, newest)
  }

  static let columns = "SELECT seq, at, type, source, item, level, tags, also, body FROM event"

  static func page(after sequence: Int64, _ connection: Connection) throws(StoreError) -> LogPage {
    var bytes = 0
    let records = try connection.rows(
      "\(columns) WHERE seq > ? ORDER BY seq LIMIT ?", .integer(sequence), .integer(LogPage.mostRecords)
    ) { row -> LogRecord? in
      guard bytes < LogPage.mostBytes else { return nil }
      let record = record(row)
      bytes += record.body.count
      return record
    }
    let (tail, head) = try bounds(connection)
    return LogPage(records: records, tail: tail, head: max(head, records.last?.sequence ?? 0))
  }

  static func record(_ row: Row) -> LogRecord {
    LogRecord(
      sequence: row.integer(0), at: Timestamp(milliseconds: row.integer(1)), type: row.text(2),
      source: row.optionalText(3), item: row.optionalText(4), level: row.optionalText(5).flatMap(Level.init),
      tags: TagText.tags(row.text(6)), also: TagText.sightings(row.optionalText(7)), body: row.blob(8))
  }
}
