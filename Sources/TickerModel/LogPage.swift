/// A stretch of the log, as a reader thread hands it to a sink. Pure value.
public struct LogPage: Sendable, Equatable {
  /// Ascending, each sequence greater than the one asked after; at most ``mostRecords`` and about ``mostBytes``.
  public let records: [LogRecord]
  /// The sequence before the oldest event kept; 0 when nothing was ever pruned.
  public let tail: Int64
  /// The newest sequence at the time of reading; `tail` when the log is empty.
  public let head: Int64

  public static let mostRecords = 256
  public static let mostBytes = 256 << 10

  public init(records: [LogRecord], tail: Int64, head: Int64) {
    self.records = records
    self.tail = tail
    self.head = head
  }
}
