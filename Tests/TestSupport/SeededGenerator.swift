import Glibc

/// A random generator that repeats itself for the same seed (SplitMix64), so that a failing test can be run again.
public struct SeededGenerator: RandomNumberGenerator {
  /// The seed of this run: `TICKERD_TEST_SEED`, or a new one. Print it with every failure.
  public static func seed() -> UInt64 {
    getenv("TICKERD_TEST_SEED").flatMap { UInt64(String(cString: $0)) } ?? UInt64.random(in: 1...1_000_000_000)
  }

  private var state: UInt64

  public init(seed: UInt64) { state = seed }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
