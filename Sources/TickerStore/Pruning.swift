import TickerModel

/// Takes away what is too old of one source, a batch at a time: events, then the items that have none left.
struct Pruning: Sendable {
  let source: String?
  let terms: Retention.Terms
  let now: Timestamp
  /// Rows of a batch.
  let most: Int

  /// A batch, looked up on a reader.
  struct Due: Sendable {
    /// Sequences.
    var events: [Int64] = []
    /// Rows; only where no event is due.
    var items: [Int64] = []

    var isEmpty: Bool { events.isEmpty && items.isEmpty }
  }

  func due(_ connection: Connection) throws(StoreError) -> Due {
    let events = try oldEvents(connection)
    return Due(events: events, items: events.isEmpty ? try oldItems(connection) : [])
  }

  /// Prunes on the writer what still is as it was looked up.
  func run(_ due: Due, _ connection: Connection) throws(StoreError) -> (rows: Int, isMore: Bool) {
    let turn = WriterTurn()
    var rows = 0
    for sequence in due.events where !turn.isOver {
      try connection.run("DELETE FROM event WHERE seq = ?", .integer(sequence))
      rows += 1
    }
    let standing = StandingHashes(connection: connection)
    for row in due.items where !turn.isOver {
      guard try isOld(row, connection), try !standing.contains(row) else { continue }
      try bury(row, connection)
      rows += 1
    }
    return (rows, !due.events.isEmpty || due.items.count == most || turn.isOver)
  }
}

extension Pruning {
  private var cutoff: Timestamp { now - terms.events }

  /// The sequences of at most a batch of events that are too old. In the log's order: where a clock ran ahead for a
  /// while, an event is as old as the one after it.
  private func oldEvents(_ connection: Connection) throws(StoreError) -> [Int64] {
    let oldest = try connection.rows(
      "SELECT seq, at FROM event WHERE source IS ? ORDER BY seq LIMIT ?", .text(source), .integer(most)
    ) { (sequence: $0.integer(0), at: Timestamp(milliseconds: $0.integer(1))) }
    let last = oldest.lastIndex { $0.at < cutoff } ?? -1
    return oldest.prefix(last + 1).map(\.sequence)
  }

  /// Rows of at most a batch of items that are too old and stand nowhere, the oldest first. Those that stand are looked
  /// at every time; they are no more than the windows hold.
  private func oldItems(_ connection: Connection) throws(StoreError) -> [Int64] {
    guard let source else { return [] }
    let standing = StandingHashes(connection: connection)
    var found: [Int64] = []
    var after = (seen: Int64.min, row: Int64.min)
    while found.count < most {
      let page = try connection.rows(
        """
        SELECT seen, row FROM item WHERE owner = ? AND tombstone_until IS NULL AND seen < ? AND (seen, row) > (?, ?)
        AND \(Self.hasNoEvent) ORDER BY seen, row LIMIT ?
        """, .text(source), .time(cutoff), .integer(after.seen), .integer(after.row), .integer(most)
      ) { (seen: $0.integer(0), row: $0.integer(1)) }
      for item in page where try !standing.contains(item.row) { found.append(item.row) }
      guard let last = page.last, page.count == most else { break }
      after = last
    }
    return Array(found.prefix(most))
  }

  private func isOld(_ row: Int64, _ connection: Connection) throws(StoreError) -> Bool {
    try connection.first(
      "SELECT 1 FROM item WHERE row = ? AND tombstone_until IS NULL AND seen < ? AND \(Self.hasNoEvent)", .integer(row),
      .time(cutoff)
    ) { _ in true } ?? false
  }

  private static let hasNoEvent =
    "NOT EXISTS (SELECT 1 FROM trace JOIN event USING (seq) WHERE trace.item = item.row)"

  /// Makes a tombstone of an item: its hashes and aliases stay known, and the title and link they were made of, so that a
  /// later rule can map them. A feed does not say when an entry left it: then it counts as last seen now.
  private func bury(_ row: Int64, _ connection: Connection) throws(StoreError) {
    try SearchIndex(connection: connection).remove(row)
    try connection.run("DELETE FROM trace WHERE item = ?", .integer(row))
    try connection.run(
      """
      UPDATE item SET text = NULL, published = NULL, updated = NULL, tombstone_until = ? + max(seen,
      (SELECT coalesce(max(coalesce(last_seen, ?)), 0) FROM sighting WHERE sighting.item = item.row)) WHERE row = ?
      """, .integer(Int(terms.hashes.inMilliseconds)), .time(now), .integer(row))
  }
}

/// Forgets pruned items whose hashes were kept long enough, a batch at a time.
struct Tombstones: Sendable {
  let retention: Retention
  let now: Timestamp
  /// Rows of a batch.
  let most: Int

  struct Due: Sendable {
    let row: Int64
    let owner: String
    /// By any source, since it was pruned too.
    let lastSeen: Timestamp?
  }

  func due(_ connection: Connection) throws(StoreError) -> [Due] {
    try connection.rows(
      """
      SELECT row, owner, (SELECT max(coalesce(last_seen, at)) FROM sighting WHERE sighting.item = item.row)
      FROM item WHERE tombstone_until < ? ORDER BY tombstone_until LIMIT ?
      """, .time(now), .integer(most)
    ) { Due(row: $0.integer(0), owner: $0.text(1), lastSeen: $0.time(2)) }
  }

  func run(_ connection: Connection) throws(StoreError) -> (rows: Int, isMore: Bool) {
    let due = try due(connection)
    let turn = WriterTurn()
    let standing = StandingHashes(connection: connection)
    var rows = 0
    for item in due where !turn.isOver {
      rows += 1
      let wait = retention.terms(of: item.owner).hashes
      if try standing.contains(item.row) {
        try keep(item.row, until: now + wait, connection)
      } else if let lastSeen = item.lastSeen, lastSeen + wait > now {
        try keep(item.row, until: lastSeen + wait, connection)
      } else {
        try forget(item.row, connection)
      }
    }
    return (rows, due.count == most || turn.isOver)
  }

  private func keep(_ row: Int64, until: Timestamp, _ connection: Connection) throws(StoreError) {
    try connection.run("UPDATE item SET tombstone_until = ? WHERE row = ?", .time(until), .integer(row))
  }

  private func forget(_ row: Int64, _ connection: Connection) throws(StoreError) {
    for table in ["fingerprint", "sighting", "alias", "trace"] {
      try connection.run("DELETE FROM \(table) WHERE item = ?", .integer(row))
    }
    try connection.run("DELETE FROM item WHERE row = ?", .integer(row))
  }
}

/// The hashes of what stands in the stored windows, read as they are asked for. Lives within one transaction.
final class StandingHashes {
  private let connection: Connection
  private var windows: [String: Set<Fingerprint>] = [:]

  init(connection: Connection) { self.connection = connection }

  /// Whether any text of an item stands in the window, or the last document, of a source that saw it.
  func contains(_ row: Int64) throws(StoreError) -> Bool {
    let sources = try connection.rows("SELECT source FROM sighting WHERE item = ?", .integer(row)) { $0.text(0) }
    let hashes = try connection.rows("SELECT hash FROM fingerprint WHERE item = ?", .integer(row)) {
      Fingerprint(bytes: $0.blob(0))
    }
    for source in sources {
      let standing = try window(of: source)
      if hashes.contains(where: standing.contains) { return true }
    }
    return false
  }

  private func window(of source: String) throws(StoreError) -> Set<Fingerprint> {
    if let known = windows[source] { return known }
    let window = try Knowledge(connection: connection, source: source).window()
    let hashes = Set(window.lines.map(\.fingerprint) + window.absent.map(\.fingerprint))
    windows[source] = hashes
    return hashes
  }
}
