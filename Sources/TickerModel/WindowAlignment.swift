/// Which lines of the last stored window stand in the new one: a longest common subsequence of their fingerprints, of
/// several the one whose lines stand nearest the newest end now (SPEC §3.2). Both windows newest first, each without
/// equal lines. Pure; O(n) where only the ends differ, O(n log n) otherwise.
struct WindowAlignment: Equatable {
  struct Pair: Equatable {
    let old: Int
    let new: Int
  }

  /// From the newest to the oldest standing line.
  let standing: [Pair]

  /// - Parameter oldIndexes: where each line of `old` stands.
  init(old: [Fingerprint], new: [Fingerprint], oldIndexes: [Fingerprint: Int]) {
    // Lines are unique within a window, so equal ends belong to every longest common subsequence.
    let head = zip(old, new).prefix { $0 == $1 }.count
    let tail = zip(old.dropFirst(head).reversed(), new.dropFirst(head).reversed()).prefix { $0 == $1 }.count
    let moved = new.enumerated().dropFirst(head).dropLast(tail).compactMap { index, line in
      oldIndexes[line].map { Pair(old: $0, new: index) }
    }
    standing =
      (0..<head).map { Pair(old: $0, new: $0) } + Self.longestRising(moved)
      + (0..<tail).map { Pair(old: old.count - tail + $0, new: new.count - tail + $0) }
  }

  /// The longest run of pairs, in order of `new`, whose `old` rises; of several the one with the smallest `new`s.
  private static func longestRising(_ pairs: [Pair]) -> [Pair] {
    // lengths[i]: how long a rising run can be that starts with pair i; starts[k]: the largest `old` (seen from the
    // end) that starts a run of k + 1 pairs.
    var lengths = [Int](repeating: 0, count: pairs.count)
    var starts: [Int] = []
    for index in pairs.indices.reversed() {
      let place = starts.partitioningIndex { $0 <= pairs[index].old }
      if place == starts.count { starts.append(pairs[index].old) } else { starts[place] = pairs[index].old }
      lengths[index] = place + 1
    }
    var wanted = starts.count
    var run: [Pair] = []
    for (index, pair) in pairs.enumerated() where lengths[index] == wanted && pair.old > (run.last?.old ?? -1) {
      run.append(pair)
      wanted -= 1
    }
    return run
  }
}

extension Array {
  /// The first index whose element satisfies `belongsInSecondPart`, given that all such elements stand at the end.
  fileprivate func partitioningIndex(where belongsInSecondPart: (Element) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if belongsInSecondPart(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
