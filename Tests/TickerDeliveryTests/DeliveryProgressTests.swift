import Testing
import TickerDelivery
import TickerModel

@Suite struct DeliveryProgressTests {
  @Test func theCursorWaitsForTheOldestOpenDelivery() {
    var progress = DeliveryProgress(cursor: 10)
    #expect(progress.cursor == 10)
    progress.began(11)
    progress.began(12)
    progress.skipped(to: 15)
    #expect(progress.cursor == 10 && progress.readTo == 15 && progress.inFlight == 2)
    progress.finished(12)
    #expect(progress.cursor == 10)
    progress.finished(11)
    #expect(progress.cursor == 15)
  }

  @Test func skippingBackwardsChangesNothing() {
    var progress = DeliveryProgress(cursor: 10)
    progress.skipped(to: 4)
    #expect(progress == DeliveryProgress(cursor: 10))
  }

  /// What happened to each sequence, written down one by one.
  private struct Oracle {
    enum Fate { case open, settled }
    var fates: [Int64: Fate] = [:]
    let start: Int64

    var cursor: Int64 {
      var cursor = start
      while fates[cursor + 1] == .settled { cursor += 1 }
      return cursor
    }
  }

  @Test(arguments: 0..<50)
  func agreesWithAnOracle(_ round: UInt64) {
    var random = SeededGenerator(seed: 0x5EED_0000 + round)
    let start = Int64.random(in: 0...1000, using: &random)
    let concurrency = Int.random(in: 1...8, using: &random)
    var progress = DeliveryProgress(cursor: start)
    var oracle = Oracle(start: start)
    var last = start
    for _ in 0..<400 {
      let open = oracle.fates.filter { $0.value == .open }.keys.sorted()
      switch Int.random(in: 0..<32, using: &random) {
      case 0...15 where open.count < concurrency:
        last += 1
        // Exactly what an earlier run did not settle is begun.
        #expect(progress.isSettled(last) == (oracle.fates[last] == .settled), "seed \(0x5EED_0000 + round)")
        guard !progress.isSettled(last) else {
          progress.skipped(to: last)
          continue
        }
        progress.began(last)
        oracle.fates[last] = .open
      case 31:
        // A crash: what is on disk is all that is known.
        let position = progress.position
        progress = DeliveryProgress(DeliveryPosition(cursor: position.cursor, ahead: position.ahead))
        for sequence in open { oracle.fates[sequence] = nil }
        last = progress.readTo
      case 16...23:
        let target = last + Int64.random(in: 0...3, using: &random)
        for sequence in last..<target { oracle.fates[sequence + 1] = .settled }
        progress.skipped(to: target)
        last = target
      default:
        guard let sequence = open.randomElement(using: &random) else { continue }
        progress.finished(sequence)
        oracle.fates[sequence] = .settled
      }
      // What an earlier run settled ahead is passed over one by one.
      let before = min(oracle.cursor, last)
      #expect(progress.cursor == before, "seed \(0x5EED_0000 + round)")
      #expect(progress.inFlight == oracle.fates.count { $0.value == .open })
      #expect(progress.readTo == last)
    }
  }
}

/// SplitMix64 (https://prng.di.unimi.it/splitmix64.c): small, good enough, the same on every machine.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}
