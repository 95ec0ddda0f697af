extension Decide {
  /// The aliases that ``feed(_:known:in:)`` asks about.
  public static func wanted(of seen: [SeenItem]) -> (fingerprints: [Fingerprint], aliases: [String]) {
    (seen.map(\.fingerprint), seen.flatMap(\.aliases))
  }

  /// Judges a feed (SPEC §3.3): entries by guid or link, then by content; new ones in reverse document order.
  /// - Parameters:
  ///   - seen: document order, of equal entries the first.
  ///   - known: what ``wanted(of:)`` asked for.
  public static func feed(_ seen: [SeenItem], known: Known, in context: PollContext) -> Decision {
    var decision = Decision()
    if isFirstLook(seen, known: known, in: context) {
      decision.changes = baseline(seen, known: known, in: context)
      decision.notices = [baselineNotice(decision, in: context)]
    } else {
      decision.changes = seen.reversed().compactMap { change(for: $0, known: known, in: context) }
    }
    return decision
  }

  /// Whether nothing this source ever saw stands there: the first poll, or rules that read something else now.
  static func isFirstLook(_ seen: [SeenItem], known: Known, in context: PollContext) -> Bool {
    guard context.lastSuccess != nil else { return true }
    guard context.rulesChanged else { return false }
    return !seen.contains { item in
      known.items[item.fingerprint]?.isKnownHere == true || item.aliases.contains { known.aliases[$0] != nil }
    }
  }

  static func baselineNotice(_ decision: Decision, in context: PollContext) -> String {
    let announced = decision.events.count
    let silent = decision.changes.count - announced
    let look = context.lastSuccess == nil ? "first look" : "first look after a change of its rules"
    return
      "\(look): \(silent) items recorded without event, \(announced) announced (baseline = \"\(context.source.baseline.text)\")"
  }

  private static func change(for item: SeenItem, known: Known, in context: PollContext) -> Change? {
    let sameContent = known.items[item.fingerprint]
    guard let sameEntry = item.aliases.lazy.compactMap({ known.aliases[$0] }).first else {
      if let sameContent, sameContent.isKnownHere {
        return item.aliases.isEmpty ? nil : Change(.alias(sameContent, item))
      }
      return change(for: item, known: sameContent, announced: true, in: context)
    }
    let isUnchanged = sameEntry.fingerprint == item.fingerprint
    let isAnothersText = sameContent.map { $0.row != sameEntry.row } ?? false
    if isUnchanged || isAnothersText {
      return item.aliases.allSatisfy { known.aliases[$0] != nil } ? nil : Change(.alias(sameEntry, item))
    }
    return revision(of: sameEntry, to: item, in: context)
  }
}
