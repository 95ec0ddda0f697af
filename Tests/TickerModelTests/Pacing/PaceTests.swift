import Glibc
import TestSupport
import Testing

@testable import TickerModel

@Suite struct PaceTests {
  private static let bounds = Duration.seconds(15) ... .seconds(900)
  /// A Tuesday, 12:00.
  private static let noon = Timestamp(seconds: 1_795_521_600)

  /// A source that brings items by a rate of a day's hour, polled as its pace says.
  private struct Simulation {
    var pace = Pace()
    var now: Timestamp
    var random: SeededGenerator
    /// Seconds between polls, and what was new at each.
    var polls: [(interval: Double, new: Int)] = []
    private var wait = 1.0

    init(from start: Timestamp, seed: UInt64) {
      now = start
      random = SeededGenerator(seed: seed)
      pace.learn(.init(new: 0, visible: 30, moved: true), elapsed: nil, now: start)
    }

    mutating func run(for duration: Duration, rate: (Timestamp) -> Double) {
      let end = now + duration
      while now < end {
        now = now + .seconds(wait)
        let expected = rate(now) * wait
        let new = poisson(expected)
        let finding = Pace.Finding(new: new, visible: 30, moved: new > 0)
        pace.learn(finding, elapsed: .seconds(wait), now: now)
        polls.append((wait, new))
        wait = pace.next(after: finding, elapsed: .seconds(wait), now: now, within: PaceTests.bounds).inSeconds
      }
    }

    private mutating func poisson(_ mean: Double) -> Int {
      var left = mean
      var count = -1
      repeat {
        count += 1
        left -= -log(1 - Double.random(in: 0..<1, using: &random))
      } while left > 0
      return count
    }
  }

  @Test(arguments: [1.0, 6, 30, 120])
  func aSteadySourceIsAskedAboutOnceForEachItem(perHour: Double) {
    let seed = SeededGenerator.seed()
    var simulation = Simulation(from: Self.noon, seed: seed)
    simulation.run(for: .seconds(12 * 3600)) { _ in perHour / 3600 }
    let settled = simulation.polls.dropFirst(simulation.polls.count / 3)
    let mean = settled.reduce(0) { $0 + $1.interval } / Double(settled.count)
    let ideal = min(max(3600 / perHour, 15), 900)
    #expect(mean > ideal * 0.5 && mean < ideal * 1.4, "\(mean) s for \(perHour) an hour; seed \(seed)")
    #expect(settled.allSatisfy { (15.0...900).contains($0.interval) })
    let overfull = settled.count { Double($0.new) > 0.4 * 30 }
    #expect(overfull * 100 <= settled.count, "seed \(seed)")
  }

  @Test func aBurstIsFollowedAtOnceAndLeftByDegrees() {
    var pace = Pace()
    var now = Self.noon
    pace.learn(.init(new: 0, visible: 30, moved: true), elapsed: nil, now: now)
    var wait = 60.0
    for _ in 0..<40 {
      now = now + .seconds(wait)
      pace.learn(.unchanged, elapsed: .seconds(wait), now: now)
      let next = pace.next(after: .unchanged, elapsed: .seconds(wait), now: now, within: Self.bounds).inSeconds
      #expect(next <= wait * 1.2501, "longer by degrees only")
      wait = next
    }
    #expect(wait == 900, "a silent source is asked as seldom as it may be")
    now = now + .seconds(wait)
    let burst = Pace.Finding(new: 20, visible: 30, moved: true)
    pace.learn(burst, elapsed: .seconds(wait), now: now)
    wait = pace.next(after: burst, elapsed: .seconds(wait), now: now, within: Self.bounds).inSeconds
    #expect(wait == 45, "20 items in 900 s are one in 45 s")
    for _ in 0..<3 {
      now = now + .seconds(wait)
      pace.learn(.unchanged, elapsed: .seconds(wait), now: now)
      let next = pace.next(after: .unchanged, elapsed: .seconds(wait), now: now, within: Self.bounds).inSeconds
      #expect(next > wait && next <= wait * 1.2501)
      wait = next
    }
  }

  @Test(arguments: [(1, 0.4), (2, 0.8), (3, 1.0), (60, 1.0)])
  func noMoreThanFourTenthsOfAWindowAreExpected(visible: Int, goal: Double) {
    var pace = Pace()
    pace.learn(.init(new: 0, visible: visible, moved: true), elapsed: nil, now: Self.noon)
    #expect(abs(pace.goal - goal) < 1e-9)
  }

  @Test func theWeekIsLearned() {
    let seed = SeededGenerator.seed()
    // Monday 0:00, and a source that brings 20 an hour from 8 to 18 and nothing else.
    let monday = Timestamp(seconds: 1_795_392_000)
    #expect(WeekProfile.hour(of: monday) == 0)
    var simulation = Simulation(from: monday, seed: seed)
    let busy = { (time: Timestamp) in (8..<18).contains(WeekProfile.hour(of: time) % 24) ? 20.0 / 3600 : 0 }
    simulation.run(for: .seconds(7 * 86_400), rate: busy)
    let pace = simulation.pace
    #expect(pace.profile.mean.hours >= 150)
    for day in 1..<6 {
      #expect((pace.profile.expected(hour: day * 24 + 3) ?? -1) < 0.5)
      #expect(((pace.profile.expected(hour: day * 24 + 12) ?? 0) - 20).magnitude < 12, "seed \(seed)")
    }
    #expect(((pace.itemsPerDay ?? 0) - 200).magnitude < 60, "seed \(seed)")
    // The first look of the morning comes sooner than the silence of the night would say.
    let morning = monday + .seconds(7 * 86_400 + 9 * 3600)
    #expect(pace.rate(at: morning) > 4 * pace.rate(at: monday + .seconds(7 * 86_400 + 3 * 3600)))
  }

  @Test func silenceIsToldWhenItIsImprobable() {
    let monday = Timestamp(seconds: 1_795_392_000)
    var simulation = Simulation(from: monday, seed: 7)
    let busy = { (time: Timestamp) in (8..<18).contains(WeekProfile.hour(of: time) % 24) ? 20.0 / 3600 : 0 }
    simulation.run(for: .seconds(14 * 86_400 + 17 * 3600), rate: busy)
    var pace = simulation.pace
    let evening = simulation.now
    // The night is silent every day.
    #expect(!pace.isSilenceTelling(at: evening + .seconds(14 * 3600), .auto))
    // The next noon never was.
    let noon = evening + .seconds(20 * 3600)
    #expect(!pace.isSilenceTelling(at: noon, .never))
    #expect(pace.isSilenceTelling(at: evening + .seconds(24 * 3600), .auto))
    pace.isQuiet = true
    #expect(!pace.isSilenceTelling(at: evening + .seconds(24 * 3600), .auto), "once for each silence")
    pace.learn(.init(new: 1, visible: nil, moved: true), elapsed: .seconds(900), now: noon)
    #expect(!pace.isQuiet)
    #expect(!pace.isSilenceTelling(at: noon + .seconds(9), .after(.seconds(10))))
    #expect(pace.isSilenceTelling(at: noon + .seconds(10), .after(.seconds(10))))
  }

  @Test func aSourceWithoutHistoryIsNeverQuietByItself() {
    var pace = Pace()
    pace.learn(.init(new: 0, visible: 10, moved: true), elapsed: nil, now: Self.noon)
    #expect(!pace.isSilenceTelling(at: Self.noon + .seconds(365 * 86_400), .auto))
    #expect(!Pace().isSilenceTelling(at: Self.noon, .after(.seconds(1))), "nor one that was never seen")
  }

  @Test func whatWasLearnedIsKept() throws {
    var simulation = Simulation(from: Self.noon, seed: 3)
    simulation.run(for: .seconds(3 * 3600)) { _ in 10.0 / 3600 }
    let pace = simulation.pace
    #expect(Pace(packed: pace.packed) == pace)
    #expect(Pace(packed: Pace().packed) == Pace())
    let seed = SeededGenerator.seed()
    var random = SeededGenerator(seed: seed)
    for _ in 0..<2000 {
      var bytes = Bool.random(using: &random) ? pace.packed : Pace().packed
      bytes.removeLast(Int.random(in: 0...bytes.count, using: &random))
      for _ in 0..<3 where !bytes.isEmpty {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      // A damaged row is no reason to stop: whatever is read gives an interval within the bounds.
      guard var read = Pace(packed: bytes) else { continue }
      read.learn(.unchanged, elapsed: .seconds(60), now: Self.noon)
      let next = read.next(after: .unchanged, elapsed: .seconds(60), now: Self.noon, within: Self.bounds)
      #expect(Self.bounds.contains(next), "seed \(seed)")
      _ = read.isSilenceTelling(at: Self.noon, .auto)
    }
  }
}
