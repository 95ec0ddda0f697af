/// Applies decisions to plain values in memory, as the store does to its tables: what `try` and the tests judge
/// histories with. A value; not for the daemon, which judges on the store's own state.
public struct Rehearsal: Sendable {
  private struct Entry {
    var item: KnownItem
    var sightings: [String: Timestamp?] = [:]
  }

  /// Every event so far, oldest first.
  public private(set) var log: [Event] = []
  private let rule: Fingerprint.Rule
  private var entries: [Int64: Entry] = [:]
  private var rows: [Fingerprint: Int64] = [:]
  private var titles: [Fingerprint: String] = [:]
  private var aliases: [String: Int64] = [:]
  private var windows: [String: StoredWindow] = [:]
  private var lastSuccess: [String: Timestamp] = [:]
  private var documents: [String: ParsedDocument] = [:]

  /// An empty memory: the first poll of each source is its first look.
  public init(rule: Fingerprint.Rule = .current) { self.rule = rule }

  /// One successful poll of `source`, which saw `document`.
  @discardableResult
  public mutating func poll(
    _ source: Source, _ document: ParsedDocument, rules: [Rule] = [], at now: Timestamp, rulesChanged: Bool = false
  ) -> Decision {
    let context = PollContext(
      source: source, rules: rules, now: now, lastSuccess: lastSuccess[source.name], rulesChanged: rulesChanged)
    let seen = Decide.seen(document, of: source, rule: rule)
    let stored = windows[source.name] ?? StoredWindow()
    let decision: Decision
    switch document.form {
    case .window where documents[source.name] == document && !rulesChanged:
      let known = known(stored.absent.map(\.fingerprint), [], source)
      decision = Decide.unchanged(stored: stored, known: known, in: context)
    case .window:
      let wanted = Decide.wanted(of: seen, stored: stored)
      decision = Decide.window(seen, stored: stored, known: known(wanted, [], source), in: context)
    case .feed:
      let wanted = Decide.wanted(of: seen)
      let known = known(wanted.fingerprints, wanted.aliases, source)
      decision = Decide.feed(seen, stored: stored, known: known, in: context)
    }
    for row in decision.departed where entries[row]?.sightings[source.name] != nil {
      entries[row]?.sightings[source.name] = context.lastSuccess
    }
    for change in decision.changes { apply(change, of: source, at: now) }
    windows[source.name] = decision.window ?? windows[source.name]
    lastSuccess[source.name] = now
    documents[source.name] = document
    return decision
  }
}

extension Rehearsal {
  private func known(_ fingerprints: [Fingerprint], _ keys: [String], _ source: Source) -> Known {
    var known = Known()
    for fingerprint in fingerprints {
      known.items[fingerprint] = rows[fingerprint].flatMap { item($0, for: source) }
      if known.items[fingerprint]?.fingerprint != fingerprint { known.formerTitles[fingerprint] = titles[fingerprint] }
    }
    for key in keys { known.aliases[key] = aliases[source.name + " " + key].flatMap { item($0, for: source) } }
    return known
  }

  private func item(_ row: Int64, for source: Source) -> KnownItem? {
    guard let entry = entries[row] else { return nil }
    let sighting = entry.sightings[source.name]
    return entry.item.with {
      $0.isKnownHere = sighting != nil
      $0.lastSeenHere = sighting ?? nil
    }
  }

  private mutating func apply(_ change: Change, of source: Source, at now: Timestamp) {
    if let event = change.event { log.append(event) }
    let heard = change.classification.map { Sighting(source: source.name, tags: $0.tags, level: $0.level) }
    switch change.kind {
    case .create(let seen): create(seen, occurrence: 1, change, heard, of: source, at: now)
    case .recur(let known, let seen):
      rows[seen.fingerprint] = nil
      create(seen, occurrence: known.occurrence + 1, change, heard, of: source, at: now)
    case .sight(let known, let seen):
      if change.event != nil, let heard {
        entries[known.row]?.item = known.with {
          if known.announcements.isEmpty, let facts = change.event?.item {
            $0.owner = source.name
            $0.take(seen, facts)
          }
          $0.announcements.append(heard)
        }
      }
      learn(seen, known.row, of: source)
    case .revise(let known, let seen):
      entries[known.row]?.item = known.with {
        $0.rewrite(seen)
        if let facts = change.event?.item {
          ($0.revision, $0.level, $0.tags) = (facts.revision, facts.level, facts.tags)
          ($0.seen, $0.seenAfter) = (facts.seen, facts.seenAfter)
        }
        $0.isWithdrawn = false
        if let heard, known.announcements.isEmpty { $0.announcements = [heard] }
      }
      learn(seen, known.row, of: source)
    case .rewrite(let known, let seen):
      entries[known.row]?.item = known.with {
        $0.rewrite(seen)
        $0.isJittering = true
      }
      learn(seen, known.row, of: source)
    case .learn(let known, let seen), .alias(let known, let seen): learn(seen, known.row, of: source)
    case .withdraw(let known): entries[known.row]?.item = known.with { $0.isWithdrawn = true }
    case .tell: break
    }
  }

  private mutating func create(
    _ seen: SeenItem, occurrence: Int, _ change: Change, _ heard: Sighting?, of source: Source, at now: Timestamp
  ) {
    let row = Int64(entries.count + 1)
    let facts = change.event?.item
    let item = KnownItem(
      row: row, id: seen.fingerprint.itemIdentifier(occurrence: occurrence), owner: source.name, title: seen.title,
      parsed: seen.parsed, fingerprint: seen.fingerprint, revision: 1, occurrence: occurrence,
      level: heard?.level ?? source.level, tags: heard?.tags ?? [], seen: now, seenAfter: facts?.seenAfter,
      baseline: facts?.baseline ?? false, isWithdrawn: false, isJittering: false,
      announcements: facts == nil ? [] : heard.map { [$0] } ?? [], isKnownHere: true, lastSeenHere: nil)
    entries[row] = Entry(item: item)
    learn(seen, row, of: source)
  }

  private mutating func learn(_ seen: SeenItem, _ row: Int64, of source: Source) {
    entries[row]?.sightings[source.name] = .some(nil)
    if rows[seen.fingerprint] == nil {
      rows[seen.fingerprint] = row
      titles[seen.fingerprint] = seen.title
    }
    for alias in seen.aliases where aliases[source.name + " " + alias] == nil {
      aliases[source.name + " " + alias] = row
    }
  }
}

extension KnownItem {
  fileprivate func with(_ change: (inout KnownItem) -> Void) -> KnownItem {
    var item = self
    change(&item)
    return item
  }

  /// The item is as the source tells it that announced it first.
  fileprivate mutating func take(_ item: SeenItem, _ facts: ItemFacts) {
    rewrite(item)
    (level, tags) = (facts.level, facts.tags)
    (seen, seenAfter, baseline) = (facts.seen, facts.seenAfter, facts.baseline)
  }

  fileprivate mutating func rewrite(_ seen: SeenItem) {
    title = seen.title
    parsed = seen.parsed
    fingerprint = seen.fingerprint
  }
}
