/// How long the stages of a source's polls took: for each a histogram in which old polls fade. A value of some 200 bytes,
/// at most 2.7 KB: each stage of a source takes about the same time again and again.
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
  /// Of each step that is not empty its stage and place in the upper 24 bits, in their order, and in the lower 8 how often.
  private var cells: [UInt32] = []
  private static let mostTimes = UInt32(UInt8.max)

  public init() {}

  /// Notes one duration; when a count is full, all of its stage are halved.
  public mutating func note(_ stage: Stage, _ duration: Duration) {
    note(stage, microseconds: Int64(duration.inSeconds * 1e6))
  }

  /// The same for a duration in microseconds.
  public mutating func note(_ stage: Stage, microseconds: Int64) {
    let cell = UInt32(stage.rawValue * Self.steps + Self.step(of: Double(microseconds))) << 8
    var place = firstCell(from: cell)
    if place < cells.count, cells[place] == cell | Self.mostTimes {
      halve(stage)
      place = firstCell(from: cell)
    }
    if place < cells.count, cells[place] >> 8 == cell >> 8 {
      cells[place] += 1
    } else {
      // Few come, and thousands of sources have some: no room is kept for more.
      if cells.count == cells.capacity { cells.reserveCapacity(cells.count + 4) }
      cells.insert(cell | 1, at: place)
    }
  }

  /// The duration that `share` (0 to 1) of the polls did not exceed, to a fifth; nil where none was noted.
  public func quantile(_ share: Double, of stage: Stage) -> Duration? {
    let cells = cells[range(of: stage)]
    let total = cells.reduce(0) { $0 + Int($1 & Self.mostTimes) }
    guard total > 0 else { return nil }
    var left = Int((Double(total) * share).rounded(.up))
    for cell in cells {
      left -= Int(cell & Self.mostTimes)
      if left <= 0 { return Self.middle(of: Int(cell >> 8) % Self.steps) }
    }
    return nil
  }

  private mutating func halve(_ stage: Stage) {
    let range = range(of: stage)
    let halves = cells[range].compactMap { cell in
      let times = (cell & Self.mostTimes) / 2
      return times == 0 ? nil : cell & ~Self.mostTimes | times
    }
    cells.replaceSubrange(range, with: halves)
  }

  private func range(of stage: Stage) -> Range<Int> {
    let first = UInt32(stage.rawValue * Self.steps) << 8
    return firstCell(from: first)..<firstCell(from: first + UInt32(Self.steps) << 8)
  }

  /// The index of the first cell that is not before `cell`.
  private func firstCell(from cell: UInt32) -> Int {
    var (low, high) = (0, cells.count)
    while low < high {
      let middle = (low + high) / 2
      if cells[middle] < cell { low = middle + 1 } else { high = middle }
    }
    return low
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
