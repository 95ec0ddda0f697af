/// The deliveries of one endpoint that wait on disk for another attempt, without their bodies. A value; its owner is one
/// delivery loop, times are nanoseconds of a monotonic clock, so that a clock that jumps hastens nothing.
public struct WaitingRetries: Sendable, Equatable {
  /// One of them.
  public struct Entry: Sendable, Equatable {
    public let sequence: Int64
    /// Orders deliveries where that was promised.
    public let source: String?
    public var due: Int64

    public init(sequence: Int64, source: String?, due: Int64) {
      self.sequence = sequence
      self.source = source
      self.due = due
    }
  }

  /// Kept in memory; more are read again when these are done. For an ordered endpoint, which stops there, all of them.
  public static let most = 1000

  /// Strictly in log order for each source.
  public let isOrdered: Bool
  /// The source of a message of several events, which nothing passes and which passes nothing.
  private let several: String
  /// By sequence.
  private var entries: [Int64: Entry] = [:]
  private var inFlight: Set<Int64> = []
  /// Rows on disk that are not here.
  public private(set) var isMoreOnDisk: Bool
  /// What ``next()`` found, until something changes.
  private var found: Entry??

  /// - Parameter isMoreOnDisk: there are rows, and none has been read.
  public init(isOrdered: Bool, several: String, isMoreOnDisk: Bool) {
    self.isOrdered = isOrdered
    self.several = several
    self.isMoreOnDisk = isMoreOnDisk
  }

  /// So many are known here.
  public var count: Int { entries.count }
  public var isFull: Bool { entries.count >= Self.most }
  /// Nothing is known here, and nothing on disk.
  public var isEmpty: Bool { entries.isEmpty && !isMoreOnDisk }
  /// The rows are to be read: none that is known here is left to try.
  public mutating func mustRead() -> Bool {
    isMoreOnDisk && (isOrdered ? entries.count <= Self.most / 2 : next() == nil)
  }

  /// The rows that were read, at most ``most``.
  public mutating func read(_ rows: [Entry]) {
    found = nil
    for row in rows where entries[row.sequence] == nil { entries[row.sequence] = row }
    isMoreOnDisk = rows.count >= Self.most
  }

  /// Rows changed on disk.
  public mutating func lookAgain() {
    found = nil
    isMoreOnDisk = true
  }

  /// A row was written; one that is due later than all that fit in here is found on disk again.
  public mutating func kept(_ entry: Entry) {
    found = nil
    inFlight.remove(entry.sequence)
    guard isOrdered || !isFull || entries[entry.sequence] != nil else { return isMoreOnDisk = true }
    entries[entry.sequence] = entry
  }

  /// The row is gone, or dead.
  public mutating func removed(_ sequence: Int64) {
    found = nil
    inFlight.remove(sequence)
    entries[sequence] = nil
  }

  /// Its attempt came to nothing that counts: due again at `due`.
  public mutating func returned(_ sequence: Int64, due: Int64) {
    found = nil
    inFlight.remove(sequence)
    entries[sequence]?.due = due
  }

  /// All of them are gone.
  public mutating func removeAll() {
    found = nil
    entries = [:]
    isMoreOnDisk = false
  }

  /// Whether something of `source` waits, or of several sources at once.
  public func isBlocked(_ source: String?) -> Bool {
    entries.values.contains { $0.source == source || $0.source == several || source == several }
  }

  /// The one to try next, and when; nil when nothing waits that is not in flight.
  public mutating func next() -> Entry? {
    if let found { return found }
    let candidates = isOrdered ? heads : Array(entries.values)
    let next = candidates.filter { !inFlight.contains($0.sequence) }
      .min { ($0.due, $0.sequence) < ($1.due, $1.sequence) }
    found = .some(next)
    return next
  }

  /// Its attempt begins.
  public mutating func began(_ sequence: Int64) {
    found = nil
    inFlight.insert(sequence)
  }

  /// The oldest of each source, up to the first message of several.
  private var heads: [Entry] {
    var barrier: Entry?
    for entry in entries.values where entry.source == several && entry.sequence < barrier?.sequence ?? .max {
      barrier = entry
    }
    var heads: [String?: Entry] = [:]
    for entry in entries.values
    where entry.sequence < min(heads[entry.source]?.sequence ?? .max, barrier?.sequence ?? .max) {
      heads[entry.source] = entry
    }
    return heads.isEmpty ? barrier.map { [$0] } ?? [] : Array(heads.values)
  }
}
