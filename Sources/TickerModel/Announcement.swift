import TickerText

/// The events that Decide makes, one function for each kind. Pure.
enum Announcement {
  static func new(_ item: SeenItem, baseline: Bool, in context: PollContext) -> Event {
    var facts = facts(of: item, in: context)
    facts.baseline = baseline
    return event(.itemNew, item.title, facts, in: context)
  }

  /// A known item, first seen by this source: the same `id`, and who announced it earlier.
  static func sighting(_ item: SeenItem, of known: KnownItem, baseline: Bool, in context: PollContext) -> Event {
    var facts = facts(of: item, in: context)
    facts.id = known.id
    facts.occurrence = known.occurrence
    facts.revision = known.revision
    facts.baseline = baseline
    facts.also = known.announcements
    return event(.itemNew, item.title, facts, in: context)
  }

  static func update(of known: KnownItem, to item: SeenItem, in context: PollContext) -> Event {
    var facts = facts(of: item, in: context)
    facts.id = known.id
    facts.occurrence = known.occurrence
    facts.revision = known.revision + 1
    facts.previous = known.title
    return event(.itemUpdated, item.title, facts, in: context)
  }

  /// Carries the last known fields.
  static func withdrawal(of known: KnownItem, in context: PollContext) -> Event {
    let facts = ItemFacts(
      id: known.id, text: known.parsed.summary, link: known.parsed.link, published: known.parsed.published,
      updated: known.parsed.updated, seen: known.seen, seenAfter: known.seenAfter, level: known.level, tags: known.tags,
      occurrence: known.occurrence, revision: known.revision, fingerprint: known.fingerprint, baseline: known.baseline)
    return event(.itemWithdrawn, known.title, facts, in: context)
  }

  private static func facts(of item: SeenItem, in context: PollContext) -> ItemFacts {
    ItemFacts(
      id: item.fingerprint.itemIdentifier(), text: item.parsed.summary, link: item.parsed.link,
      published: item.parsed.published, updated: item.parsed.updated, seen: context.now, seenAfter: context.lastSuccess,
      level: context.source.level, tags: context.source.tags(with: item.parsed.tags), occurrence: 1, revision: 1,
      fingerprint: item.fingerprint, baseline: false)
  }

  private static func event(_ type: EventType, _ title: String, _ facts: ItemFacts, in context: PollContext) -> Event {
    Event(type: type, at: context.now, source: context.source.name, title: title, item: facts)
  }
}

extension Source {
  /// The configured tags, then those of the document, each once, without white space but single spaces.
  public func tags(with found: [String]) -> [String] {
    var all: [String] = []
    for tag in (tags + found).map(Normalise.foldWhitespace) where !tag.isEmpty && !all.contains(tag) { all.append(tag) }
    return EventEncoding.bounded(all)
  }
}
