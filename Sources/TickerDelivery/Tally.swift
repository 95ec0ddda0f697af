/// How an endpoint did lately: its last attempts, and how long its deliveries took from the moment an item was seen. A
/// value.
public struct Tally: Sendable, Equatable {
  /// Enough for a 99th percentile that is not a single value.
  private static let window = 256

  /// Since the start.
  public private(set) var delivered = 0
  public private(set) var failed = 0
  private var latencies: [Int32] = []
  private var outcomes: [Bool] = []

  public init() {}

  /// An attempt succeeded, so many milliseconds after the item was seen.
  public mutating func succeeded(after milliseconds: Int64) {
    let place = delivered % Self.window
    let latency = Int32(clamping: max(0, milliseconds))
    if latencies.count < Self.window { latencies.append(latency) } else { latencies[place] = latency }
    note(true)
    delivered += 1
  }

  public mutating func failedOnce() {
    note(false)
    failed += 1
  }

  /// The share of the last attempts that succeeded; nil before the first.
  public var successRate: Double? {
    outcomes.isEmpty ? nil : Double(outcomes.count { $0 }) / Double(outcomes.count)
  }

  /// Milliseconds from seen to acknowledged that so many of a hundred of the last deliveries needed at most; nil before
  /// the first.
  public func latency(percent: Int) -> Int? {
    guard !latencies.isEmpty else { return nil }
    return Int(latencies.sorted()[min(latencies.count - 1, latencies.count * percent / 100)])
  }

  private mutating func note(_ outcome: Bool) {
    if outcomes.count < Self.window {
      outcomes.append(outcome)
    } else {
      outcomes[(delivered + failed) % Self.window] = outcome
    }
  }
}
