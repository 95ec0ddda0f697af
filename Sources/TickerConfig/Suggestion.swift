/// What somebody who mistyped a word may have meant. Pure.
enum Suggestion {
  /// Nobody mistypes more than this; also bounds the work.
  private static let longest = 64

  /// The word that a few slips lead to, the first of several; nil when none is near: a third of the letters may differ.
  static func nearest(to typed: String, among words: [String]) -> String? {
    guard typed.utf8.count <= longest else { return nil }
    let near = words.map { (word: $0, distance: distance($0, typed)) }
      .filter { $0.distance <= max(1, $0.word.count / 3) && $0.distance < $0.word.count }
    return near.min { $0.distance < $1.distance }?.word
  }

  /// `, did you mean "…"?`, or nothing.
  static func question(_ typed: String, among words: [String]) -> String {
    nearest(to: typed, among: words).map { ", did you mean \"\($0)\"?" } ?? ""
  }

  /// Letters to insert, drop or replace, and neighbours to swap, that make one word of the other
  /// (optimal string alignment).
  static func distance(_ one: String, _ other: String) -> Int {
    let (from, to) = (Array(one.utf8), Array(other.utf8))
    var beforeLast: [Int] = []
    var last = Array(0...to.count)
    for row in 1..<from.count + 1 {
      var current = [row]
      for column in 1..<to.count + 1 {
        let replaced = last[column - 1] + (from[row - 1] == to[column - 1] ? 0 : 1)
        var least = min(replaced, last[column] + 1, current[column - 1] + 1)
        if row > 1, column > 1, from[row - 1] == to[column - 2], from[row - 2] == to[column - 1] {
          least = min(least, beforeLast[column - 2] + 1)
        }
        current.append(least)
      }
      (beforeLast, last) = (last, current)
    }
    return last[to.count]
  }
}
