import TickerModel

/// How fast a chat service takes messages: a bucket of places that refills. A value; times are nanoseconds of a
/// monotonic clock.
public struct MessagePace: Sendable, Equatable {
  /// So many at once, then one every so often.
  public struct Terms: Sendable, Equatable {
    public let burst: Int
    public let interval: Duration
  }

  public let terms: Terms
  private var places: Double
  private var filled: Int64

  /// Full at `now`.
  public init(_ terms: Terms, now: Int64) {
    self.terms = terms
    places = Double(terms.burst)
    filled = now
  }

  /// Whether a message may go at `now`; takes its place.
  public mutating func take(now: Int64) -> Bool {
    fill(now)
    guard places >= 1 else { return false }
    places -= 1
    return true
  }

  /// When the next place is there.
  public func next(now: Int64) -> Int64 {
    var later = self
    later.fill(now)
    guard later.places < 1 else { return now }
    return now + Int64((1 - later.places) * Double(nanoseconds))
  }

  private var nanoseconds: Int64 { max(1, Int64(terms.interval.inSeconds * 1e9)) }

  private mutating func fill(_ now: Int64) {
    places = min(Double(terms.burst), places + Double(max(0, now - filled)) / Double(nanoseconds))
    filled = max(filled, now)
  }
}

extension MessagePace {
  /// What each service is known to take, a little less than it allows; what it says in a 429 counts beside it.
  static func terms(of format: WebhookFormat, address: String) -> Terms? {
    switch format {
    // One a second, "short bursts" allowed: https://api.slack.com/apis/rate-limits#webhooks.
    case .slack: Terms(burst: 3, interval: .seconds(1))
    // 30 a minute for a channel, 5 in two seconds for a webhook.
    case .discord: Terms(burst: 5, interval: .seconds(2))
    // Workflows throttle beyond four a second.
    case .teams: Terms(burst: 4, interval: .milliseconds(500))
    // https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this: one a second in a chat, 20 a
    // minute in a group, whose numbers are negative.
    case .telegram: Terms(burst: 3, interval: address.hasPrefix("-") ? .seconds(3) : .seconds(1))
    // https://docs.ntfy.sh/publish/#limitations: 60 at once, then one every five seconds.
    case .ntfy: Terms(burst: 30, interval: .seconds(5))
    case .standard, .cloudevents, .template: nil
    }
  }

  /// More events than this behind a service are told in one message.
  public static let longestQueue = 10
}
