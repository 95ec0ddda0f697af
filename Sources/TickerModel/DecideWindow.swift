extension Decide {
  /// Two lines at least this alike in the same place are one line that was edited (SPEC §3.2, rule a).
  static let editSimilarity = 0.6

  /// The fingerprints that ``window(_:stored:known:in:)`` asks about: the lines that came, went, or are absent.
  public static func wanted(of seen: [SeenItem], stored: StoredWindow) -> [Fingerprint] {
    let before = Set(stored.lines.lazy.map(\.fingerprint))
    let came = seen.lazy.map(\.fingerprint).filter { !before.contains($0) }
    let now = Set(seen.lazy.map(\.fingerprint))
    let went = stored.lines.lazy.map(\.fingerprint).filter { !now.contains($0) }
    return Array(came) + Array(went) + stored.absent.map(\.fingerprint)
  }

  /// Judges a window (SPEC §3.2).
  /// - Parameters:
  ///   - document: the lines in document order, of equal ones the first.
  ///   - stored: the last window, newest first; empty at the first look.
  ///   - known: what ``wanted(of:stored:)`` asked for.
  public static func window(
    _ document: [SeenItem], stored: StoredWindow, known: Known, in context: PollContext
  ) -> Decision {
    let seen = context.source.order == .newestFirst ? document : document.reversed()
    var decision = Decision()
    if isFirstLook(seen, stored: stored, known: known, in: context) {
      decision.changes = baseline(seen, known: known, in: context)
      decision.notices = [baselineNotice(decision, in: context)]
      decision.window = StoredWindow(seen, after: stored)
      return decision
    }
    let comparison = WindowComparison(seen: seen, stored: stored, known: known)
    let judge = WindowJudge(seen: seen, comparison: comparison, known: known, context: context)
    var placed = withdrawals(comparison, known: known, in: context)
    for index in seen.indices where !comparison.stoodBefore(index) {
      let (change, isLate) = judge.change(at: index)
      if isLate { decision.lateLines += 1 }
      if let change { placed.append((Double(index), change)) }
    }
    // Those of one place keep their order.
    decision.changes = placed.enumerated()
      .sorted { ($1.element.place, $0.offset) < ($0.element.place, $1.offset) }.map(\.element.change)
    decision.changes = oncePerItem(decision.changes)
    if comparison.isGap, !decision.events.isEmpty {
      decision.changes.insert(Change(.tell, event: Announcement.gap(before: seen.count, in: context)), at: 0)
    }
    decision.window = comparison.nextWindow
    decision.departed = comparison.departed
    decision.notices = jitterNotices(decision.changes)
    return decision
  }

  /// A poll that saw the very same document (304, or the same bytes): what was absent stays absent.
  public static func unchanged(stored: StoredWindow, known: Known, in context: PollContext) -> Decision {
    var decision = Decision()
    decision.changes = stored.absent.reversed().compactMap { absent in
      // As another page with the same lines would be judged: a line that is pinned by now proves nothing.
      guard stored.lines.dropFirst(absent.above).contains(where: { $0.stood && !$0.isPinned }) else { return nil }
      return withdrawal(absent.fingerprint, known: known, in: context)
    }
    decision.window = StoredWindow(
      lines: stored.lines.map { .init($0.fingerprint, stood: true, kept: $0.kept) }, lengths: stored.lengths)
    return decision
  }
}

extension Decide {
  private static func isFirstLook(
    _ seen: [SeenItem], stored: StoredWindow, known: Known, in context: PollContext
  ) -> Bool {
    guard context.lastSuccess != nil else { return true }
    guard context.rulesChanged else { return false }
    let before = Set(stored.lines.map(\.fingerprint))
    return !seen.contains { before.contains($0.fingerprint) || known.items[$0.fingerprint]?.isKnownHere == true }
  }

  /// Lines that went above a standing line, in two successful polls on end (rule e), each at its place in the new window;
  /// oldest first.
  private static func withdrawals(
    _ comparison: WindowComparison, known: Known, in context: PollContext
  ) -> [(place: Double, change: Change)] {
    comparison.confirmedAbsent.reversed().compactMap { fingerprint, below in
      withdrawal(fingerprint, known: known, in: context).map { (Double(below) - 0.5, $0) }
    }
  }

  /// Only the source that announced an item withdraws it; an item that never had an event goes as quietly as it came, and
  /// so does one whose return could not be told any more, which would be taken for withdrawn while it stands there.
  private static func withdrawal(_ fingerprint: Fingerprint, known: Known, in context: PollContext) -> Change? {
    guard let item = known.items[fingerprint], item.owner == context.source.name, !item.announcements.isEmpty,
      !item.isWithdrawn, item.revision <= mostUpdates
    else { return nil }
    return Change(
      .withdraw(item), event: Announcement.withdrawal(of: item, in: context), trace: Trace(.withdrawn))
  }
}
