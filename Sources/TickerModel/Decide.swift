/// What is new, changed, withdrawn or nothing at all, judged from what was known, what was seen, and now. Pure: no
/// network, no database, no clock. Runs on the writer thread, on state read in the transaction that records its result.
public enum Decide {
  /// The items of a document with their fingerprints, in document order, of equal ones the first.
  public static func seen(_ document: ParsedDocument, of source: Source) -> [SeenItem] {
    let name = source.dedupe == .source ? source.name : nil
    var taken: Set<Fingerprint> = []
    switch document.form {
    case .window:
      return document.items.compactMap { item in
        guard let title = item.title else { return nil }
        let fingerprint = Fingerprint(line: title, source: name)
        return taken.insert(fingerprint).inserted ? SeenItem(fingerprint: fingerprint, title: title, parsed: item) : nil
      }
    case .feed:
      let aliases = FeedIdentity(of: document.items).aliases
      return zip(document.items, aliases).compactMap { item, aliases in
        guard let title = item.headline else { return nil }
        let fingerprint = Fingerprint(headline: title, link: item.link, source: name)
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

  /// The first look at a source, of either form: what stands there is recorded, and announced as `baseline` says.
  static func baseline(_ seen: [SeenItem], known: Known, in context: PollContext) -> [Change] {
    let announced: Int
    switch context.source.baseline {
    case .silent: announced = 0
    case .last(let count): announced = count
    case .all: announced = seen.count
    }
    // `seen` is newest first here; announcements go oldest first.
    return seen.enumerated().reversed().compactMap { index, item in
      change(for: item, known: known.items[item.fingerprint], announced: index < announced, baseline: true, in: context)
    }
  }

  /// The change for an item that is new to this source: created, or sighted where another source knows it.
  static func change(
    for item: SeenItem, known: KnownItem?, announced: Bool, baseline: Bool = false, in context: PollContext
  ) -> Change? {
    guard let known else {
      let event = announced ? Announcement.new(item, baseline: baseline, in: context) : nil
      return Change(.create(item), event: event)
    }
    guard !known.isKnownHere else { return nil }
    let event = announced ? Announcement.sighting(item, of: known, baseline: baseline, in: context) : nil
    return Change(.sight(known, item), event: event)
  }

  /// The change for another text of a known item: only its owner announces it, the others learn it.
  static func revision(of known: KnownItem, to item: SeenItem, in context: PollContext) -> Change {
    let isOwner = known.owner == context.source.name
    return Change(.revise(known, item), event: isOwner ? Announcement.update(of: known, to: item, in: context) : nil)
  }
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
