public import TickerModel
import TickerText

/// An item that a search found, as it is now.
public struct FoundItem: Sendable, Equatable {
  public let id: String
  public let title: String
  public let text: String?
  public let link: String?
  /// The source that announced or recorded it.
  public let source: String
  public let seen: Timestamp
  public let level: Level
  public let tags: [String]
  /// The type of the event that tells its present state: new, updated or withdrawn.
  public let type: EventType
  /// Of its last event; nil for an item that never had one.
  public let cursor: Cursor?
}

extension Archive {
  /// The items whose title or text has every term of `words` (see ``SearchText/query(_:)``) and that pass `filter` as one
  /// of their sources brought them; newest first, at most `most`.
  public func search(_ words: String, _ filter: Filter, most: Int) throws(StoreError) -> [FoundItem] {
    guard most > 0, let query = SearchText.query(words) else { return [] }
    var found: [FoundItem] = []
    // Asked first: what is put into the index from now on is found once, among those that wait for it.
    let end = try SearchIndex(connection: connection).end()
    for row in try waiting(after: end, query) where found.count < most {
      if let item = try item(row, passing: filter) { found.append(item) }
    }
    var before = end + 1
    while found.count < most {
      let rows = try connection.rows(
        "SELECT rowid FROM search WHERE search MATCH ? AND rowid < ? ORDER BY rowid DESC LIMIT ?", .text(query),
        .integer(before), .integer(Self.searchStep)
      ) { $0.integer(0) }
      for row in rows where found.count < most { if let item = try item(row, passing: filter) { found.append(item) } }
      guard let last = rows.last, rows.count == Self.searchStep else { break }
      before = last
    }
    return found
  }
}

extension Archive {
  /// Rows looked at between two questions to the index.
  private static let searchStep = 500

  /// Rows of those that are not in the index yet and fit, newest first: they are put into one of our own. They are fewer
  /// than a batch and what one transaction brought: the writer catches up after each.
  private func waiting(after end: Int64, _ query: String) throws(StoreError) -> [Int64] {
    let entries = try SearchIndex(connection: connection).entries(after: end, most: .max)
    guard !entries.isEmpty else { return [] }
    let memory = try Connection(path: ":memory:", readOnly: false)
    defer { memory.close() }
    try memory.execute(Schema.searchTable)
    for entry in entries { try SearchIndex(connection: memory).add(entry) }
    return try memory.rows("SELECT rowid FROM search WHERE search MATCH ? ORDER BY rowid DESC", .text(query)) {
      $0.integer(0)
    }
  }

  private func item(_ row: Int64, passing filter: Filter) throws(StoreError) -> FoundItem? {
    guard let item = try foundItem(row) else { return nil }
    return try sightings(of: row).contains { filter.passes(item.record(as: $0, readable: filter.readsBody)) }
      ? item : nil
  }

  func foundItem(_ row: Int64) throws(StoreError) -> FoundItem? {
    try connection.first(
      """
      SELECT id, title, text, link, owner, seen, level, tags, revision, withdrawn,
      (SELECT max(event.seq) FROM trace JOIN event USING (seq) WHERE trace.item = item.row) FROM item WHERE row = ?
      """, .integer(row)
    ) { columns in
      FoundItem(
        id: columns.text(0), title: columns.text(1), text: columns.optionalText(2), link: columns.optionalText(3),
        source: columns.text(4), seen: Timestamp(milliseconds: columns.integer(5)),
        level: Level(rawValue: columns.text(6)) ?? .routine, tags: TagText.tags(columns.text(7)),
        type: columns.flag(9) ? .itemWithdrawn : columns.integer(8) > 1 ? .itemUpdated : .itemNew,
        cursor: columns.optionalInteger(10).map { Cursor(epoch: epoch, sequence: $0) })
    }
  }

  private func sightings(of row: Int64) throws(StoreError) -> [Sighting] {
    try connection.rows("SELECT source, tags, level FROM sighting WHERE item = ?", .integer(row)) {
      Sighting(
        source: $0.text(0), tags: TagText.tags($0.text(1)), level: Level(rawValue: $0.text(2)) ?? .routine)
    }
  }
}

extension FoundItem {
  /// The item as the event by which `sighting`'s source would tell it, so that a filter means here what it means
  /// everywhere.
  fileprivate func record(as sighting: Sighting, readable: Bool) -> LogRecord {
    var body = JSONText()
    if readable {
      body.member("at", seen.text)
      body.member("title", title)
      body.member("text", text)
      body.member("attribution", Attribution(line: title)?.name)
    }
    return LogRecord(
      sequence: cursor?.sequence ?? 0, at: seen, type: type.rawValue, source: sighting.source, item: id,
      level: sighting.level, tags: sighting.tags, also: [], body: body.bytes)
  }
}
