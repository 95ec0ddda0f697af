import TickerModel

/// The full-text index over title and text of items. New items are put in after they were announced, a batch at a time
/// (``advance()``); until then ``Archive/search(_:_:most:)`` looks through them by itself. An item that is in gets another
/// text, or leaves, in the transaction that changes it, at the end of it: the index writes what it gathered whenever a
/// savepoint ends, and merges it later with all that it wrote so. It holds no texts: an entry leaves it by the text that
/// was put in (sqlite.org/fts5.html §4.4.3), which is the item's, cut and split the same way.
struct SearchIndex {
  let connection: Connection

  struct Entry {
    let row: Int64
    let title: String
    let text: String?
  }

  /// Items that are put in at once: fewer would be merged oftener, more would hold the writer longer than some milliseconds.
  static let batch = 250

  /// The row up to which all items are in, pruned ones aside.
  func end() throws(StoreError) -> Int64 {
    try connection.first("SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'indexed'") { $0.integer(0) } ?? 0
  }

  /// Puts the next batch in, oldest first. Returns the row up to which all are in then; in a transaction of the caller's.
  func advance() throws(StoreError) -> Int64 {
    let end = try end()
    let entries = try entries(after: end, most: Self.batch)
    guard let last = entries.last?.row else { return end }
    for entry in entries { try add(entry) }
    try merge(after: entries.count)
    try connection.run("UPDATE meta SET value = ? WHERE key = 'indexed'", .integer(last))
    return last
  }

  /// The items after a row, pruned ones aside, oldest first.
  func entries(after row: Int64, most: Int) throws(StoreError) -> [Entry] {
    try connection.rows(
      "SELECT row, title, text FROM item WHERE row > ? AND tombstone_until IS NULL ORDER BY row LIMIT ?",
      .integer(row), .integer(most)
    ) { Entry(row: $0.integer(0), title: $0.text(1), text: $0.optionalText(2)) }
  }

  /// Puts one in now.
  func add(_ entry: Entry) throws(StoreError) { try connection.run(Self.insertion, Self.values(entry)) }

  /// A new item, which waits for its batch; unless its row is one that a forgotten item had, to which none comes any more.
  func note(new entry: Entry) throws(StoreError) {
    guard try end() >= entry.row else { return }
    connection.runLater(Self.insertion, Self.values(entry))
  }

  /// Another text of an item, before the item's row gets it; a tombstone lives again by it.
  func replace(_ row: Int64, by seen: SeenItem) throws(StoreError) {
    guard let known = try known(row) else { return }
    if known.isTombstone {
      try live(row)
    } else if known.entry.title == seen.title, known.entry.text == seen.parsed.summary {
      return
    } else {
      try remove(row)
    }
    try note(new: Entry(row: row, title: seen.title, text: seen.parsed.summary))
  }

  /// An item that is told anew under its present text; nothing unless it is a tombstone.
  func revive(_ row: Int64) throws(StoreError) {
    guard let known = try known(row), known.isTombstone else { return }
    try live(row)
    try note(new: known.entry)
  }

  /// Takes an item out, while its row still has the text by which it was put in.
  func remove(_ row: Int64) throws(StoreError) {
    guard let known = try known(row), !known.isTombstone, try end() >= row else { return }
    connection.runLater(
      "INSERT INTO search(search, rowid, title, text) VALUES ('delete',?,?,?)", Self.values(known.entry))
  }

  /// Merges what piled up, at the end of a transaction that put in or took out so many entries: a few pages, and more
  /// after many entries, so that what piles up stays small (sqlite.org/fts5.html §6.8).
  func merge(after entries: Int) throws(StoreError) {
    try connection.run("INSERT INTO search(search, rank) VALUES ('merge', ?)", .integer(Self.pages + entries))
  }

  /// Pages that any transaction merges beside those for its entries.
  private static let pages = 8
}

extension SearchIndex {
  private static let insertion = "INSERT INTO search(rowid, title, text) VALUES (?,?,?)"

  private static func values(_ entry: Entry) -> [Connection.Value] {
    [
      .integer(entry.row), .text(SearchText.indexed(entry.title)), .text(SearchText.indexed(entry.text ?? "")),
    ]
  }

  private func known(_ row: Int64) throws(StoreError) -> (entry: Entry, isTombstone: Bool)? {
    try connection.first("SELECT title, text, tombstone_until FROM item WHERE row = ?", .integer(row)) {
      (Entry(row: row, title: $0.text(0), text: $0.optionalText(1)), !$0.isNull(2))
    }
  }

  private func live(_ row: Int64) throws(StoreError) {
    try connection.run("UPDATE item SET tombstone_until = NULL WHERE row = ?", .integer(row))
  }
}
