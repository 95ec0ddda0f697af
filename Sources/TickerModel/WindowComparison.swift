/// A new window held against the stored one: what stands, what went, what came, and where. Both newest first. Pure.
struct WindowComparison {
  private let seen: [SeenItem]
  private let stored: StoredWindow
  private let standing: [WindowAlignment.Pair]
  private let oldIndexes: [Fingerprint: Int]
  private let newIndexes: [Fingerprint: Int]
  private let standingOld: Set<Int>

  init(seen: [SeenItem], stored: StoredWindow) {
    self.seen = seen
    self.stored = stored
    let old = stored.lines.map(\.fingerprint)
    let new = seen.map(\.fingerprint)
    standing = WindowAlignment(old: old, new: new).standing
    standingOld = Set(standing.map(\.old))
    oldIndexes = Dictionary(old.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    newIndexes = Dictionary(new.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// Whether the line of this index was in the last window, in its order or moved.
  func stoodBefore(_ new: Int) -> Bool { oldIndexes[seen[new].fingerprint] != nil }

  func isBelowOldestStanding(_ new: Int) -> Bool { standing.last.map { new > $0.new } ?? false }

  /// Lines that are absent for the second time while a line below them stood in both polls, with the index of that line.
  var confirmedAbsent: [(fingerprint: Fingerprint, below: Int)] {
    stored.absent.compactMap { absent in
      guard newIndexes[absent.fingerprint] == nil,
        let below = standing.first(where: { $0.old >= absent.above && stored.lines[$0.old].stood })
      else { return nil }
      return (absent.fingerprint, below.new)
    }
  }

  /// The edited lines by their new index, with the item each was (rule a): within one gap between standing lines, or
  /// above the first, best pairs first.
  func edits(known: Known) -> [Int: KnownItem] {
    var edits: [Int: KnownItem] = [:]
    var above = WindowAlignment.Pair(old: -1, new: -1)
    for below in standing {
      let went = (above.old + 1..<below.old).compactMap { departed($0, known: known) }
      let came = (above.new + 1..<below.new).filter { !stoodBefore($0) }
      if !went.isEmpty, !came.isEmpty { pair(went, came, known: known, into: &edits) }
      above = below
    }
    return edits
  }

  /// What to store: this window, which of its lines stood, and which lines went above one that stands.
  func nextWindow(edited: Set<Int64>, known: Known) -> StoredWindow {
    let standingNew = Set(standing.map(\.new))
    let lines = seen.enumerated().map { StoredWindow.Line($1.fingerprint, stood: standingNew.contains($0)) }
    let absent = stored.lines.indices.compactMap { old -> StoredWindow.Absent? in
      let fingerprint = stored.lines[old].fingerprint
      guard newIndexes[fingerprint] == nil, let below = standing.first(where: { $0.old > old }),
        !(known.items[fingerprint].map { edited.contains($0.row) } ?? false)
      else { return nil }
      return StoredWindow.Absent(fingerprint, above: below.new)
    }
    return StoredWindow(lines: lines, absent: absent)
  }
}

extension WindowComparison {
  private struct Candidate {
    let item: KnownItem
    let new: Int
    let old: Int
    let similarity: Double
  }

  private func departed(_ old: Int, known: Known) -> (old: Int, item: KnownItem)? {
    let fingerprint = stored.lines[old].fingerprint
    guard newIndexes[fingerprint] == nil else { return nil }
    return known.items[fingerprint].map { (old, $0) }
  }

  private func pair(
    _ went: [(old: Int, item: KnownItem)], _ came: [Int], known: Known, into edits: inout [Int: KnownItem]
  ) {
    let texts = went.map { SimilarityText($0.item.title) }
    var candidates: [Candidate] = []
    for new in came {
      let isKnown = known.items[seen[new].fingerprint]
      let text = SimilarityText(seen[new].title)
      for (index, line) in went.enumerated() {
        // A line back at an earlier text of its own is surely the same; another item's text surely is not.
        if let isKnown {
          if isKnown.row == line.item.row {
            candidates.append(Candidate(item: line.item, new: new, old: line.old, similarity: 1))
          }
        } else if text.isSimilar(to: texts[index], atLeast: Decide.editSimilarity) {
          let similarity = text.similarity(to: texts[index])
          candidates.append(Candidate(item: line.item, new: new, old: line.old, similarity: similarity))
        }
      }
    }
    candidates.sort { ($1.similarity, $0.old, $0.new) < ($0.similarity, $1.old, $1.new) }
    var taken: Set<Int> = []
    for candidate in candidates where edits[candidate.new] == nil && taken.insert(candidate.old).inserted {
      edits[candidate.new] = candidate.item
    }
  }
}
