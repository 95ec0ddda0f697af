public import TickerModel

/// When a failed delivery is tried again (SPEC §6). Pure: the same outcome, time and random number give the same
/// decision.
public struct RetryPolicy: Sendable, Equatable {
  /// The wait after the first, second, … failed attempt; when they end the delivery is dead.
  public let waits: [Duration]

  /// The schedule of a webhook's `retry`.
  public init(waits: [Duration] = Defaults.retry) { self.waits = waits }

  /// An answer that says "this message is wrong" rarely changes; two retries outlast a receiver's deployment.
  public static let triesWhenRejected = 3
  /// Waits vary by ±20 %, so that what failed together does not come back together.
  static let jitter = 0.2
  /// A receiver may push a retry this far beyond the own wait, and no further.
  public static let longestExtension = Duration.seconds(2 * 3600)
  /// Spread behind a `Retry-After`, never before it: a fifth of what it asks, at most half a minute.
  static let longestSpread = Duration.seconds(30)

  /// What to do after attempt number `attempt` (the first is 1) at a message of so many `events` ended at `now` with
  /// `outcome`. `random` is in 0..<1.
  public func decide(
    _ outcome: AttemptOutcome, attempt: Int, events: Int = 1, now: Timestamp, random: Double
  ) -> RetryDecision {
    precondition(attempt >= 1 && (0..<1).contains(random))
    guard let kind = FailureKind(outcome) else { return RetryDecision(next: .delivered, endpointPausedUntil: nil) }
    if events > 1, kind != .aborted, Self.mayBeItsContent(outcome, attempt: attempt) {
      let asked = asked(by: outcome, beyond: .zero, random: random)
      return RetryDecision(next: .split, endpointPausedUntil: asked.map { now + $0 })
    }
    let dead: DeadReason? =
      switch kind {
      case .gone: .gone
      case .aborted: .aborted
      case .rejected where attempt >= Self.triesWhenRejected: .rejected
      case .rejected, .throttled, .temporary: attempt > waits.count ? .exhausted : nil
      }
    let wait = dead == nil ? waits[attempt - 1] : .zero
    let asked = asked(by: outcome, beyond: wait, random: random)
    let pause = asked ?? (kind == .throttled ? waits.first.map { jittered($0, random) } : nil)
    let next = dead.map(RetryDecision.Next.dead) ?? .retry(at: now + max(jittered(wait, random), asked ?? .zero))
    return RetryDecision(next: next, endpointPausedUntil: kind == .gone ? nil : pause.map { now + $0 })
  }
}

/// What follows from one attempt.
public struct RetryDecision: Sendable, Equatable {
  /// The delivery's own fate.
  public enum Next: Sendable, Equatable {
    /// Done.
    case delivered
    /// Due again at this time.
    case retry(at: Timestamp)
    /// Given up: a dead letter.
    case dead(DeadReason)
    /// Due again now, as two messages of half of its events each.
    case split
  }

  /// Whether and when this delivery is tried again.
  public let next: Next
  /// The receiver asked for quiet (429, or `Retry-After` on any failure): no attempt of any delivery before then.
  public let endpointPausedUntil: Timestamp?

  /// A decision as ``RetryPolicy`` makes them.
  public init(next: Next, endpointPausedUntil: Timestamp?) {
    self.next = next
    self.endpointPausedUntil = endpointPausedUntil
  }
}

/// Why a delivery was given up; the raw value is what `dead list` shows.
public enum DeadReason: String, Sendable, Hashable, CaseIterable {
  /// The receiver said that it is gone for ever (410).
  case gone
  /// The receiver refused this message ``RetryPolicy/triesWhenRejected`` times.
  case rejected
  /// The receiver asked not to get this message again.
  case aborted
  /// Every wait of the schedule was used up.
  case exhausted
  /// Older than `expires_after`.
  case expired
  /// The endpoint was down, and its `on_recover` passes over what it missed.
  case passed
}

/// Whose fault a failure looks like.
private enum FailureKind {
  case gone, aborted, rejected, throttled, temporary

  /// Nil for a success.
  init?(_ outcome: AttemptOutcome) {
    switch outcome.status {
    case .some(200...299): return nil
    case 410: self = .gone
    case .some where outcome.control == .abortMessage: self = .aborted
    case 429: self = .throttled
    case 408, 425: self = .temporary
    case .some(400...499): self = .rejected
    // Redirects too: a moved receiver is mended by an operator, and every message it missed still counts.
    default: self = .temporary
    }
  }
}

extension RetryPolicy {
  /// Whether several events failed together because of their size, or of one among them: then the others arrive without
  /// it. A receiver that is away or overloaded says nothing of what it was sent.
  private static func mayBeItsContent(_ outcome: AttemptOutcome, attempt: Int) -> Bool {
    switch outcome.status {
    case 413: true
    case 408, 410, 425, 429: false
    case .some(400...500): attempt >= triesWhenRejected
    default: false
    }
  }

  private func jittered(_ wait: Duration, _ random: Double) -> Duration {
    wait * (1 - Self.jitter + 2 * Self.jitter * random)
  }

  /// The receiver's `Retry-After` within its bounds and with its spread; nil when it asks for nothing.
  private func asked(by outcome: AttemptOutcome, beyond wait: Duration, random: Double) -> Duration? {
    guard let asked = outcome.retryAfter, asked > .zero else { return nil }
    let granted = min(asked, wait + Self.longestExtension)
    return granted + min(granted / 5, Self.longestSpread) * random
  }
}
