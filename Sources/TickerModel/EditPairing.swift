/// Which lines that came are edits of lines that went in the same place (SPEC §3.2, rule a): best pairs first. Pure.
struct EditPairing {
  private struct Candidate {
    let item: KnownItem
    let new: Int
    let old: Int
    let similarity: Double
    let isReversal: Bool
  }

  private(set) var edits: [Int: WindowComparison.Edit] = [:]
  private(set) var closest: [Int: (title: String, similarity: Double)] = [:]
  private let seen: [SeenItem]
  private let known: Known

  init(seen: [SeenItem], known: Known) {
    self.seen = seen
    self.known = known
  }

  /// Pairs the lines of one place: between two standing lines, or between the newest end and the first.
  mutating func pair(_ went: [Fingerprint], _ came: [Int]) {
    let went = went.filter { known.items[$0] != nil }
    let lines = went.compactMap { known.items[$0] }
    guard !lines.isEmpty, !came.isEmpty else { return }
    // The line that went may have shown an earlier text than its item's present one.
    let titles = went.map { known.title(of: $0) ?? "" }
    let texts = titles.map { SimilarityText($0) }
    var candidates: [Candidate] = []
    for new in came {
      let owner = known.items[seen[new].fingerprint]
      let text = SimilarityText(seen[new].title)
      for (old, item) in lines.enumerated() {
        // A line back at an earlier text of its own is surely the same; another item's text surely is not.
        let isReversal = owner?.row == item.row
        let similarity = isReversal ? 1 : text.similarity(to: texts[old])
        note(new, titles[old], similarity)
        if isReversal || (owner == nil && similarity >= Decide.editSimilarity) {
          candidates.append(
            Candidate(item: item, new: new, old: old, similarity: similarity, isReversal: isReversal))
        }
      }
    }
    take(candidates.sorted { ($1.similarity, $0.old, $0.new) < ($0.similarity, $1.old, $1.new) })
  }

  private mutating func take(_ candidates: [Candidate]) {
    var taken: Set<Int> = []
    for candidate in candidates where edits[candidate.new] == nil && taken.insert(candidate.old).inserted {
      edits[candidate.new] = WindowComparison.Edit(
        item: candidate.item, similarity: candidate.similarity, isReversal: candidate.isReversal)
    }
  }

  private mutating func note(_ new: Int, _ title: String, _ similarity: Double) {
    if similarity > closest[new]?.similarity ?? 0 { closest[new] = (title, similarity) }
  }
}
