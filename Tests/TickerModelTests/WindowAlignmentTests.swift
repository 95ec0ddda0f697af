import TestSupport
import Testing

@testable import TickerModel

private let lines = (0..<12).map { Fingerprint(.line("line \($0)")) }

extension WindowAlignment {
  fileprivate init(old: [Fingerprint], new: [Fingerprint]) {
    self.init(old: old, new: new, oldIndexes: Dictionary(uniqueKeysWithValues: old.enumerated().map { ($1, $0) }))
  }
}

/// The standing lines by trying every choice: the longest, and of several the one nearest the newest end.
private func oracle(_ old: [Fingerprint], _ new: [Fingerprint]) -> [WindowAlignment.Pair] {
  func best(_ newIndex: Int, _ oldIndex: Int) -> [WindowAlignment.Pair] {
    guard newIndex < new.count else { return [] }
    let without = best(newIndex + 1, oldIndex)
    guard let place = old.firstIndex(of: new[newIndex]), place >= oldIndex else { return without }
    let with = [WindowAlignment.Pair(old: place, new: newIndex)] + best(newIndex + 1, place + 1)
    return with.count >= without.count ? with : without
  }
  return best(0, 0)
}

@Test func alignmentEqualsTheOracle() {
  let seed = SeededGenerator.seed()
  var random = SeededGenerator(seed: seed)
  for _ in 0..<3000 {
    let old = Array(lines.shuffled(using: &random).prefix(Int.random(in: 0...8, using: &random)))
    var new = old
    for _ in 0..<Int.random(in: 0...4, using: &random) {
      switch Int.random(in: 0...3, using: &random) {
      case 0: if let extra = lines.first(where: { !new.contains($0) }) { new.insert(extra, at: 0) }
      case 1: if !new.isEmpty { new.remove(at: Int.random(in: 0..<new.count, using: &random)) }
      case 2: new.shuffle(using: &random)
      default: if new.count > 1 { new.swapAt(0, new.count - 1) }
      }
    }
    #expect(WindowAlignment(old: old, new: new).standing == oracle(old, new), "seed \(seed)")
  }
}

@Test func ofSeveralTheOneNearestTheNewestEnd() {
  let alignment = WindowAlignment(old: [lines[0], lines[1]], new: [lines[1], lines[0]])
  #expect(alignment.standing == [.init(old: 1, new: 0)])
}
