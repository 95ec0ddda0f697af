import TickerText

/// The events that Decide makes of one item, one function for each kind. Pure.
struct Announcement {
  private let item: SeenItem
  private let classification: Classification
  private let context: PollContext

  init(_ item: SeenItem, _ classification: Classification, in context: PollContext) {
    self.item = item
    self.classification = classification
    self.context = context
  }

  func new(baseline: Bool) -> Event {
    var facts = facts
    facts.baseline = baseline
    return event(.itemNew, facts)
  }

  /// A known line that is news again.
  func recurrence(of known: KnownItem) -> Event {
    var facts = facts
    facts.occurrence = known.occurrence + 1
    facts.id = item.fingerprint.itemIdentifier(occurrence: facts.occurrence)
    return event(.itemNew, facts)
  }

  /// A known item, first seen by this source: the same `id`, and who announced it earlier.
  func sighting(of known: KnownItem, baseline: Bool) -> Event {
    var facts = facts
    facts.id = known.id
    facts.occurrence = known.occurrence
    facts.revision = known.revision
    facts.baseline = baseline
    facts.also = known.announcements
    return event(.itemNew, facts)
  }

  func update(of known: KnownItem, restored: Bool = false) -> Event {
    var facts = facts
    facts.id = known.id
    facts.occurrence = known.occurrence
    facts.revision = known.revision + 1
    facts.previous = known.title
    facts.restored = restored
    return event(.itemUpdated, facts)
  }

  /// Carries the last known fields.
  static func withdrawal(of known: KnownItem, in context: PollContext) -> Event {
    let item = SeenItem(fingerprint: known.fingerprint, title: known.title, parsed: known.parsed)
    var classification = context.classification(of: item)
    classification.level = known.level
    classification.tags = known.tags
    let announcement = Announcement(item, classification, in: context)
    var facts = announcement.facts
    facts.id = known.id
    facts.seen = known.seen
    facts.seenAfter = known.seenAfter
    facts.occurrence = known.occurrence
    facts.revision = known.revision
    facts.baseline = known.baseline && known.revision == 1
    return announcement.event(.itemWithdrawn, facts)
  }

  /// Nothing of the last window stands: lines may have passed unseen.
  static func gap(before count: Int, in context: PollContext) -> Event {
    let name = context.source.name
    let since = context.lastSuccess?.textToTheSecond ?? "the last poll"
    return Event(
      type: .sourceGap, at: context.now, source: name,
      title: "\(name): items may have been missed since \(since), nothing of what stood there then is left", item: nil,
      condition: SourceCondition(
        stage: "decide", class: "gap", reason: "no line of the last window stands in the new one",
        since: context.lastSuccess, seenAfter: context.lastSuccess, count: count))
  }
}

extension Announcement {
  private var facts: ItemFacts {
    ItemFacts(
      id: item.fingerprint.itemIdentifier(), text: item.parsed.summary, link: item.parsed.link,
      published: item.parsed.published, updated: item.parsed.updated, seen: context.now, seenAfter: context.lastSuccess,
      level: classification.level, language: classification.language, tags: classification.tags,
      attribution: classification.attribution, occurrence: 1, revision: 1, fingerprint: item.fingerprint,
      baseline: false)
  }

  private func event(_ type: EventType, _ facts: ItemFacts) -> Event {
    Event(type: type, at: context.now, source: context.source.name, title: item.title, item: facts)
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
