/// A new window held against the stored one: what stands, what went, what came, and where. Both newest first. Pure.
struct WindowComparison {
  /// A line that went, and the line that came in its place.
  struct Edit: Equatable {
    let item: KnownItem
    let similarity: Double
    /// Back at an earlier text of its own.
    let isReversal: Bool
  }

  /// The edited lines by their new index (rule a).
  let edits: [Int: Edit]
  /// For each line that came, the line that went in its place and is most like it.
  let closest: [Int: (title: String, similarity: Double)]
  private let seen: [SeenItem]
  private let stored: StoredWindow
  private let known: Known
  private let standing: [WindowAlignment.Pair]
  /// Without pinned lines, past which everything else moves.
  private let firm: [WindowAlignment.Pair]
  private let oldIndexes: [Fingerprint: Int]
  private let newIndexes: [Fingerprint: Int]

  init(seen: [SeenItem], stored: StoredWindow, known: Known) {
    self.seen = seen
    self.stored = stored
    self.known = known
    let old = stored.lines.map(\.fingerprint)
    let new = seen.map(\.fingerprint)
    let oldIndexes = Self.indexes(old)
    let newIndexes = Self.indexes(new)
    let standing = WindowAlignment(old: old, new: new, oldIndexes: oldIndexes).standing
    self.standing = standing
    self.oldIndexes = oldIndexes
    self.newIndexes = newIndexes
    firm = standing.filter { !stored.lines[$0.old].isPinned }
    var pairing = EditPairing(seen: seen, known: known)
    var above = WindowAlignment.Pair(old: -1, new: -1)
    for below in standing {
      let went = (above.old + 1..<below.old).filter { newIndexes[old[$0]] == nil }.map { old[$0] }
      let came = (above.new + 1..<below.new).filter { oldIndexes[new[$0]] == nil }
      pairing.pair(went, came)
      above = below
    }
    edits = pairing.edits
    closest = pairing.closest
  }

  /// Whether the line of this index was in the last window, in its order or moved.
  func stoodBefore(_ new: Int) -> Bool { oldIndexes[seen[new].fingerprint] != nil }

  func isBelowOldestStanding(_ new: Int) -> Bool { firm.last.map { new > $0.new } ?? false }

  /// Above the newest standing line; where nothing stands, everywhere.
  func isOnTop(_ new: Int) -> Bool { firm.first.map { new < $0.new } ?? true }

  /// Nothing stands although the windows are long enough to overlap.
  var isGap: Bool { firm.isEmpty && stored.isGap(before: seen.count) }

  /// Lines that are absent for the second time while a line below them stood in both polls, with the index of that line.
  var confirmedAbsent: [(fingerprint: Fingerprint, below: Int)] {
    stored.absent.compactMap { absent in
      guard newIndexes[absent.fingerprint] == nil,
        let below = firm.first(where: { $0.old >= absent.above && stored.lines[$0.old].stood })
      else { return nil }
      return (absent.fingerprint, below.new)
    }
  }

  /// The items whose lines went; an edited one is still there.
  var departed: [Int64] {
    let edited = Set(edits.values.map(\.item.row))
    return stored.lines.compactMap { line in
      guard newIndexes[line.fingerprint] == nil, let item = known.items[line.fingerprint], !edited.contains(item.row)
      else { return nil }
      return item.row
    }
  }

  /// What to store: this window, which of its lines stood, and which lines went above one that stands.
  var nextWindow: StoredWindow {
    var stood = [Bool](repeating: false, count: seen.count)
    for pair in firm { stood[pair.new] = true }
    let lines = seen.indices.map { index in
      StoredWindow.Line(seen[index].fingerprint, stood: stood[index], kept: kept(index))
    }
    let edited = Set(edits.values.map(\.item.row))
    let absent = stored.lines.indices.compactMap { old -> StoredWindow.Absent? in
      let fingerprint = stored.lines[old].fingerprint
      guard newIndexes[fingerprint] == nil, let below = firm.first(where: { $0.old > old }),
        !(known.items[fingerprint].map { edited.contains($0.row) } ?? false)
      else { return nil }
      return StoredWindow.Absent(fingerprint, above: below.new)
    }
    return StoredWindow(
      lines: lines, absent: absent, lengths: isDifferent ? stored.lengths(with: seen.count) : stored.lengths)
  }
}

extension WindowComparison {
  /// Where each line stands.
  private static func indexes(_ lines: [Fingerprint]) -> [Fingerprint: Int] {
    var indexes = [Fingerprint: Int](minimumCapacity: lines.count)
    for (index, line) in lines.enumerated() { indexes[line] = index }
    return indexes
  }

  private var isDifferent: Bool { standing.count != seen.count || standing.count != stored.lines.count }

  /// How often on end the line at `new` has kept its place at an end.
  private func kept(_ new: Int) -> Int {
    guard new == 0 || new == seen.count - 1, let old = oldIndexes[seen[new].fingerprint] else { return 0 }
    let isFirst = new == 0 && old == 0
    let isLast = new == seen.count - 1 && old == stored.lines.count - 1
    guard isFirst || isLast else { return 0 }
    return stored.lines[old].kept + (isDifferent ? 1 : 0)
  }
}
