/// Tells a machine without a network from hosts that fail: when nobody at all answers, it is not their fault (SPEC §8).
/// A value; groups are names of host groups.
///
/// Kept apart for hosts of this machine and its private networks, and for all others: a bridge on the next port answers
/// although the line is dead.
public struct Connectivity: Sendable, Equatable {
  /// What a poll's end changed.
  public enum Change: Sendable, Equatable {
    /// Nobody answers any more.
    case lost
    /// The first answer after that.
    case back
  }

  /// Groups that could not be reached since the last answer from anybody.
  private var unreached: Set<String> = []
  /// Somebody answered at least once: what never worked cannot be lost.
  private var hasAnswered = false
  public private(set) var isLost = false

  public init() {}

  /// So many hosts, or all if they are fewer, fail in a row by chance so seldom that it is the machine's own line.
  public static let telling = 8
  /// Two that fail together may be one owner's.
  static let fewest = 3

  /// Somebody answered, whatever the status.
  public mutating func noteAnswer() -> Change? {
    if !unreached.isEmpty { unreached.removeAll(keepingCapacity: true) }
    hasAnswered = true
    guard isLost else { return nil }
    isLost = false
    return .back
  }

  /// The database remembers an answer.
  public mutating func noteEarlierAnswer() { hasAnswered = true }

  /// A host of `group` could not be reached at all. `groups` is how many there are to poll.
  public mutating func noteUnreached(_ group: String, of groups: Int) -> Change? {
    guard !isLost else { return nil }
    unreached.insert(group)
    guard hasAnswered, unreached.count >= max(Self.fewest, min(groups, Self.telling)) else { return nil }
    isLost = true
    return .lost
  }
}
