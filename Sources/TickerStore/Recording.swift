import TickerModel
import TickerText

/// Judges one successful poll and writes everything it changes: items, window, validators and events, in the one
/// transaction in which the state it was judged on was read.
struct Recording {
  private let writer: Writer
  private let observation: Observation
  private let knowledge: Knowledge
  private var connection: Connection { writer.connection }
  private var source: Source { observation.source }

  init(_ observation: Observation, on writer: Writer) {
    self.writer = writer
    self.observation = observation
    knowledge = Knowledge(connection: writer.connection, source: observation.source.name)
  }

  func run() throws(StoreError) -> Recorded {
    let before = try SourceRows(connection: connection).state(of: source.name)
    let decision = try decide(since: before)
    var events: [LogRecord] = []
    for change in decision.changes { if let record = try apply(change) { events.append(record) } }
    if let window = decision.window { try store(window) }
    let state = try store(after: before)
    return Recorded(
      state: state, events: events, notices: decision.notices, lateLines: decision.lateLines,
      hasAbsentLines: decision.window?.absent.isEmpty == false)
  }
}

extension Recording {
  private func decide(since before: SourceState?) throws(StoreError) -> Decision {
    let context = PollContext(
      source: source, now: observation.now, lastSuccess: writer.touched(source.name) ?? before?.lastSuccess,
      rulesChanged: before?.lastSuccess != nil && before?.rules != observation.state.rules)
    switch observation.content {
    case .unchanged:
      let stored = try knowledge.window()
      let known = try knowledge.known(stored.absent.map(\.fingerprint))
      return Decide.unchanged(stored: stored, known: known, in: context)
    case .document(.window, let seen):
      let stored = try knowledge.window()
      let wanted = Decide.wanted(of: seen, stored: stored)
      return Decide.window(seen, stored: stored, known: try knowledge.known(wanted), in: context)
    case .document(.feed, let seen):
      let wanted = Decide.wanted(of: seen)
      let known = try knowledge.known(wanted.fingerprints, aliases: wanted.aliases)
      return Decide.feed(seen, known: known, in: context)
    }
  }

  private func apply(_ change: Change) throws(StoreError) -> LogRecord? {
    let record: LogRecord? = if let event = change.event { try writer.append(event) } else { nil }
    switch change.kind {
    case .create(let seen): try create(seen, change.event, record)
    case .sight(let known, let seen): try sight(known, seen, record)
    case .revise(let known, let seen): try revise(known, seen, change.event, record)
    case .withdraw(let known): try connection.run("UPDATE item SET withdrawn = 1 WHERE row = ?", .integer(known.row))
    case .alias(let known, let seen): try learn(seen, item: known.row)
    }
    return record
  }

  private func create(_ seen: SeenItem, _ event: Event?, _ record: LogRecord?) throws(StoreError) {
    try connection.run(
      """
      INSERT INTO item(id, hash, owner, title, text, link, published, updated, level, tags, seen, seen_after, revision,
      occurrence, baseline) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,1,1,?)
      """,
      .text(seen.fingerprint.itemIdentifier()), .blob(seen.fingerprint.bytes), .text(source.name), .text(seen.title),
      .text(seen.parsed.summary), .text(seen.parsed.link), .time(seen.parsed.published), .time(seen.parsed.updated),
      .text(source.level.rawValue), .text(TagText.text(tags(of: seen))), .time(observation.now),
      .time(event?.item?.seenAfter), .flag(event?.item?.baseline ?? false))
    let row = connection.lastInsertedRow
    try learn(seen, item: row)
    try note(row, seen, record)
  }

  private func sight(_ known: KnownItem, _ seen: SeenItem, _ record: LogRecord?) throws(StoreError) {
    if record != nil, known.announcements.isEmpty {
      try connection.run("UPDATE item SET owner = ? WHERE row = ?", .text(source.name), .integer(known.row))
    }
    try learn(seen, item: known.row)
    try note(known.row, seen, record)
  }

  private func revise(_ known: KnownItem, _ seen: SeenItem, _ event: Event?, _ record: LogRecord?) throws(StoreError) {
    try learn(seen, item: known.row)
    guard let event, let facts = event.item else { return try note(known.row, seen, nil) }
    try connection.run(
      """
      UPDATE item SET hash = ?, title = ?, text = ?, link = ?, published = ?, updated = ?, level = ?, tags = ?,
      seen = ?, seen_after = ?, revision = ?, withdrawn = 0 WHERE row = ?
      """,
      .blob(seen.fingerprint.bytes), .text(seen.title), .text(seen.parsed.summary), .text(seen.parsed.link),
      .time(seen.parsed.published), .time(seen.parsed.updated), .text(facts.level.rawValue),
      .text(TagText.text(facts.tags)),
      .time(facts.seen), .time(facts.seenAfter), .integer(facts.revision), .integer(known.row))
    try note(known.row, seen, known.announcements.isEmpty ? record : nil)
  }

  /// Every hash and every alias an item had stays known as its own; the first item to have one keeps it.
  private func learn(_ seen: SeenItem, item: Int64) throws(StoreError) {
    try connection.run(
      "INSERT OR IGNORE INTO fingerprint(hash, rule, item) VALUES (?,?,?)", .blob(seen.fingerprint.bytes),
      .integer(Int(Fingerprint.version)), .integer(item))
    for alias in seen.aliases {
      try connection.run(
        "INSERT OR IGNORE INTO alias(source, key, item) VALUES (?,?,?)", .text(source.name), .text(alias),
        .integer(item))
    }
  }

  /// This source has seen the item, and announced it where there is a record; an announcement once made stays.
  private func note(_ item: Int64, _ seen: SeenItem, _ record: LogRecord?) throws(StoreError) {
    try connection.run(
      """
      INSERT INTO sighting(item, source, seq, level, tags, at) VALUES (?,?,?,?,?,?)
      ON CONFLICT(item, source) DO UPDATE SET seq = coalesce(seq, excluded.seq), at = excluded.at
      """,
      .integer(item), .text(source.name), record.map { .integer($0.sequence) } ?? .null, .text(source.level.rawValue),
      .text(TagText.text(tags(of: seen))), .time(observation.now))
  }

  private func tags(of seen: SeenItem) -> [String] { source.tags(with: seen.parsed.tags) }

  private func store(_ window: StoredWindow) throws(StoreError) {
    try connection.run(
      "INSERT INTO window VALUES (?1,?2,?3) ON CONFLICT(source) DO UPDATE SET lines = ?2, absent = ?3",
      .text(source.name), .blob(WindowCodec.lines(window)), .blob(WindowCodec.absent(window)))
  }

  private func store(after before: SourceState?) throws(StoreError) -> SourceState {
    var state = observation.state
    state.lastPoll = observation.now
    state.lastSuccess = observation.now
    state.failures = 0
    state.failingSince = nil
    state.fault = nil
    try SourceRows(connection: connection).store(state, of: source.name)
    writer.forgetTouch(source.name)
    return state
  }
}
