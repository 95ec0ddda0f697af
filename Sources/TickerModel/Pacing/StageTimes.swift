/// How long the stages of a source's polls took: for each a histogram of fixed size in which old polls fade. A value of
/// half a KB, once anything was noted.
public struct StageTimes: Sendable, Equatable {
  /// In the order of a poll. Connecting stages are noted only when a new connection was made.
  public enum Stage: Int, Sendable, CaseIterable {
    /// From when the poll was due to its start.
    case wait
    case dns, connect, tls
    /// From the request to the first byte of the answer.
    case server
    /// The whole fetch.
    case fetch
    case parse
    /// Deciding and recording, until it is on disk.
    case record
    /// From the last poll without an item to the first with it.
    case delay

    /// As `sources` names it.
    public var key: StaticString {
      switch self {
      case .wait: "wait"
      case .dns: "dns"
      case .connect: "connect"
      case .tls: "tls"
      case .server: "server"
      case .fetch: "fetch"
      case .parse: "parse"
      case .record: "record"
      case .delay: "delay"
      }
    }
  }

  /// Two steps for each doubling from 16 µs on: a value is told to a fifth. The last holds everything from 24 days.
  private static let steps = 74
  private static let firstMicroseconds = 16.0
  /// Empty until anything was noted.
  private var counts: [UInt8] = []

  public init() {}

  /// Notes one duration; when a count is full, all of its stage are halved.
  public mutating func note(_ stage: Stage, _ duration: Duration) {
    note(stage, microseconds: Int64(duration.inSeconds * 1e6))
  }

  /// The same for a duration in microseconds.
  public mutating func note(_ stage: Stage, microseconds: Int64) {
    if counts.isEmpty { counts = [UInt8](repeating: 0, count: Self.steps * Stage.allCases.count) }
    let start = stage.rawValue * Self.steps
    let place = start + Self.step(of: Double(microseconds))
    if counts[place] == .max {
      for place in start..<start + Self.steps { counts[place] /= 2 }
    }
    counts[place] += 1
  }

  /// The duration that `share` (0 to 1) of the polls did not exceed, to a fifth; nil where none was noted.
  public func quantile(_ share: Double, of stage: Stage) -> Duration? {
    guard !counts.isEmpty else { return nil }
    let counts = counts[(stage.rawValue * Self.steps)..<((stage.rawValue + 1) * Self.steps)]
    let total = counts.reduce(0) { $0 + Int($1) }
    guard total > 0 else { return nil }
    var left = Int((Double(total) * share).rounded(.up))
    for (step, count) in counts.enumerated() {
      left -= Int(count)
      if left <= 0 { return Self.middle(of: step) }
    }
    return nil
  }

  private static func step(of microseconds: Double) -> Int {
    guard microseconds > firstMicroseconds else { return 0 }
    let ratio = microseconds / firstMicroseconds
    // The exponent counts doublings, the significand tells the half of one: √2 parts it.
    let step = 2 * Int(ratio.exponent) + (ratio.significand >= 2.0.squareRoot() ? 1 : 0)
    return min(step, steps - 1)
  }

  private static func middle(of step: Int) -> Duration {
    let low =
      firstMicroseconds * Double(sign: .plus, exponent: step / 2, significand: step % 2 == 0 ? 1 : 2.0.squareRoot())
    return .nanoseconds(Int64(low * 1.1892 * 1000))
  }
}
