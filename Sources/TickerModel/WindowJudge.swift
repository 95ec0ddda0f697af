/// Judges the lines of a window that were not in the last one, one at a time, by the rules of SPEC §3.2 in their order.
struct WindowJudge {
  let seen: [SeenItem]
  let comparison: WindowComparison
  let known: Known
  let context: PollContext

  /// What the line at `index` changes; `isLate` for an unknown line below the oldest standing one.
  func change(at index: Int) -> (change: Change?, isLate: Bool) {
    let item = seen[index]
    if let edit = comparison.edits[index] { return (revision(edit, to: item, at: index), false) }
    if let known = known.items[item.fingerprint], known.isKnownHere { return (returned(known, item, at: index), false) }
    let isLate = comparison.isBelowOldestStanding(index)
    let change = Decide.change(
      for: item, known: known.items[item.fingerprint], announced: !isLate,
      trace: trace(isLate ? .late : .new, at: index),
      in: context)
    return (change, isLate)
  }

  /// Rule (a).
  private func revision(_ edit: WindowComparison.Edit, to item: SeenItem, at index: Int) -> Change {
    var trace = trace(edit.isReversal ? .reverted : .edited, at: index)
    trace.closest = edit.item.title
    trace.similarity = edit.similarity
    return Decide.revision(of: edit.item, to: item, trace: trace, in: context)
  }

  /// Rule (b): a known line that was not in the last window.
  private func returned(_ known: KnownItem, _ item: SeenItem, at index: Int) -> Change? {
    guard let lastSeen = known.lastSeenHere else { return nil }
    let isLongAgo = context.now.since(lastSeen) >= context.source.repeatAfter
    if known.isWithdrawn, !isLongAgo {
      guard known.owner == context.source.name else { return nil }
      return Decide.revision(of: known, to: item, trace: trace(.restored, at: index), in: context)
    }
    guard isLongAgo, comparison.isOnTop(index) else { return nil }
    let classification = context.classification(of: item)
    let announcement = Announcement(item, classification, in: context)
    return Change(
      .recur(known, item), event: classification.isDropped ? nil : announcement.recurrence(of: known),
      classification: classification, trace: trace(.recurred, at: index))
  }

  private func trace(_ verdict: Trace.Verdict, at index: Int) -> Trace {
    Trace(
      verdict, above: seen.title(at: index - 1), below: seen.title(at: index + 1),
      closest: comparison.closest[index]?.title, similarity: comparison.closest[index]?.similarity)
  }
}
