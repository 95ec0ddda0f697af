public import TickerModel

/// How an item came to be and what became of it, as far as it is still recorded. A value.
public struct ItemAccount: Sendable {
  public struct Text: Sendable {
    /// `sha256:…`
    public let hash: String
    /// Of a former text; nil for the present one.
    public let title: String?
  }

  public struct Sighting: Sendable {
    public let source: String
    /// The last time this source announced or recorded it.
    public let at: Timestamp
    /// Nil while it stands there, and where the source does not tell.
    public let lastSeen: Timestamp?
    /// Of the event by which this source announced it; nil when it did not.
    public let cursor: Cursor?
  }

  public struct Step: Sendable {
    public let at: Timestamp
    public let source: String
    /// Why it was judged so; a ``Trace/Verdict``, or what a later program wrote.
    public let verdict: String
    public let above: String?
    public let below: String?
    public let closest: String?
    public let similarity: Double?
    public let cursor: Cursor?
    /// The document of this poll, where it is still kept.
    public let document: Document?
    /// The configured rules that fitted then, counted from 1 in reading order; the first 16 of them.
    public let rules: [Int]
    /// Whether one of them dropped the item.
    public let isDropped: Bool
  }

  public struct Document: Sendable {
    public let status: Int?
    public let contentType: String?
    /// As it may be shown.
    public let url: String
    /// Bytes.
    public let size: Int
  }

  public struct Event: Sendable {
    public let cursor: Cursor
    public let type: String
    public let at: Timestamp
    public let source: String
    public let title: String
  }

  /// An endpoint's position.
  public struct Endpoint: Sendable {
    public let name: String
    public let cursor: Cursor
    /// Whether it stands at or after the item's last event.
    public let hasPassed: Bool
  }

  /// An attempt that failed, and what comes of it.
  public struct Delivery: Sendable {
    public let endpoint: String
    public let cursor: Cursor
    public let attempts: Int
    public let lastStatus: Int?
    public let reason: String
    public let at: Timestamp
    /// Nil for a dead letter.
    public let nextAt: Timestamp?
  }

  public let item: FoundItem
  public let seenAfter: Timestamp?
  public let published: Timestamp?
  public let revision: Int
  public let occurrence: Int
  public let isBaseline: Bool
  public let isJittering: Bool
  /// Nothing but its hashes is kept.
  public let isPruned: Bool
  /// Oldest first, as are all that follow.
  public let texts: [Text]
  public let sightings: [Sighting]
  public let steps: [Step]
  public let events: [Event]
  public let deliveries: [Delivery]
  /// By name.
  public let endpoints: [Endpoint]
}

extension Archive {
  /// The id of the item that an event is about; nil where there is no such event, or it is about none.
  public func item(at cursor: Cursor) throws(StoreError) -> String? {
    guard cursor.epoch == epoch else { return nil }
    return try connection.first("SELECT item FROM event WHERE seq = ?", .integer(cursor.sequence)) {
      $0.optionalText(0)
    } ?? nil
  }

  /// Everything recorded of the item `id`; nil where there is none.
  public func account(of id: String) throws(StoreError) -> ItemAccount? {
    guard let row = try connection.first("SELECT row FROM item WHERE id = ?", .text(id), read: { $0.integer(0) }),
      let found = try foundItem(row)
    else { return nil }
    let events = try events(of: row)
    let texts = try texts(of: row)
    let sightings = try sightingAccounts(of: row)
    let steps = try steps(of: row)
    let deliveries = try deliveries(of: row)
    let endpoints = try endpoints(against: events.last?.cursor.sequence ?? 0)
    return try connection.first(
      """
      SELECT seen_after, published, revision, occurrence, baseline, jitters, tombstone_until IS NOT NULL
      FROM item WHERE row = ?
      """, .integer(row)
    ) {
      ItemAccount(
        item: found, seenAfter: $0.time(0), published: $0.time(1), revision: Int($0.integer(2)),
        occurrence: Int($0.integer(3)), isBaseline: $0.flag(4), isJittering: $0.flag(5), isPruned: $0.flag(6),
        texts: texts, sightings: sightings, steps: steps, events: events, deliveries: deliveries, endpoints: endpoints)
    }
  }

  /// What was announced of `source` after `time`, oldest first.
  public func events(of source: String, after time: Timestamp) throws(StoreError) -> [LogRecord] {
    try connection.rows(
      "\(Store.columns) WHERE at > ? AND source = ? ORDER BY seq", .time(time), .text(source), read: Store.record)
  }
}

extension Archive {
  private func cursor(_ sequence: Int64) -> Cursor { Cursor(epoch: epoch, sequence: sequence) }

  private func texts(of row: Int64) throws(StoreError) -> [ItemAccount.Text] {
    try connection.rows("SELECT hash, title FROM fingerprint WHERE item = ? ORDER BY rowid", .integer(row)) {
      ItemAccount.Text(hash: Fingerprint(bytes: $0.blob(0))?.text ?? "", title: $0.optionalText(1))
    }
  }

  private func sightingAccounts(of row: Int64) throws(StoreError) -> [ItemAccount.Sighting] {
    try connection.rows(
      "SELECT source, at, last_seen, seq FROM sighting WHERE item = ? ORDER BY at, source", .integer(row)
    ) {
      ItemAccount.Sighting(
        source: $0.text(0), at: Timestamp(milliseconds: $0.integer(1)), lastSeen: $0.time(2),
        cursor: $0.optionalInteger(3).map(cursor))
    }
  }

  private func steps(of row: Int64) throws(StoreError) -> [ItemAccount.Step] {
    try connection.rows(
      """
      SELECT t.at, t.source, t.verdict, t.above, t.below, t.closest, t.similarity, t.seq, d.status, d.content_type, d.url,
      d.size, t.rules, t.dropped FROM trace t LEFT JOIN document d ON d.source = t.source AND d.at = t.at WHERE t.item = ? ORDER BY t.step
      """, .integer(row)
    ) { step in
      ItemAccount.Step(
        at: Timestamp(milliseconds: step.integer(0)), source: step.text(1), verdict: step.text(2),
        above: step.optionalText(3), below: step.optionalText(4), closest: step.optionalText(5),
        similarity: step.optionalReal(6), cursor: step.optionalInteger(7).map(cursor),
        document: step.optionalText(10).map { url in
          ItemAccount.Document(
            status: step.optionalInteger(8).map { Int($0) }, contentType: step.optionalText(9), url: url,
            size: Int(step.integer(11)))
        },
        rules: step.text(12).split(separator: " ").compactMap { Int($0) }, isDropped: step.flag(13))
    }
  }

  private func events(of row: Int64) throws(StoreError) -> [ItemAccount.Event] {
    try connection.rows("\(Store.columns) WHERE seq IN (\(Self.sequences)) ORDER BY seq", .integer(row)) { row in
      let record = Store.record(row)
      return ItemAccount.Event(
        cursor: cursor(record.sequence), type: record.type, at: record.at, source: record.source ?? "",
        title: EventText.read(record.body)?.title ?? "")
    }
  }

  /// Of an item's events: each is told by a step of the item's.
  private static let sequences = "SELECT seq FROM trace WHERE item = ? AND seq NOT NULL"

  private func deliveries(of row: Int64) throws(StoreError) -> [ItemAccount.Delivery] {
    try connection.rows(
      """
      SELECT d.endpoint, d.seq, d.attempts, d.last_status, d.reason, d.at, d.next_at
      FROM event e JOIN delivery d ON d.seq = e.seq WHERE e.seq IN (\(Self.sequences)) ORDER BY d.endpoint, d.seq
      """, .integer(row)
    ) {
      ItemAccount.Delivery(
        endpoint: $0.text(0), cursor: cursor($0.integer(1)), attempts: Int($0.integer(2)),
        lastStatus: $0.optionalInteger(3).map { Int($0) }, reason: $0.text(4),
        at: Timestamp(milliseconds: $0.integer(5)), nextAt: $0.time(6))
    }
  }

  private func endpoints(against sequence: Int64) throws(StoreError) -> [ItemAccount.Endpoint] {
    try connection.rows("SELECT name, seq FROM endpoint ORDER BY name") {
      ItemAccount.Endpoint(name: $0.text(0), cursor: cursor($0.integer(1)), hasPassed: $0.integer(1) >= sequence)
    }
  }
}
