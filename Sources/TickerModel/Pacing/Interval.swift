/// How often a source is polled, as the operator says it.
public enum Interval: Sendable, Hashable {
  /// As fast as the source moves, between `min_interval` and `max_interval`.
  case adaptive
  /// Between the starts of two polls.
  case every(Duration)

  /// As written in the configuration.
  public var text: String {
    switch self {
    case .adaptive: "adaptive"
    case .every(let duration): Quantity.text(duration)
    }
  }
}

/// After what silence of a source `source.quiet` is announced.
public enum QuietAfter: Sendable, Hashable {
  /// When silence is improbable for this hour of the week.
  case auto
  case after(Duration)
  case never

  /// As written in the configuration.
  public var text: String {
    switch self {
    case .auto: "auto"
    case .after(let duration): Quantity.text(duration)
    case .never: "never"
    }
  }
}

/// Requests that the adaptive sources may make together: `600/min`.
public struct RequestBudget: Sendable, Hashable {
  /// The unit of time that is written.
  public enum Unit: String, Sendable, CaseIterable {
    case second = "s"
    case minute = "min"
    case hour = "h"

    var seconds: Double {
      switch self {
      case .second: 1
      case .minute: 60
      case .hour: 3600
      }
    }
  }

  /// 1 or more.
  public let requests: Int
  public let unit: Unit

  public init(requests: Int, per unit: Unit) {
    precondition(requests > 0)
    self.requests = requests
    self.unit = unit
  }

  /// `600/min`, `10/s`, `36000/h`; nil for anything else. At most nine digits.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, (1...9).contains(parts[0].utf8.count),
      parts[0].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let requests = Int(parts[0]), requests > 0, let unit = Unit(rawValue: String(parts[1]))
    else { return nil }
    self.init(requests: requests, per: unit)
  }

  /// As written in the configuration.
  public var text: String { "\(requests)/\(unit.rawValue)" }
  public var perSecond: Double { Double(requests) / unit.seconds }
}
