import Testing

@testable import TickerConfig

/// Numbers that are the same on every run with the same seed (SplitMix64).
struct SeededNumbers: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

@Suite struct MutationTests {
  private static let rounds = 2000
  private static let pieces: [[UInt8]] = [
    "[", "[[", "]", "{", "}", "\"", "\"\"\"", "'", "=", ".", "\n", "#", "\\", "\0",
  ].map {
    Array($0.utf8)
  }

  @Test func aDamagedFileIsReadOrRefusedWithAReason() throws {
    let seed: UInt64 = 20_261_123
    print("seed \(seed)")
    var numbers = SeededNumbers(seed: seed)
    let original = Array(try Sample.withExamples().utf8)
    let folder = TemporaryFolder()
    var refused = 0
    for round in 0..<Self.rounds {
      var bytes = original
      for _ in 0..<Int.random(in: 1...4, using: &numbers) { Self.damage(&bytes, &numbers) }
      let loaded = load(folder.write("mutated.toml", bytes))
      let faults = loaded.faults.filter { $0.severity == .fault }
      #expect((loaded.configuration == nil) == !faults.isEmpty, "round \(round)")
      #expect(
        loaded.faults.allSatisfy { !$0.message.isEmpty && $0.line >= 0 && !$0.text.contains("\n") }, "round \(round)")
      refused += faults.isEmpty ? 0 : 1
    }
    // Both outcomes must occur, or nothing was tried.
    #expect((Self.rounds / 10..<Self.rounds).contains(refused))
  }

  private static func damage(_ bytes: inout [UInt8], _ numbers: inout SeededNumbers) {
    let place = Int.random(in: 0..<bytes.count, using: &numbers)
    switch Int.random(in: 0..<4, using: &numbers) {
    case 0: bytes[place] = UInt8.random(in: 0...255, using: &numbers)
    case 1: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...40, using: &numbers)))
    case 2: bytes.insert(contentsOf: pieces.randomElement(using: &numbers) ?? [], at: place)
    default: bytes.removeLast(Int.random(in: 0..<bytes.count / 8, using: &numbers))
    }
  }
}
