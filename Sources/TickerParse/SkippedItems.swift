import Glibc
import TickerModel
import TickerText

/// Takes out what an operator wants to hear nothing of (SPEC §2 `skip`). Pure.
enum SkippedItems {
  /// Seconds of processor time for all patterns on all items; a pattern that backtracks on every line could take minutes.
  private static let longest = 2.0

  /// `items` without those whose headline matches one of `patterns`.
  static func removed(from items: [ParsedItem], by patterns: [Pattern]) throws(ParseError) -> [ParsedItem] {
    guard !patterns.isEmpty else { return items }
    let deadline = processorTime() + longest
    var kept: [ParsedItem] = []
    for item in items {
      guard processorTime() < deadline else {
        throw ParseError(.bounds, "the patterns of skip take too long on these items; write simpler ones")
      }
      if !patterns.contains(where: { $0.matches(item.title ?? "") }) { kept.append(item) }
    }
    return kept
  }

  private static func processorTime() -> Double {
    var now = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now)
    return Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
  }
}
