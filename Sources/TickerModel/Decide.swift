/// What is new, changed, withdrawn or nothing at all, judged from what was known, what was seen, and now. Pure: no
/// network, no database, no clock. Runs on the writer thread, on state read in the transaction that records its result.
public enum Decide {
  /// The items of a document with their fingerprints, in document order, of equal ones the first.
  public static func seen(
    _ document: ParsedDocument, of source: Source, rule: Fingerprint.Rule = .current
  ) -> [SeenItem] {
    let name = source.dedupe == .source ? source.name : nil
    var taken: Set<Fingerprint> = []
    switch document.form {
    case .window:
      return document.items.compactMap { item in
        guard let title = item.title else { return nil }
        let headline = LabelStrip.headline(title, patterns: source.labelStrip)
        let fingerprint = Fingerprint(.line(headline), source: name, rule: rule)
        return taken.insert(fingerprint).inserted ? SeenItem(fingerprint: fingerprint, title: title, parsed: item) : nil
      }
    case .feed:
      let aliases = FeedIdentity(of: document.items).aliases
      return zip(document.items, aliases).compactMap { item, aliases in
        guard let title = item.headline else { return nil }
        let headline = LabelStrip.headline(title, patterns: source.labelStrip)
        let fingerprint = Fingerprint(.item(headline, link: item.link), source: name, rule: rule)
        // An equal entry under another guid is no second item; its alias is learnt when it stands alone.
        guard taken.insert(fingerprint).inserted else { return nil }
        return SeenItem(fingerprint: fingerprint, title: title, parsed: item, aliases: aliases)
      }
    }
  }

  /// Why `count` items are no believable document of this source; nil when they are.
  public static func disbelief(_ count: Int, by expect: Expectation) -> SourceFault? {
    if count < expect.minItems {
      let found = count == 0 ? "no items" : "only \(count) item\(count == 1 ? "" : "s")"
      return SourceFault(
        stage: .expect, class: "window",
        reason: "\(found) where at least \(expect.minItems) are expected; `expect.min_items = 0` allows an empty block")
    }
    if count > expect.maxItems {
      return SourceFault(
        stage: .expect, class: "window",
        reason:
          "\(count) items where at most \(expect.maxItems) are expected; narrow `select`, or raise `expect.max_items`")
    }
    return nil
  }

  /// A guid or place whose text changed this often is a clock or a counter, not an item that is edited.
  static let mostUpdates = 24

  /// The first look at a source, of either form: what stands there is recorded, and announced as `baseline` says.
  static func baseline(_ seen: [SeenItem], known: Known, in context: PollContext) -> [Change] {
    let announced: Int
    switch context.source.baseline {
    case .silent: announced = 0
    case .last(let count): announced = count
    case .all: announced = seen.count
    }
    // `seen` is newest first here; announcements go oldest first.
    return oncePerItem(
      seen.enumerated().reversed().compactMap { index, item in
        let trace = Trace(.baseline)
        let known = known.items[item.fingerprint]
        return change(for: item, known: known, announced: index < announced, baseline: true, trace: trace, in: context)
      })
  }

  /// The change for an item that is new to this source: created, or sighted where another source knows it.
  static func change(
    for item: SeenItem, known: KnownItem?, announced: Bool, baseline: Bool = false, trace: Trace,
    in context: PollContext
  ) -> Change? {
    let classification = context.classification(of: item)
    let announced = announced && !classification.isDropped
    let announcement = Announcement(item, classification, in: context)
    guard let known else {
      let event = announced ? announcement.new(baseline: baseline) : nil
      return Change(.create(item), event: event, classification: classification, trace: trace)
    }
    guard !known.isKnownHere else { return nil }
    var trace = trace
    if trace.verdict == .new { trace = Trace(.sighted, above: trace.above, below: trace.below) }
    let event = announced ? announcement.sighting(of: known, baseline: baseline) : nil
    return Change(.sight(known, item), event: event, classification: classification, trace: trace)
  }

  /// The change for another text of a known item: only its owner announces it, and not for ever.
  static func revision(
    of known: KnownItem, to item: SeenItem, trace: Trace, in context: PollContext
  ) -> Change {
    guard known.owner == context.source.name else { return Change(.learn(known, item), trace: trace) }
    let classification = context.classification(of: item)
    guard known.revision <= mostUpdates, !classification.isDropped else {
      return Change(.rewrite(known, item), classification: classification, trace: trace)
    }
    let event = Announcement(item, classification, in: context).update(of: known, restored: known.isWithdrawn)
    return Change(.revise(known, item), event: event, classification: classification, trace: trace)
  }

  /// One poll tells one text of an item: where a document shows two, the further one is only learnt, and the item is
  /// not withdrawn.
  static func oncePerItem(_ changes: [Change]) -> [Change] {
    var told: Set<Int64> = []
    let once = changes.map { change in
      switch change.kind {
      case .sight(let known, let seen), .revise(let known, let seen), .rewrite(let known, let seen):
        told.insert(known.row).inserted ? change : Change(.learn(known, seen), trace: change.trace)
      default: change
      }
    }
    return once.filter { change in
      if case .withdraw(let known) = change.kind { !told.contains(known.row) } else { true }
    }
  }

  /// Says once that an item jitters.
  static func jitterNotices(_ changes: [Change]) -> [String] {
    changes.compactMap { change in
      guard case .rewrite(let known, _) = change.kind, change.classification?.isDropped == false, !known.isJittering
      else { return nil }
      return
        "\(known.id) changed its text \(mostUpdates) times; further changes are recorded without event: \(known.title)"
    }
  }
}

extension PollContext {
  func classification(of item: SeenItem) -> Classification { Classification(of: item, source: source, rules: rules) }
}

extension ParsedItem {
  /// Bytes of a text that stand in for a missing title.
  private static let longestHeadline = 280

  /// The title, or what a reader would take for it: the beginning of the text, or the link.
  fileprivate var headline: String? {
    if let title, !title.isEmpty { return title }
    if let summary, !summary.isEmpty { return EventEncoding.cut(summary, to: Self.longestHeadline) }
    return link
  }
}
