/// A position in one log: the epoch names the log, the sequence the event. Written `EPOCH-SEQUENCE`.
public struct Cursor: Sendable, Hashable {
  /// Six characters of `[a-z0-9]`, drawn when the database is made.
  public let epoch: String
  /// Grows by one with every event; 0 stands before the first.
  public let sequence: Int64

  public init(epoch: String, sequence: Int64) {
    self.epoch = epoch
    self.sequence = sequence
  }

  /// Reads `EPOCH-SEQUENCE`: an epoch of 1 to 32 lower-case letters and digits, a sequence without sign. Nil otherwise.
  public init?(_ text: String) {
    let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    guard parts.count == 2, (1...32).contains(parts[0].count), (1...18).contains(parts[1].count),
      parts[0].allSatisfy({ (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) }),
      parts[1].allSatisfy({ (0x30...0x39).contains($0) }), let sequence = Int64(String(parts[1]) ?? "")
    else { return nil }
    self.init(epoch: String(parts[0]) ?? "", sequence: sequence)
  }

  public var text: String { "\(epoch)-\(sequence)" }
}
