extension Decide {
  /// The fingerprints and aliases that ``feed(_:stored:settled:known:in:)`` asks about.
  public static func wanted(
    of seen: [SeenItem], settled: Set<Int> = []
  ) -> (fingerprints: [Fingerprint], aliases: [String]) {
    let asked = seen.indices.filter { !settled.contains($0) }.map { seen[$0] }
    return (asked.map(\.fingerprint), asked.flatMap(\.aliases))
  }

  /// Judges a feed (SPEC §3.3): entries by guid or link, then by content; new ones in reverse document order.
  /// - Parameters:
  ///   - seen: document order, of equal entries the first.
  ///   - stored: the items of the last document.
  ///   - settled: indices of entries that stood just so in the last document; nothing is asked about them.
  ///   - known: what ``wanted(of:settled:)`` asked for.
  public static func feed(
    _ seen: [SeenItem], stored: StoredWindow, settled: Set<Int> = [], known: Known, in context: PollContext
  ) -> Decision {
    var decision = Decision()
    decision.window = StoredWindow(seen, after: stored)
    decision.identity = FeedIdentity.rule(of: seen)
    if settled.isEmpty, isFirstLook(seen, known: known, in: context) {
      decision.changes = baseline(seen, known: known, in: context)
      decision.notices = [baselineNotice(decision, in: context)]
      return decision
    }
    let shown = Set(seen.map(\.fingerprint))
    decision.changes = oncePerItem(
      seen.indices.reversed().compactMap { index in
        settled.contains(index) ? nil : change(for: seen, at: index, shown: shown, known: known, in: context)
      })
    let asked = seen.indices.filter { !settled.contains($0) }
    decision.unsettled = unsettled(seen, asked, after: decision.changes, known: known, in: context)
    let isForeign = settled.isEmpty && !seen.contains { entry($0, known) != nil }
    if isForeign, !decision.events.isEmpty, stored.isGap(before: seen.count) {
      decision.changes.insert(Change(.tell, event: Announcement.gap(before: seen.count, in: context)), at: 0)
    }
    decision.notices = jitterNotices(decision.changes)
    return decision
  }

  private static func isKnown(_ item: SeenItem, _ known: Known) -> Bool {
    known.items[item.fingerprint]?.isKnownHere == true || item.aliases.contains { known.aliases[$0] != nil }
  }

  /// Whether nothing this source ever saw stands there: the first poll, or rules that read something else now.
  static func isFirstLook(_ seen: [SeenItem], known: Known, in context: PollContext) -> Bool {
    guard context.lastSuccess != nil else { return true }
    guard context.rulesChanged else { return false }
    return !seen.contains { isKnown($0, known) }
  }

  static func baselineNotice(_ decision: Decision, in context: PollContext) -> String {
    let announced = decision.events.count
    let silent = decision.changes.count - announced
    let look = context.lastSuccess == nil ? "first look" : "first look after a change of its rules"
    return
      "\(look): \(silent) items recorded without event, \(announced) announced (baseline = \"\(context.source.baseline.text)\")"
  }

  private static func change(
    for seen: [SeenItem], at index: Int, shown: Set<Fingerprint>, known: Known, in context: PollContext
  ) -> Change? {
    let item = seen[index]
    guard let entry = entry(item, known) else {
      let trace = Trace(.new, above: seen.title(at: index - 1), below: seen.title(at: index + 1))
      return change(for: item, known: known.items[item.fingerprint], announced: true, trace: trace, in: context)
    }
    let sameContent = known.items[item.fingerprint]
    let isAnothersText = sameContent.map { $0.row != entry.row } ?? false
    // A source that does not own the entry has learnt this text before.
    let isLearnt = entry.owner != context.source.name && sameContent?.row == entry.row
    // Its present text stands there too: under two names an item would change to and fro with every poll.
    let isShown = shown.contains(entry.fingerprint)
    if isShown || isAnothersText || isLearnt || item.aliases.isEmpty {
      let isKnown = sameContent != nil && item.aliases.allSatisfy { known.aliases[$0] != nil }
      return isKnown ? nil : Change(.alias(entry, item))
    }
    return revision(of: entry, to: item, trace: Trace(.sameEntry, closest: entry.title), in: context)
  }

  /// The item that this source knows an entry as: by its guid, or by its link where the guids of the document tell
  /// nothing, else by its content. A link beside a good guid is only learnt: alerts that all link to one page are items
  /// of their own.
  private static func entry(_ item: SeenItem, _ known: Known) -> KnownItem? {
    if let named = item.aliases.first.flatMap({ known.aliases[$0] }) { return named }
    return known.items[item.fingerprint].flatMap { $0.isKnownHere ? $0 : nil }
  }

  /// The entries that do not stand with their item's present text, so that a later document may change it.
  private static func unsettled(
    _ seen: [SeenItem], _ asked: [Int], after changes: [Change], known: Known, in context: PollContext
  ) -> Set<Int> {
    var texts: [Int64: Fingerprint] = [:]
    for case .revise(let known, let item) in changes.map(\.kind) { texts[known.row] = item.fingerprint }
    for case .rewrite(let known, let item) in changes.map(\.kind) { texts[known.row] = item.fingerprint }
    return Set(
      asked.filter { index in
        guard let entry = entry(seen[index], known), entry.owner == context.source.name else { return false }
        return texts[entry.row] ?? entry.fingerprint != seen[index].fingerprint
      })
  }
}

extension [SeenItem] {
  /// The title at an index that may lie outside.
  func title(at index: Int) -> String? { indices.contains(index) ? self[index].title : nil }
}
