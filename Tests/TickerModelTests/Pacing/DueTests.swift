import TestSupport
import Testing

@testable import TickerModel

@Suite struct DueTests {
  private static let second: Int64 = 1_000_000_000

  @Test func sourcesThatStartTogetherSpreadOverTheirInterval() {
    let interval = 60 * Self.second
    var tenths = [Int](repeating: 0, count: 10)
    for number in 0..<1000 {
      let place = Due.place(of: "source-\(number)")
      var due: Int64 = 12_345 * Self.second
      for _ in 0..<60 {
        let next = Due.next(after: due, every: interval, place: place, now: due + 1)
        #expect((next - due - interval).magnitude <= UInt64(Double(interval) * 0.05))
        due = next
      }
      let last = Due.next(after: due, every: interval, place: place, now: due + 1)
      #expect(last - due == interval, "once it is at its place it stays there")
      tenths[Int(due % interval * 10 / interval)] += 1
    }
    #expect(tenths.allSatisfy { (60...140).contains($0) }, "\(tenths)")
  }

  @Test(arguments: [0, 1, 59, 60, 61, 3600, 100_000] as [Int64])
  func whatWasMissedIsLeftOut(late: Int64) {
    let interval = 60 * Self.second
    let due: Int64 = 600 * Self.second
    let now = due + late * Self.second
    let next = Due.next(after: due, every: interval, place: 0, now: now)
    #expect(next >= now && next <= max(now + interval, due + interval))
    #expect((next - due) % interval == 0)
  }

  @Test func variedIntervalsStayWithinTheirBounds() {
    let bounds = Duration.seconds(15) ... .seconds(900)
    for random in [0, 0.25, 0.5, 0.999] {
      let varied = Due.varied(.seconds(100), within: bounds, random: random).inSeconds
      #expect((95...105).contains(varied))
      #expect(bounds.contains(Due.varied(.seconds(15), within: bounds, random: random)))
      #expect(bounds.contains(Due.varied(.seconds(900), within: bounds, random: random)))
    }
  }
}

@Suite struct BudgetSharesTests {
  private typealias Claim = BudgetShares.Claim

  @Test func theIntervalGoesWithTheInverseSquareRootOfTheRate() {
    let claims = [1.0, 4, 9, 16].map { Claim(rate: $0 / 3600, shortest: 0.001, longest: 1e6) }
    let shares = BudgetShares(claims, perSecond: 1)
    #expect(!shares.isTooSmall)
    #expect((shares.intervals.reduce(0) { $0 + 1 / $1 } - 1).magnitude < 1e-4)
    for (interval, times) in zip(shares.intervals, [1.0, 2, 3, 4]) {
      #expect((shares.intervals[0] / interval - times).magnitude < 1e-3)
    }
  }

  @Test func noOtherSharesOfTheSameBudgetLetNewsWaitLess() {
    let seed = SeededGenerator.seed()
    var random = SeededGenerator(seed: seed)
    for _ in 0..<50 {
      let claims = (0..<Int.random(in: 2...30, using: &random)).map { _ in
        let shortest = Double.random(in: 1...60, using: &random)
        return Claim(
          rate: Double.random(in: 0.00001...0.1, using: &random), shortest: shortest,
          longest: shortest * Double.random(in: 1...100, using: &random))
      }
      let perSecond = Double.random(in: 0.01...3, using: &random)
      let shares = BudgetShares(claims, perSecond: perSecond)
      let spent = shares.intervals.reduce(0) { $0 + 1 / $1 }
      let most = claims.reduce(0) { $0 + 1 / $1.shortest }
      #expect((spent - min(perSecond, most)).magnitude < 1e-3 * perSecond, "seed \(seed)")
      guard !shares.isTooSmall else { continue }
      for (claim, interval) in zip(claims, shares.intervals) {
        #expect((claim.shortest...claim.longest).contains(interval))
      }
      // Taking a little from one and giving it to another never helps.
      let delay = { (intervals: [Double]) in zip(claims, intervals).reduce(0) { $0 + $1.0.rate * $1.1 / 2 } }
      let best = delay(shares.intervals)
      for _ in 0..<20 {
        var other = shares.intervals
        let (one, two) = (
          Int.random(in: 0..<claims.count, using: &random), Int.random(in: 0..<claims.count, using: &random)
        )
        let moved = 0.01 / other[one]
        guard one != two, 1 / other[one] - moved > 1 / claims[one].longest,
          1 / other[two] + moved < 1 / claims[two].shortest
        else { continue }
        other[one] = 1 / (1 / other[one] - moved)
        other[two] = 1 / (1 / other[two] + moved)
        #expect(delay(other) > best * (1 - 1e-6), "seed \(seed)")
      }
    }
  }

  @Test func aBudgetThatIsTooSmallStretchesAll() {
    let claims = [Claim(rate: 1, shortest: 1, longest: 10), Claim(rate: 9, shortest: 1, longest: 10)]
    let shares = BudgetShares(claims, perSecond: 0.1)
    #expect(shares.isTooSmall)
    #expect(shares.intervals == [20, 20])
    #expect(BudgetShares([], perSecond: 1).intervals.isEmpty)
  }

  @Test(arguments: [
    ("600/min", 10.0), ("10/s", 10), ("36000/h", 10), ("1/h", 1.0 / 3600),
  ])
  func budgetsAreRead(text: String, perSecond: Double) throws {
    let budget = try #require(RequestBudget(text))
    #expect((budget.perSecond - perSecond).magnitude < 1e-12)
    #expect(budget.text == text)
  }

  @Test(arguments: ["", "600", "600/", "/min", "0/min", "-1/s", "600/day", "6 00/min", "1/s/s", "9999999999/s", "+1/s"])
  func noBudgets(text: String) { #expect(RequestBudget(text) == nil) }
}
