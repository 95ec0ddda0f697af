import TickerModel

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
    if let before, before.failures >= SourceEvents.failuresToTell, let fault = before.fault,
      let since = before.failingSince
    {
      _ = try writer.append(SourceEvents.recovered(source.name, fault, since: since, now: observation.now))
    }
    for item in decision.departed { try depart(item, since: before) }
    for change in decision.changes { if let record = try apply(change) { events.append(record) } }
    if let window = decision.window { try store(window, except: decision.unsettled) }
    let state = try store(after: before)
    return Recorded(
      state: state, events: events, notices: decision.notices,
      finding: Pace.Finding(
        new: before?.lastSuccess == nil ? 0 : decision.turnover, visible: observation.content.length,
        moved: !events.isEmpty || decision.turnover > 0),
      lateLines: decision.lateLines,
      cutEvents: decision.events.filter(EventEncoding.exceedsBounds).count,
      hasAbsentLines: decision.window?.absent.isEmpty == false, feedIdentity: decision.identity)
  }
}

extension Recording {
  private func decide(since before: SourceState?) throws(StoreError) -> Decision {
    let context = PollContext(
      source: source, rules: observation.rules, now: observation.now,
      lastSuccess: writer.touches[source.name] ?? before?.lastSuccess,
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
    case .document(.feed, let seen): return try decide(feed: seen, in: context)
    }
  }

  private func decide(feed seen: [SeenItem], in context: PollContext) throws(StoreError) -> Decision {
    // Other rules may read other entries: all of them are judged again.
    if context.rulesChanged { writer.feeds.forget(source.name) }
    let settled = try writer.feeds.settled(seen, of: source.name) { () throws(StoreError) in
      context.rulesChanged ? nil : try knowledge.settledEntries()
    }
    var decision = Decision()
    if settled.isSame {
      decision.identity = FeedIdentity.rule(of: seen)
      return decision
    }
    let wanted = Decide.wanted(of: seen, settled: settled.indices)
    let known = try knowledge.known(wanted.fingerprints, aliases: wanted.aliases)
    return Decide.feed(
      seen, stored: try knowledge.window(), settled: settled.indices, known: known, in: context)
  }

  private func apply(_ change: Change) throws(StoreError) -> LogRecord? {
    let record: LogRecord? = if let event = change.event { try writer.append(event) } else { nil }
    switch change.kind {
    case .create(let seen): try create(seen, occurrence: 1, change, record)
    case .recur(let known, let seen): try create(seen, occurrence: known.occurrence + 1, change, record)
    case .sight(let known, let seen): try sight(known, seen, change, record)
    case .revise(let known, let seen): try revise(known, seen, change, record)
    case .rewrite(let known, let seen): try rewrite(known, seen, change)
    case .learn(let known, let seen):
      try learn(seen, item: known.row)
      try note(known.row, change, nil)
    case .withdraw(let known):
      try connection.run("UPDATE item SET withdrawn = 1 WHERE row = ?", .integer(known.row))
    case .alias(let known, let seen): try learn(seen, item: known.row)
    case .tell: break
    }
    if let row = change.known?.row { try keep(change, item: row, record) }
    return record
  }

  private func create(_ seen: SeenItem, occurrence: Int, _ change: Change, _ record: LogRecord?) throws(StoreError) {
    let facts = change.event?.item
    try connection.run(
      """
      INSERT INTO item(id, hash, owner, title, text, link, published, updated, level, tags, seen, seen_after, revision,
      occurrence, baseline) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,1,?,?)
      """,
      .text(seen.fingerprint.itemIdentifier(occurrence: occurrence)), .blob(seen.fingerprint.bytes), .text(source.name),
      .text(seen.title), .text(seen.parsed.summary), .text(seen.parsed.link), .time(seen.parsed.published),
      .time(seen.parsed.updated), .text(level(change)), .text(tags(change)), .time(observation.now),
      .time(facts?.seenAfter), .integer(occurrence), .flag(facts?.baseline ?? false))
    let row = connection.lastInsertedRow
    if occurrence > 1 {
      // The text belongs to its newest occurrence.
      try connection.run("DELETE FROM fingerprint WHERE hash = ?", .blob(seen.fingerprint.bytes))
    }
    try learn(seen, ofNew: row)
    try writer.note(new: SearchIndex.Entry(row: row, title: seen.title, text: seen.parsed.summary))
    try connection.run(
      "INSERT INTO sighting(item, source, seq, level, tags, at) VALUES (?,?,?,?,?,?)", .integer(row),
      .text(source.name),
      record.map { .integer($0.sequence) } ?? .null, .text(level(change)), .text(tags(change)), .time(observation.now))
    try keep(change, item: row, record)
  }

  private func sight(_ known: KnownItem, _ seen: SeenItem, _ change: Change, _ record: LogRecord?) throws(StoreError) {
    if let facts = change.event?.item, known.announcements.isEmpty {
      // The item is as the source tells it that announced it first, not as another once recorded it in silence.
      try setText(of: known, to: seen, change)
      try connection.run(
        "UPDATE item SET owner = ?, seen = ?, seen_after = ?, baseline = ? WHERE row = ?", .text(source.name),
        .time(facts.seen), .time(facts.seenAfter), .flag(facts.baseline), .integer(known.row))
    } else {
      try learn(seen, item: known.row)
    }
    if record != nil { try SearchIndex(connection: connection).revive(known.row) }
    try note(known.row, change, record)
  }

  private func revise(_ known: KnownItem, _ seen: SeenItem, _ change: Change, _ record: LogRecord?) throws(StoreError) {
    try setText(of: known, to: seen, change)
    guard let facts = change.event?.item else { return }
    try connection.run(
      "UPDATE item SET seen = ?, seen_after = ?, revision = ?, withdrawn = 0 WHERE row = ?", .time(facts.seen),
      .time(facts.seenAfter), .integer(facts.revision), .integer(known.row))
    try note(known.row, change, known.announcements.isEmpty ? record : nil)
  }

  /// Another text without event. Of an item that jitters only the first texts stay known: a clock would fill the disk.
  private func rewrite(_ known: KnownItem, _ seen: SeenItem, _ change: Change) throws(StoreError) {
    try setText(of: known, to: seen, change)
    try connection.run("UPDATE item SET jitters = 1 WHERE row = ?", .integer(known.row))
    // The text that its `id` is made of stays too: as an unknown one it would ask for the same `id` once more.
    let isFirst = known.fingerprint.itemIdentifier(occurrence: known.occurrence) == known.id
    if known.isJittering, known.fingerprint != seen.fingerprint, !isFirst {
      try connection.run("DELETE FROM fingerprint WHERE hash = ?", .blob(known.fingerprint.bytes))
    }
    try note(known.row, change, nil)
  }

  private func setText(of known: KnownItem, to seen: SeenItem, _ change: Change) throws(StoreError) {
    try SearchIndex(connection: connection).replace(known.row, by: seen)
    // The former hash was made of the former text, which the item no longer tells.
    try connection.run(
      "UPDATE fingerprint SET title = ?, link = ? WHERE hash = ? AND title IS NULL", .text(known.title),
      .text(known.parsed.link), .blob(known.fingerprint.bytes))
    try connection.run(
      """
      UPDATE item SET hash = ?, title = ?, text = ?, link = ?, published = ?, updated = ?, level = ?, tags = ?
      WHERE row = ?
      """,
      .blob(seen.fingerprint.bytes), .text(seen.title), .text(seen.parsed.summary), .text(seen.parsed.link),
      .time(seen.parsed.published), .time(seen.parsed.updated), .text(level(change)), .text(tags(change)),
      .integer(known.row))
    try learn(seen, item: known.row)
  }

  /// Every hash and every alias an item had stays known as its own; the first item to have one keeps it.
  private func learn(_ seen: SeenItem, item: Int64) throws(StoreError) {
    try connection.run(
      """
      INSERT OR IGNORE INTO fingerprint(hash, rule, item, form, scope, title, link)
      SELECT ?1, ?2, ?3, ?4, ?5, CASE WHEN hash = ?1 THEN NULL ELSE ?6 END, CASE WHEN hash = ?1 THEN NULL ELSE ?7 END
      FROM item WHERE row = ?3
      """,
      .blob(seen.fingerprint.bytes), .integer(Int(writer.rule.version)), .integer(item),
      .text(form.rawValue), .text(scope), .text(seen.title), .text(seen.parsed.link))
    try learn(seen.aliases, item: item)
  }

  /// The same of an item that was just made, whose present text it is.
  private func learn(_ seen: SeenItem, ofNew item: Int64) throws(StoreError) {
    try connection.run(
      "INSERT OR IGNORE INTO fingerprint(hash, rule, item, form, scope) VALUES (?,?,?,?,?)",
      .blob(seen.fingerprint.bytes), .integer(Int(writer.rule.version)), .integer(item), .text(form.rawValue),
      .text(scope))
    try learn(seen.aliases, item: item)
  }

  private var form: DocumentForm { if case .document(.feed, _) = observation.content { .feed } else { .window } }
  private var scope: String? { source.dedupe == .source ? source.name : nil }

  private func learn(_ aliases: [String], item: Int64) throws(StoreError) {
    for alias in aliases {
      try connection.run(
        "INSERT OR IGNORE INTO alias(source, key, item) VALUES (?,?,?)", .text(source.name), .text(alias),
        .integer(item))
    }
  }

  /// This source has seen the item, and announced it where there is a record; an announcement once made stays.
  private func note(_ item: Int64, _ change: Change, _ record: LogRecord?) throws(StoreError) {
    try connection.run(
      """
      INSERT INTO sighting(item, source, seq, level, tags, at) VALUES (?,?,?,?,?,?)
      ON CONFLICT(item, source) DO UPDATE SET seq = coalesce(seq, excluded.seq), at = excluded.at, last_seen = NULL
      """,
      .integer(item), .text(source.name), record.map { .integer($0.sequence) } ?? .null, .text(level(change)),
      .text(tags(change)), .time(observation.now))
  }

  private func keep(_ change: Change, item: Int64, _ record: LogRecord?) throws(StoreError) {
    guard let trace = change.trace else { return }
    let fitting = change.classification?.fitting ?? []
    try connection.run(
      """
      INSERT INTO trace(item, step, seq, at, source, verdict, above, below, closest, similarity, rules, dropped)
      VALUES (?1, (SELECT coalesce(max(step), 0) + 1 FROM trace WHERE item = ?1), ?2,?3,?4,?5,?6,?7,?8,?9,?10,?11)
      """,
      .integer(item), record.map { .integer($0.sequence) } ?? .null, .time(observation.now), .text(source.name),
      .text(trace.verdict.rawValue), .text(trace.above), .text(trace.below), .text(trace.closest),
      trace.similarity.map { .real($0) } ?? .null,
      fitting.isEmpty ? .null : .text(fitting.map(String.init).joined(separator: " ")),
      .flag(change.classification?.isDropped ?? false))
    if record == nil, change.known != nil { try forgetSteps(of: item) }
  }

  /// Of the steps that told nothing only the last stay: a line with a clock takes one with each poll.
  private func forgetSteps(of item: Int64) throws(StoreError) {
    try connection.run(
      """
      DELETE FROM trace WHERE item = ?1 AND seq IS NULL AND step <= (SELECT max(step) FROM trace WHERE item = ?1) - ?2
      """, .integer(item), .integer(Self.silentSteps))
  }

  /// More than people read; a thousand jittering items have some megabytes of them.
  private static let silentSteps = 20

  /// The line left the window: the last successful poll was the last to see it.
  private func depart(_ item: Int64, since before: SourceState?) throws(StoreError) {
    let lastSeen = writer.touches[source.name] ?? before?.lastSuccess
    try connection.run(
      "UPDATE sighting SET last_seen = ? WHERE item = ? AND source = ?", .time(lastSeen), .integer(item),
      .text(source.name))
  }

  private func level(_ change: Change) -> String { (change.classification?.level ?? source.level).rawValue }
  private func tags(_ change: Change) -> String { TagText.text(change.classification?.tags ?? source.tags(with: [])) }

  /// The window, and of a feed what needs no second judgement.
  private func store(_ window: StoredWindow, except unsettled: Set<Int>) throws(StoreError) {
    var settled: [UInt8]?
    if case .document(.feed, let seen) = observation.content {
      let keys = FeedMemory.keys(of: seen, except: unsettled)
      writer.feeds.remember(keys, of: source.name)
      settled = WindowCodec.settled(keys)
    }
    try connection.run(
      """
      INSERT INTO window(source, lines, absent, lengths, settled) VALUES (?1,?2,?3,?4,?5)
      ON CONFLICT(source) DO UPDATE SET lines = ?2, absent = ?3, lengths = ?4, settled = ?5
      """,
      .text(source.name), .blob(WindowCodec.lines(window)), .blob(WindowCodec.absent(window)),
      .blob(WindowCodec.lengths(window)), .blob(settled))
  }

  private func store(after before: SourceState?) throws(StoreError) -> SourceState {
    var state = observation.state
    state.lastPoll = observation.now
    state.lastSuccess = observation.now
    state.failures = 0
    state.failingSince = nil
    state.fault = nil
    state.identity = source.identity(rule: writer.rule)
    try SourceRows(connection: connection).store(state, of: source.name)
    writer.touches.forget(source.name)
    return state
  }
}

extension Change {
  /// The item that was known before.
  fileprivate var known: KnownItem? {
    switch kind {
    case .sight(let known, _), .revise(let known, _), .rewrite(let known, _), .learn(let known, _),
      .withdraw(let known),
      .alias(let known, _):
      known
    case .create, .recur, .tell: nil
    }
  }
}
