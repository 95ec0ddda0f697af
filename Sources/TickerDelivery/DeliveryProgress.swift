public import TickerModel

/// How far one endpoint has come in the log while several first attempts are in flight. A value; its owner is one
/// delivery loop. Retries do not pass through here: what failed is a row of its own and counts as finished.
public struct DeliveryProgress: Sendable, Equatable {
  /// The newest sequence that was begun or skipped; the log is read on from here.
  public private(set) var readTo: Int64
  /// Ascending; as many as the endpoint's concurrency.
  private var open: [Int64] = []
  /// Where the last run stood, of which some lies behind ``readTo``.
  private let resumed: DeliveryPosition

  /// Resumes behind the cursor of `position`, and passes over what was settled behind it.
  public init(_ position: DeliveryPosition) {
    readTo = position.cursor
    resumed = position
  }

  /// Resumes behind `cursor`, the last sequence that is settled.
  public init(cursor: Int64) { self.init(DeliveryPosition(cursor)) }

  /// The highest sequence up to which every event is delivered, stored as failed, or not for this endpoint. It never
  /// falls; after a crash delivery starts behind it.
  public var cursor: Int64 { open.first.map { $0 - 1 } ?? readTo }

  /// All that a restart must know.
  public var position: DeliveryPosition {
    DeliveryPosition(
      cursor: cursor, through: max(readTo, resumed.through), open: open + resumed.open.filter { $0 > readTo })
  }

  /// Whether the event behind ``readTo`` was settled in an earlier run.
  public func isSettled(_ sequence: Int64) -> Bool { resumed.isSettled(sequence) }

  /// First attempts in flight.
  public var inFlight: Int { open.count }

  /// A first attempt starts. Sequences begin in log order, each above ``readTo``.
  public mutating func began(_ sequence: Int64) {
    precondition(sequence > readTo, "\(sequence) began after \(readTo)")
    open.append(sequence)
    readTo = sequence
  }

  /// What `began` is delivered, or stored as failed.
  public mutating func finished(_ sequence: Int64) {
    guard let index = open.firstIndex(of: sequence) else { preconditionFailure("\(sequence) is not in flight") }
    open.remove(at: index)
  }

  /// The filter held back everything after ``readTo`` up to `sequence`.
  public mutating func skipped(to sequence: Int64) { readTo = max(readTo, sequence) }
}
