/// The wire desks' ladder of urgency, most urgent last in order.
public enum Level: String, Sendable, Hashable, CaseIterable, Comparable {
  case routine, urgent, bulletin, flash

  public static func < (one: Level, other: Level) -> Bool { one.rank < other.rank }

  /// The same on the news industry's scale (ninjs `urgency`): 1 the most urgent, 5 the ordinary, 9 the least.
  public var urgency: Int {
    switch self {
    case .flash: 1
    case .bulletin: 2
    case .urgent: 3
    case .routine: 5
    }
  }

  private var rank: Int {
    switch self {
    case .routine: 0
    case .urgent: 1
    case .bulletin: 2
    case .flash: 3
    }
  }
}
