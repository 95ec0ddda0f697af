import TickerModel
import TickerText

/// Reads what is known, from the point of view of one source.
struct Knowledge {
  let connection: Connection
  let source: String

  func known(_ fingerprints: [Fingerprint], aliases: [String] = []) throws(StoreError) -> Known {
    var known = Known()
    var items: [Int64: KnownItem] = [:]
    for fingerprint in fingerprints {
      let row = try connection.first("SELECT item FROM fingerprint WHERE hash = ?", .blob(fingerprint.bytes)) {
        $0.integer(0)
      }
      if let row { known.items[fingerprint] = try item(row, cache: &items) }
    }
    for alias in aliases {
      let row = try connection.first("SELECT item FROM alias WHERE source = ? AND key = ?", .text(source), .text(alias))
      {
        $0.integer(0)
      }
      if let row { known.aliases[alias] = try item(row, cache: &items) }
    }
    return known
  }

  func window() throws(StoreError) -> StoredWindow {
    try connection.first("SELECT lines, absent FROM window WHERE source = ?", .text(source)) {
      WindowCodec.window(lines: $0.blob(0), absent: $0.blob(1))
    } ?? StoredWindow()
  }

  private func item(_ row: Int64, cache: inout [Int64: KnownItem]) throws(StoreError) -> KnownItem? {
    if let item = cache[row] { return item }
    var isKnownHere = false
    let announcements = try connection.rows(
      "SELECT source, seq, level, tags FROM sighting WHERE item = ? ORDER BY seq", .integer(row)
    ) { sighting -> Sighting? in
      isKnownHere = isKnownHere || sighting.text(0) == source
      return Sighting(
        source: sighting.isNull(1) ? "" : sighting.text(0), tags: TagText.tags(sighting.text(3)),
        level: Level(rawValue: sighting.text(2)) ?? .routine)
    }.filter { !$0.source.isEmpty }
    let item = try connection.first(
      """
      SELECT id, hash, owner, title, text, link, published, updated, level, tags, seen, seen_after, revision,
      occurrence, baseline, withdrawn FROM item WHERE row = ?
      """, .integer(row)
    ) { Self.item(row, $0, announcements, isKnownHere: isKnownHere) }
    cache[row] = item ?? nil
    return item ?? nil
  }

  private static func item(_ row: Int64, _ columns: Row, _ announcements: [Sighting], isKnownHere: Bool) -> KnownItem? {
    guard let fingerprint = Fingerprint(bytes: columns.blob(1)) else { return nil }
    return KnownItem(
      row: row, id: columns.text(0), owner: columns.text(2), title: columns.text(3),
      parsed: ParsedItem(
        title: columns.text(3), link: columns.optionalText(5), published: columns.time(6), updated: columns.time(7),
        summary: columns.optionalText(4)),
      fingerprint: fingerprint, revision: Int(columns.integer(12)), occurrence: Int(columns.integer(13)),
      level: Level(rawValue: columns.text(8)) ?? .routine, tags: TagText.tags(columns.text(9)),
      seen: Timestamp(milliseconds: columns.integer(10)), seenAfter: columns.time(11), baseline: columns.flag(14),
      isWithdrawn: columns.flag(15), announcements: announcements, isKnownHere: isKnownHere)
  }
}
