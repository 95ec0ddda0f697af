import TickerModel

/// The full-text index over title and text of items, kept in the item's own transaction, at the end of it: the index
/// writes what it gathered whenever a savepoint ends, and merges it later with all that it wrote so. It holds no texts: an
/// entry leaves it by the text that was put in (sqlite.org/fts5.html §4.4.3), which is the item's, cut and split the same
/// way.
struct SearchIndex {
  let connection: Connection

  /// A new item.
  func add(_ row: Int64, title: String, text: String?) {
    connection.runLater(
      "INSERT INTO search(rowid, title, text) VALUES (?,?,?)", .integer(row), .text(SearchText.indexed(title)),
      .text(SearchText.indexed(text ?? "")))
  }

  /// Another text of an item, before the item's row gets it; a tombstone lives again by it.
  func replace(_ row: Int64, by seen: SeenItem) throws(StoreError) {
    guard let entry = try entry(row) else { return }
    if entry.isTombstone {
      try live(row)
    } else if entry.title == seen.title, entry.text == seen.parsed.summary {
      return
    } else {
      try remove(row)
    }
    add(row, title: seen.title, text: seen.parsed.summary)
  }

  /// An item that is told anew under its present text; nothing unless it is a tombstone.
  func revive(_ row: Int64) throws(StoreError) {
    guard let entry = try entry(row), entry.isTombstone else { return }
    try live(row)
    add(row, title: entry.title, text: entry.text)
  }

  /// Takes an item out, while its row still has the text by which it was put in.
  func remove(_ row: Int64) throws(StoreError) {
    guard let entry = try entry(row), !entry.isTombstone else { return }
    connection.runLater(
      "INSERT INTO search(search, rowid, title, text) VALUES ('delete',?,?,?)", .integer(row),
      .text(SearchText.indexed(entry.title)), .text(SearchText.indexed(entry.text ?? "")))
  }

  /// Merges what piled up, at the end of a transaction that put in or took out so many entries: a few pages, and more
  /// after many entries, so that what piles up stays small (sqlite.org/fts5.html §6.8).
  func merge(after entries: Int) throws(StoreError) {
    try connection.run("INSERT INTO search(search, rank) VALUES ('merge', ?)", .integer(Self.pages + entries))
  }

  /// Pages that any transaction merges, which takes about two milliseconds at most.
  private static let pages = 8

  private struct Entry {
    let title: String
    let text: String?
    let isTombstone: Bool
  }

  private func entry(_ row: Int64) throws(StoreError) -> Entry? {
    try connection.first("SELECT title, text, tombstone_until FROM item WHERE row = ?", .integer(row)) {
      Entry(title: $0.text(0), text: $0.optionalText(1), isTombstone: !$0.isNull(2))
    }
  }

  private func live(_ row: Int64) throws(StoreError) {
    try connection.run("UPDATE item SET tombstone_until = NULL WHERE row = ?", .integer(row))
  }
}
