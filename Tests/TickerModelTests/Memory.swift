import TickerModel

/// What the store would keep, as plain values: applies decisions in memory so that histories need no database.
struct Memory {
  private struct Entry {
    var item: KnownItem
    var seenBy: Set<String>
  }

  private(set) var log: [Event] = []
  private var entries: [Int64: Entry] = [:]
  private var rows: [Fingerprint: Int64] = [:]
  private var aliases: [String: Int64] = [:]
  private var windows: [String: StoredWindow] = [:]
  private var lastSuccess: [String: Timestamp] = [:]
  private var documents: [String: ParsedDocument] = [:]

  /// One successful poll; returns the events it announced.
  mutating func poll(
    _ source: Source, _ document: ParsedDocument, at now: Timestamp, rulesChanged: Bool = false
  ) -> Decision {
    let context = PollContext(
      source: source, now: now, lastSuccess: lastSuccess[source.name], rulesChanged: rulesChanged)
    let seen = Decide.seen(document, of: source)
    let stored = windows[source.name] ?? StoredWindow()
    let decision: Decision
    switch document.form {
    case .window where documents[source.name] == document && !rulesChanged:
      decision = Decide.unchanged(
        stored: stored, known: known(stored.absent.map(\.fingerprint), [], source), in: context)
    case .window:
      let wanted = Decide.wanted(of: seen, stored: stored)
      decision = Decide.window(seen, stored: stored, known: known(wanted, [], source), in: context)
    case .feed:
      let wanted = Decide.wanted(of: seen)
      decision = Decide.feed(seen, known: known(wanted.fingerprints, wanted.aliases, source), in: context)
    }
    for change in decision.changes { apply(change, of: source, now: now) }
    windows[source.name] = decision.window ?? windows[source.name]
    lastSuccess[source.name] = now
    documents[source.name] = document
    return decision
  }

  private func known(_ fingerprints: [Fingerprint], _ keys: [String], _ source: Source) -> Known {
    var known = Known()
    for fingerprint in fingerprints { known.items[fingerprint] = rows[fingerprint].flatMap { item($0, for: source) } }
    for key in keys { known.aliases[key] = aliases[source.name + " " + key].flatMap { item($0, for: source) } }
    return known
  }

  private func item(_ row: Int64, for source: Source) -> KnownItem? {
    guard let entry = entries[row] else { return nil }
    return entry.item.with(isKnownHere: entry.seenBy.contains(source.name))
  }

  private mutating func apply(_ change: Change, of source: Source, now: Timestamp) {
    if let event = change.event { log.append(event) }
    switch change.kind {
    case .create(let seen):
      let row = Int64(entries.count + 1)
      let item = KnownItem(
        row: row, id: change.event?.item?.id ?? seen.fingerprint.itemIdentifier(), owner: source.name,
        title: seen.title,
        parsed: seen.parsed, fingerprint: seen.fingerprint, revision: 1, occurrence: 1, level: source.level,
        tags: source.tags, seen: now, seenAfter: nil, baseline: change.event?.item?.baseline ?? false,
        isWithdrawn: false,
        announcements: change.event == nil ? [] : [source.sighting], isKnownHere: true)
      entries[row] = Entry(item: item, seenBy: [source.name])
      learn(seen, row, of: source)
    case .sight(let known, let seen):
      entries[known.row]?.seenBy.insert(source.name)
      if change.event != nil {
        let owner = known.announcements.isEmpty ? source.name : known.owner
        entries[known.row]?.item = known.with(owner: owner, announcements: known.announcements + [source.sighting])
      }
      learn(seen, known.row, of: source)
    case .revise(let known, let seen):
      if let event = change.event {
        entries[known.row]?.item = known.with(
          title: seen.title, fingerprint: seen.fingerprint, revision: event.item?.revision,
          announcements: known.announcements.isEmpty ? [source.sighting] : known.announcements)
      }
      learn(seen, known.row, of: source)
    case .withdraw(let known): entries[known.row]?.item = known.with(isWithdrawn: true)
    case .alias(let known, let seen): learn(seen, known.row, of: source)
    }
  }

  private mutating func learn(_ seen: SeenItem, _ row: Int64, of source: Source) {
    if rows[seen.fingerprint] == nil { rows[seen.fingerprint] = row }
    for alias in seen.aliases where aliases[source.name + " " + alias] == nil {
      aliases[source.name + " " + alias] = row
    }
  }
}

extension Source {
  var sighting: Sighting { Sighting(source: name, tags: tags, level: level) }
}

extension KnownItem {
  func with(
    owner: String? = nil, title: String? = nil, fingerprint: Fingerprint? = nil, revision: Int? = nil,
    isWithdrawn: Bool? = nil, announcements: [Sighting]? = nil, isKnownHere: Bool? = nil
  ) -> KnownItem {
    KnownItem(
      row: row, id: id, owner: owner ?? self.owner, title: title ?? self.title, parsed: parsed,
      fingerprint: fingerprint ?? self.fingerprint, revision: revision ?? self.revision, occurrence: occurrence,
      level: level, tags: tags, seen: seen, seenAfter: seenAfter, baseline: baseline,
      isWithdrawn: isWithdrawn ?? self.isWithdrawn, announcements: announcements ?? self.announcements,
      isKnownHere: isKnownHere ?? self.isKnownHere)
  }
}
