import Glibc

/// Spreads a number of requests over the adaptive sources so that what they bring waits least (SPEC §2).
///
/// A source that brings `r` items a second and is asked every `T` seconds lets them wait `r · T / 2` in all; with the
/// sum of `1 / T` given, that is least where `T` is proportional to `1 / √r`. Pure.
public struct BudgetShares: Sendable, Equatable {
  /// One adaptive source.
  public struct Claim: Sendable, Equatable {
    /// New items a second, more than 0.
    public let rate: Double
    /// Seconds; never shorter.
    public let shortest: Double
    /// Seconds; no longer as long as the budget allows it.
    public let longest: Double

    public init(rate: Double, shortest: Double, longest: Double) {
      precondition(rate > 0 && shortest > 0 && shortest <= longest)
      self.rate = rate
      self.shortest = shortest
      self.longest = longest
    }
  }

  /// Seconds between two polls, for each claim in order.
  public let intervals: [Double]
  /// Even the longest intervals together ask for more than there is: all of them were stretched.
  public let isTooSmall: Bool

  /// - Parameter perSecond: requests a second, more than 0.
  public init(_ claims: [Claim], perSecond: Double) {
    let least = claims.reduce(0) { $0 + 1 / $1.longest }
    guard least < perSecond else {
      isTooSmall = least > perSecond
      intervals = claims.map { $0.longest * max(1, least / perSecond) }
      return
    }
    isTooSmall = false
    let roots = claims.map { 1 / $0.rate.squareRoot() }
    let spent = { (scale: Double) in
      zip(claims, roots).reduce(0.0) { $0 + 1 / Self.interval($1.0, $1.1 * scale) }
    }
    // The more a scale stretches, the less is spent: halving finds it, in steps of the exponent so that any size is near.
    var (low, high) = (-60.0, 60.0)
    for _ in 0..<Self.halvings {
      let middle = (low + high) / 2
      if spent(exp2(middle)) > perSecond { low = middle } else { high = middle }
    }
    let scale = exp2(high)
    intervals = zip(claims, roots).map { Self.interval($0, $1 * scale) }
  }

  /// 120 powers of two, to a millionth.
  private static let halvings = 48

  private static func interval(_ claim: Claim, _ wish: Double) -> Double {
    min(max(wish, claim.shortest), claim.longest)
  }
}
