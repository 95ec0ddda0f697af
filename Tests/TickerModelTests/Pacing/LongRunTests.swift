import Glibc
import TestSupport
import Testing

@testable import TickerModel

/// Weeks of polls in some seconds: what holds for an hour may not hold for a month.
@Suite struct LongRunTests {
  private static let bounds = Duration.seconds(15) ... .seconds(900)
  /// 0:00.
  private static let monday = Timestamp(seconds: 1_795_392_000)

  /// How a source brings its items, in items an hour.
  enum Habit: CaseIterable, Sendable {
    case steady, office, sparse

    func perHour(at time: Timestamp) -> Double {
      switch self {
      case .steady: 12
      case .office: (8..<18).contains(WeekProfile.hour(of: time) % 24) ? 20 : 0
      case .sparse: 0.25
      }
    }

    /// By when the silence of a source that died at 17:00 must have been told.
    var toldWithin: Duration {
      switch self {
      case .steady: .seconds(6 * 3600)
      case .office: .seconds(30 * 3600)
      case .sparse: .seconds(7 * 86_400)
      }
    }
  }

  private struct Life {
    var pace = Pace()
    var now: Timestamp
    var alarms: [Timestamp] = []
    private var random: SeededGenerator

    init(from start: Timestamp, seed: UInt64) {
      now = start
      random = SeededGenerator(seed: seed)
      pace.learn(.init(new: 0, visible: 30, moved: true), elapsed: nil, now: start)
    }

    /// Polls as the pace says, and notes each silence that tells, as the daemon announces it.
    mutating func run(for duration: Duration, perHour: (Timestamp) -> Double) {
      let end = now + duration
      var wait = Duration.seconds(60)
      while now < end {
        now = now + wait
        let new = poisson(perHour(now) * wait.inSeconds / 3600)
        let finding = Pace.Finding(new: new, visible: 30, moved: new > 0)
        pace.learn(finding, elapsed: wait, now: now)
        if new == 0, pace.isSilenceTelling(at: now, .auto) {
          pace.isQuiet = true
          alarms.append(now)
        }
        wait = pace.next(after: finding, elapsed: wait, now: now, within: LongRunTests.bounds)
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

  /// Five weeks of a source that is well, then its death: no alarm before, one alarm soon after, and no other.
  @Test(arguments: Habit.allCases) func silenceIsToldOnceAndOnlyWhenASourceDies(habit: Habit) {
    let seed = SeededGenerator.seed()
    var early = 0
    for number in 0..<4 {
      var life = Life(from: Self.monday, seed: seed &+ UInt64(number))
      life.run(for: .seconds(35 * 86_400 + 17 * 3600), perHour: habit.perHour)
      early += life.alarms.count
      life.alarms = []
      let death = life.now
      life.run(for: habit.toldWithin + .seconds(3 * 86_400)) { _ in 0 }
      // A silence that began before the death may have been told already.
      #expect(life.alarms.count == 1, "seed \(seed &+ UInt64(number)), \(life.alarms.count) alarms")
      if let told = life.alarms.first {
        #expect(told.since(death) <= habit.toldWithin, "seed \(seed), told after \(told.since(death))")
      }
    }
    #expect(early <= 1, "seed \(seed): \(early) false alarms in twenty weeks")
  }

  /// Two days of forty sources that share a budget anew every minute: it is used, never exceeded, and spent where news
  /// waits least.
  @Test func aBudgetIsSpentWhereNewsWaitsLeast() {
    let seed = SeededGenerator.seed()
    var random = SeededGenerator(seed: seed)
    let (budget, minutes) = (2.0, 2 * 1440)
    // From one item a day to one a minute.
    let rates = (0..<40).map { _ in exp(Double.random(in: log(1.0 / 1440)...0, using: &random)) / 60 }
    var paces = rates.map { _ in
      var pace = Pace()
      pace.learn(.init(new: 0, visible: 200, moved: true), elapsed: nil, now: Self.monday)
      return pace
    }
    var due = rates.indices.map { Double($0) }
    var last = [Double](repeating: 0, count: rates.count)
    var (delay, equalDelay, items, polls) = (0.0, 0.0, 0.0, 0)
    for minute in 0..<minutes {
      let claims = paces.map { pace in
        BudgetShares.Claim(
          rate: max(pace.rate(at: Self.monday + .seconds(60 * minute)), 1e-7), shortest: 5, longest: 86_400)
      }
      let shares = BudgetShares(claims, perSecond: budget)
      var pollsNow = 0
      for source in rates.indices {
        due[source] = min(due[source], max(Double(60 * minute), last[source] + shares.intervals[source]))
        while due[source] < Double(60 * (minute + 1)) {
          let elapsed = due[source] - last[source]
          // What is expected to have come, in whole items at random.
          let expected = rates[source] * elapsed
          let new = Int(expected) + (Double.random(in: 0..<1, using: &random) < expected - floor(expected) ? 1 : 0)
          paces[source].learn(
            .init(new: new, visible: 200, moved: new > 0), elapsed: .seconds(elapsed),
            now: Self.monday + .seconds(due[source]))
          if minute >= minutes / 2 {
            delay += expected * elapsed / 2
            items += expected
            equalDelay += expected * Double(rates.count) / budget / 2
          }
          last[source] = due[source]
          due[source] += shares.intervals[source]
          pollsNow += 1
        }
      }
      polls += pollsNow
      #expect(minute < 60 || Double(pollsNow) <= budget * 60 * 1.3, "seed \(seed), minute \(minute): \(pollsNow)")
    }
    let share = Double(polls) / (budget * 60 * Double(minutes))
    #expect((0.9...1.05).contains(share), "seed \(seed): \(share) of the budget")
    #expect(
      delay / items < 0.8 * equalDelay / items, "seed \(seed): \(delay / items) s against \(equalDelay / items) s")
  }
}
