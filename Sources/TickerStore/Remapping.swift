import TickerModel
import TickerText

/// Gives known texts the hashes of another rule, or of a source's changed `dedupe` or `label_strip`, so that such a
/// change announces nothing. Runs on the writer, before the next poll.
struct Remapping {
  let connection: Connection
  let rule: Fingerprint.Rule

  /// Rows mapped between two looks at the table: a page of memory, not the whole of it.
  private static let step = 1000

  /// What a stored hash was made of.
  private struct Known {
    let hash: [UInt8]
    let item: Int64
    let form: String
    let scope: String?
    /// Null in the table while it is the item's present text.
    let ownTitle: String?
    let ownLink: String?
    let title: String
    let link: String?
    let isPresent: Bool
  }

  /// Every hash of an earlier rule, of sources that are configured and of those that are not.
  func toRule() throws(StoreError) {
    guard
      try connection.first("SELECT 1 FROM fingerprint WHERE rule <> ? LIMIT 1", .integer(version), read: { _ in true })
        != nil
    else { return }
    var last: Int64 = 0
    while true {
      let page = try connection.rows(
        "\(Self.columns) WHERE f.rowid > ? AND f.rule <> ? ORDER BY f.rowid LIMIT ?", .integer(last), .integer(version),
        .integer(Self.step)
      ) { ($0.integer(8), Self.known($0)) }
      for (_, known) in page { try add(known, scope: known.scope, strip: [], ownsPresent: true) }
      guard let end = page.last?.0 else { break }
      last = end
    }
    for source in try connection.rows("SELECT source FROM window", read: { $0.text(0) }) {
      try mapWindow(of: source) { known in fingerprint(known, scope: known.scope, strip: []) }
    }
  }

  /// Every text that `source` saw, by its present `dedupe` and `label_strip`.
  func toSettings(of source: Source) throws(StoreError) {
    let scope = source.dedupe == .source ? source.name : nil
    // Looked up once: in the order of their age, which no index of one source has, each page would sort all anew.
    let rows = try connection.rows(
      """
      SELECT f.rowid FROM sighting s JOIN fingerprint f ON f.item = s.item
      WHERE s.source = ?1 AND (f.scope IS NULL OR f.scope = ?1) ORDER BY f.rowid
      """, .text(source.name)
    ) { $0.integer(0) }
    for row in rows {
      guard let known = try connection.first("\(Self.columns) WHERE f.rowid = ?", .integer(row), read: Self.known)
      else { continue }
      let owns = try isOwner(source.name, of: known.item)
      let item = try add(known, scope: scope, strip: source.labelStrip, ownsPresent: owns)
      if item != known.item { try note(item, source: source.name) }
    }
    try mapWindow(of: source.name) { known in fingerprint(known, scope: scope, strip: source.labelStrip) }
  }
}

extension Remapping {
  private var version: Int { Int(rule.version) }

  private static let columns = """
    SELECT f.hash, f.item, f.form, f.scope, f.title, f.link, i.title, i.link, f.rowid, i.hash = f.hash
    FROM fingerprint f JOIN item i ON i.row = f.item
    """

  private static func known(_ row: Row) -> Known {
    let isOwn = !row.isNull(4)
    return Known(
      hash: row.blob(0), item: row.integer(1), form: row.text(2), scope: row.optionalText(3),
      ownTitle: row.optionalText(4), ownLink: row.optionalText(5), title: isOwn ? row.text(4) : row.text(6),
      link: isOwn ? row.optionalText(5) : row.optionalText(7), isPresent: row.flag(9))
  }

  private func fingerprint(_ known: Known, scope: String?, strip: [Pattern]) -> Fingerprint {
    let title = LabelStrip.headline(known.title, patterns: strip)
    let isFeed = known.form == DocumentForm.feed.rawValue
    return Fingerprint(isFeed ? .item(title, link: known.link) : .line(title), source: scope, rule: rule)
  }

  /// Adds the new hash; the item that has it, which is another one where two texts have become the same.
  @discardableResult
  private func add(_ known: Known, scope: String?, strip: [Pattern], ownsPresent: Bool) throws(StoreError) -> Int64 {
    let hash = fingerprint(known, scope: scope, strip: strip).bytes
    try connection.run(
      "INSERT OR IGNORE INTO fingerprint(hash, rule, item, form, scope, title, link) VALUES (?,?,?,?,?,?,?)",
      .blob(hash), .integer(version), .integer(known.item), .text(known.form), .text(scope), .text(known.ownTitle),
      .text(known.ownLink))
    let item = try connection.first("SELECT item FROM fingerprint WHERE hash = ?", .blob(hash)) { $0.integer(0) }
    if known.isPresent, ownsPresent, item == known.item {
      try connection.run("UPDATE item SET hash = ? WHERE row = ?", .blob(hash), .integer(known.item))
    }
    return item ?? known.item
  }

  private func isOwner(_ source: String, of item: Int64) throws(StoreError) -> Bool {
    try connection.first("SELECT owner = ? FROM item WHERE row = ?", .text(source), .integer(item)) { $0.flag(0) }
      ?? false
  }

  private func note(_ item: Int64, source: String) throws(StoreError) {
    try connection.run(
      """
      INSERT OR IGNORE INTO sighting(item, source, seq, level, tags, at)
      SELECT ?1, ?2, NULL, level, tags, seen FROM item WHERE row = ?1
      """, .integer(item), .text(source))
  }

  private func mapWindow(of source: String, _ map: (Known) -> Fingerprint) throws(StoreError) {
    let knowledge = Knowledge(connection: connection, source: source)
    var window = try knowledge.window()
    func mapped(_ fingerprint: Fingerprint) throws(StoreError) -> Fingerprint {
      try connection.first("\(Self.columns) WHERE f.hash = ?", .blob(fingerprint.bytes)) { map(Self.known($0)) }
        ?? fingerprint
    }
    var lines: [StoredWindow.Line] = []
    for line in window.lines {
      let fingerprint = try mapped(line.fingerprint)
      // Two lines that have become the same are one: the upper one, as in a document.
      guard !lines.contains(where: { $0.fingerprint == fingerprint }) else { continue }
      lines.append(.init(fingerprint, stood: line.stood, kept: line.kept))
    }
    var absent: [StoredWindow.Absent] = []
    for line in window.absent { absent.append(.init(try mapped(line.fingerprint), above: line.above)) }
    // Places of absent lines are counted in lines that may have become fewer.
    window.absent = lines.count == window.lines.count ? absent : []
    window.lines = lines
    // Entries of a feed have other hashes now: its next document is asked about in full.
    try connection.run(
      "UPDATE window SET lines = ?, absent = ?, settled = NULL WHERE source = ?", .blob(WindowCodec.lines(window)),
      .blob(WindowCodec.absent(window)), .text(source))
  }
}
