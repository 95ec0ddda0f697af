/// The wire desks' ladder of urgency, most urgent last in order.
public enum Level: String, Sendable, Hashable, CaseIterable, Comparable {
  case routine, urgent, bulletin, flash

  public static func < (one: Level, other: Level) -> Bool { one.rank < other.rank }

  private var rank: Int {
    switch self {
    case .routine: 0
    case .urgent: 1
    case .bulletin: 2
    case .flash: 3
    }
  }
}
