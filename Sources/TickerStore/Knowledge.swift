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
      let found = try connection.first(
        "SELECT item, title FROM fingerprint WHERE hash = ?", .blob(fingerprint.bytes)
      ) { ($0.integer(0), $0.optionalText(1)) }
      guard let (row, title) = found else { continue }
      known.items[fingerprint] = try item(row, cache: &items)
      known.formerTitles[fingerprint] = title
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
    try connection.first("SELECT lines, absent, lengths FROM window WHERE source = ?", .text(source)) {
      WindowCodec.window(lines: $0.blob(0), absent: $0.blob(1), lengths: $0.blob(2))
    } ?? StoredWindow()
  }

  /// The entries of a feed's last document that were settled then, in its order; nil where that is not known.
  func settledEntries() throws(StoreError) -> [FeedMemory.Key]? {
    try connection.first("SELECT settled FROM window WHERE source = ? AND settled NOT NULL", .text(source)) {
      WindowCodec.settled($0.blob(0))
    }
  }

  private func item(_ row: Int64, cache: inout [Int64: KnownItem]) throws(StoreError) -> KnownItem? {
    if let item = cache[row] { return item }
    var isKnownHere = false
    var lastSeenHere: Timestamp?
    var announcements: [Sighting] = []
    _ = try connection.rows(
      "SELECT source, seq, level, tags, last_seen FROM sighting WHERE item = ? ORDER BY seq", .integer(row)
    ) { sighting in
      if sighting.text(0) == source {
        isKnownHere = true
        lastSeenHere = sighting.time(4)
      }
      guard !sighting.isNull(1) else { return }
      announcements.append(
        Sighting(
          source: sighting.text(0), tags: TagText.tags(sighting.text(3)),
          level: Level(rawValue: sighting.text(2)) ?? .routine))
    }
    let item = try connection.first(
      """
      SELECT id, hash, owner, title, text, link, published, updated, level, tags, seen, seen_after, revision,
      occurrence, baseline, withdrawn, jitters FROM item WHERE row = ?
      """, .integer(row)
    ) { columns in
      Self.item(row, columns).map { item in
        var item = item
        item.announcements = announcements
        item.isKnownHere = isKnownHere
        item.lastSeenHere = lastSeenHere
        return item
      }
    }
    cache[row] = item ?? nil
    return item ?? nil
  }

  private static func item(_ row: Int64, _ columns: Row) -> KnownItem? {
    guard let fingerprint = Fingerprint(bytes: columns.blob(1)) else { return nil }
    return KnownItem(
      row: row, id: columns.text(0), owner: columns.text(2), title: columns.text(3),
      parsed: ParsedItem(
        title: columns.text(3), link: columns.optionalText(5), published: columns.time(6), updated: columns.time(7),
        summary: columns.optionalText(4)),
      fingerprint: fingerprint, revision: Int(columns.integer(12)), occurrence: Int(columns.integer(13)),
      level: Level(rawValue: columns.text(8)) ?? .routine, tags: TagText.tags(columns.text(9)),
      seen: Timestamp(milliseconds: columns.integer(10)), seenAfter: columns.time(11), baseline: columns.flag(14),
      isWithdrawn: columns.flag(15), isJittering: columns.flag(16), announcements: [], isKnownHere: false,
      lastSeenHere: nil)
  }
}
