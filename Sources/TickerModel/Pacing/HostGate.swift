import Glibc

/// How many requests the hosts of one owner may get: a bound on those at once always, one on their pace from the
/// first 429 or 403 on, and quiet while a server asks for it. A value; times are nanoseconds of a monotonic clock.
public struct HostGate: Sendable, Equatable {
  /// What an answer says about the pace.
  public enum Answer: Sendable, Equatable {
    /// 2xx or 304.
    case served
    /// 429, or 503 with `Retry-After`.
    case tooMuch
    /// 403, which may be meant for the page alone.
    case refused
    /// Anything else, which says nothing.
    case other
  }

  /// Requests without an answer so far.
  public private(set) var running = 0
  /// Before this the server wants no request.
  public private(set) var heldUntil: Int64 = 0
  /// Requests a second; nil while nobody has complained.
  public private(set) var limit: Double?
  /// What is there to spend under the limit, at `filledAt`.
  private var tokens = 0.0
  private var filledAt: Int64 = 0
  /// Where the limit ends: twice the pace that was too much.
  private var ceiling = 0.0
  private var servedAt: Int64 = 0
  /// Requests of the last minute, fading.
  private var recent = 0.0
  private var recentAt: Int64 = 0
  /// Of the first request; nil before it.
  private var firstAt: Int64?

  public init() {}

  /// When the next request may start, running ones aside: `now` or later.
  public func opens(at now: Int64) -> Int64 {
    let open = max(now, heldUntil)
    guard let limit else { return open }
    let missing = 1 - filled(at: open)
    return missing <= 0 ? open : open + Int64((missing / limit * 1e9).rounded(.up))
  }

  /// A request starts.
  public mutating func start(at now: Int64) {
    running += 1
    recent = faded(at: now) + 1
    recentAt = now
    if firstAt == nil { firstAt = now }
    guard limit != nil else { return }
    tokens = max(0, filled(at: now) - 1)
    filledAt = max(now, filledAt)
  }

  /// The request is over.
  public mutating func finish(_ answer: Answer, at now: Int64) {
    running = max(0, running - 1)
    switch answer {
    case .served: recover(at: now)
    case .tooMuch: shrink(to: Self.afterTooMuch, at: now)
    case .refused: shrink(to: Self.afterRefusal, at: now)
    case .other: break
    }
  }

  /// The server asked for quiet; a shorter wish never ends a longer one.
  public mutating func hold(until time: Int64) { heldUntil = max(heldUntil, time) }

  /// What another run had learned about the limit.
  public mutating func restore(limit: Double, ceiling: Double, at now: Int64) {
    guard limit > 0, ceiling >= limit, ceiling.isFinite else { return }
    (self.limit, self.ceiling, filledAt, servedAt) = (limit, ceiling, now, now)
  }

  /// For ``restore(limit:ceiling:at:)``; nil while nobody has complained.
  public var learned: (limit: Double, ceiling: Double)? { limit.map { ($0, ceiling) } }
}

extension HostGate {
  /// Seconds over which requests are counted.
  private static let memory = 60.0
  /// Of the pace that is left after an answer that says it was too much, or may say so.
  private static let afterTooMuch = 0.5
  private static let afterRefusal = 0.75
  /// Requests a second: one a minute is never too much for a server that is up.
  private static let least = 1.0 / 60
  /// Requests a second that a first complaint takes for too much at least, however few there were: they say little, and
  /// the next one shall wait some seconds, not a minute.
  private static let leastAtFirst = 0.2
  /// A pace is taken over so many seconds at least: three requests at a start are no three a second.
  private static let shortest = 5.0
  /// Of the limit that comes back in a minute without complaint.
  private static let recovery = 0.1
  /// Requests that may follow each other at once.
  private static let burst = 2.0
  /// A limit this many times the pace that was too much limits nothing.
  private static let beyond = 2.0

  /// Requests a second over the last minute, or since the first one, where that is less.
  private func pace(at now: Int64) -> Double {
    let observed = max(Double(now - (firstAt ?? now)) / 1e9, Self.shortest)
    // What a steady pace adds up to after that time, fading all the while.
    return faded(at: now) / (Self.memory * (1 - exp(-observed / Self.memory)))
  }

  private func faded(at now: Int64) -> Double { recent * exp(-Double(now - recentAt) / 1e9 / Self.memory) }

  private func filled(at now: Int64) -> Double {
    guard let limit else { return Self.burst }
    return min(Self.burst, tokens + Double(max(0, now - filledAt)) / 1e9 * limit)
  }

  private mutating func shrink(to part: Double, at now: Int64) {
    let pace = max(pace(at: now), limit == nil ? Self.leastAtFirst : Self.least)
    if limit == nil {
      ceiling = max(pace * Self.beyond, Self.least * Self.beyond)
      tokens = 0
    } else {
      tokens = min(filled(at: now), 1)
    }
    limit = max(min(limit ?? pace, pace) * part, Self.least)
    (filledAt, servedAt) = (now, now)
  }

  private mutating func recover(at now: Int64) {
    guard let limit else { return }
    tokens = filled(at: now)
    filledAt = now
    let minutes = min(Double(max(0, now - servedAt)) / 60e9, 1)
    servedAt = now
    let next = limit * (1 + Self.recovery * minutes)
    self.limit = next >= ceiling ? nil : next
  }
}
