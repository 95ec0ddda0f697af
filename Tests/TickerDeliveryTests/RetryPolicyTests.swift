import Testing
import TickerDelivery
import TickerModel

@Suite struct RetryPolicyTests {
  static let now = Timestamp(seconds: 1_700_000_000)
  static let policy = RetryPolicy(waits: [.seconds(5), .seconds(30), .seconds(120), .seconds(600)])

  static func outcome(
    _ status: Int?, retryAfter: Duration? = nil, control: DeliveryControl? = nil
  ) -> AttemptOutcome {
    let failure = AttemptOutcome.Result.failed(class: "connect", message: "refused")
    return AttemptOutcome(
      result: status.map { .answered(status: $0) } ?? failure, retryAfter: retryAfter, control: control)
  }

  static func decide(
    _ status: Int?, _ attempt: Int, events: Int = 1, retryAfter: Duration? = nil, control: DeliveryControl? = nil,
    random: Double = 0.5, policy: RetryPolicy = policy
  ) -> RetryDecision {
    policy.decide(
      outcome(status, retryAfter: retryAfter, control: control), attempt: attempt, events: events, now: now,
      random: random)
  }

  @Test(arguments: [200, 201, 202, 204, 299])
  func everySuccessDelivers(_ status: Int) {
    let decision = Self.decide(status, 1, retryAfter: .seconds(60))
    #expect(decision == RetryDecision(next: .delivered, endpointPausedUntil: nil))
  }

  @Test(arguments: [nil, 301, 302, 307, 399, 408, 425, 429, 500, 502, 503, 599, 100, 0, 600])
  func temporaryFailuresTakeTheWholeSchedule(_ status: Int?) {
    for (attempt, wait) in [(1, 5), (2, 30), (3, 120), (4, 600)] {
      #expect(Self.decide(status, attempt).next == .retry(at: Self.now + .seconds(wait)))
    }
    #expect(Self.decide(status, 5).next == .dead(.exhausted))
  }

  @Test(arguments: [400, 401, 403, 404, 405, 413, 415, 422, 499])
  func otherRefusalsGetThreeTries(_ status: Int) {
    #expect(Self.decide(status, 1).next == .retry(at: Self.now + .seconds(5)))
    #expect(Self.decide(status, 2).next == .retry(at: Self.now + .seconds(30)))
    #expect(Self.decide(status, 3).next == .dead(.rejected))
  }

  @Test func goneIsDeadAtOnce() {
    #expect(
      Self.decide(410, 1, retryAfter: .seconds(9)) == RetryDecision(next: .dead(.gone), endpointPausedUntil: nil))
  }

  @Test(arguments: [400, 404, 413, 429, 500, 503])
  func whoAsksNotToGetItAgainDoesNot(_ status: Int) {
    for events in [1, 5] {
      #expect(Self.decide(status, 1, events: events, control: .abortMessage).next == .dead(.aborted))
    }
    #expect(!Self.outcome(status, control: .abortMessage).isDown, "it is there")
  }

  @Test func whatElseIsAskedForDecidesNothingOfTheMessage() {
    #expect(Self.decide(204, 1, control: .abortMessage).next == .delivered)
    #expect(Self.decide(410, 1, control: .abortMessage).next == .dead(.gone))
    #expect(Self.decide(503, 1, control: .disable) == Self.decide(503, 1))
    #expect(Self.outcome(503, control: .disable).isDown)
  }

  /// Status, attempt: whether several events come again in halves. One alone never does.
  @Test(
    arguments: [
      (413, 1, true), (413, 2, true), (400, 1, false), (400, 2, false), (400, 3, true), (422, 3, true),
      (500, 2, false), (500, 3, true), (500, 4, true), (501, 3, false), (502, 3, false), (503, 4, false),
      (408, 3, false), (425, 3, false), (429, 4, false), (302, 3, false), (nil, 3, false), (410, 3, false),
      (204, 3, false),
    ] as [(Int?, Int, Bool)])
  func severalEventsAreSplitWhereOneMayBeToBlame(_ status: Int?, _ attempt: Int, _ isSplit: Bool) {
    #expect((Self.decide(status, attempt, events: 2).next == .split) == isSplit)
    #expect(Self.decide(status, attempt).next != .split)
  }

  @Test func aSplitMessageWaitsAsLongAsItIsAskedTo() {
    let decision = Self.decide(413, 1, events: 8, retryAfter: .seconds(20), random: 0)
    #expect(decision == RetryDecision(next: .split, endpointPausedUntil: Self.now + .seconds(20)))
    #expect(Self.decide(413, 1, events: 8).endpointPausedUntil == nil)
  }

  @Test func withoutScheduleTheFirstFailureIsTheLast() {
    #expect(Self.decide(503, 1, policy: RetryPolicy(waits: [])).next == .dead(.exhausted))
    #expect(Self.decide(404, 1, policy: RetryPolicy(waits: [])).next == .dead(.exhausted))
  }

  @Test func waitsVaryByAFifth() {
    #expect(Self.decide(500, 2, random: 0).next == .retry(at: Self.now + .seconds(24)))
    #expect(Self.decide(500, 2, random: 0.999_999).next > .retry(at: Self.now + .milliseconds(35_998)))
    #expect(Self.decide(500, 2, random: 0.999_999).next < .retry(at: Self.now + .seconds(36)))
  }

  /// Status, attempt, `Retry-After`, random → retry and pause, in seconds from now.
  @Test(
    arguments: [
      (503, 1, 2, 0, 4, 2),  // less than the own wait: the pause alone follows it
      (503, 1, 20, 0, 20, 20),
      (503, 1, 20, 0.5, 22, 22),  // a fifth at most
      (503, 1, 3600, 0.5, 3615, 3615),  // half a minute at most
      (500, 3, 7320, 0, 7320, 7320),  // exactly two hours beyond the own wait
      (500, 3, 90_000, 0, 7320, 7320),
      (429, 1, 20, 0, 20, 20),
      (404, 1, 20, 0, 20, 20),
      (302, 1, 20, 0, 20, 20),
    ] as [(Int, Int, Int, Double, Int, Int)])
  func retryAfterIsNeverUndercut(
    _ status: Int, _ attempt: Int, _ asked: Int, _ random: Double, _ retry: Int, _ pause: Int
  ) {
    let decision = Self.decide(status, attempt, retryAfter: .seconds(asked), random: random)
    #expect(
      decision
        == RetryDecision(
          next: .retry(at: Self.now + .seconds(retry)), endpointPausedUntil: Self.now + .seconds(pause)))
  }

  @Test func onlyThrottlingOrRetryAfterPausesTheEndpoint() {
    #expect(Self.decide(503, 1).endpointPausedUntil == nil)
    #expect(Self.decide(503, 1, retryAfter: .zero).endpointPausedUntil == nil)
    #expect(Self.decide(nil, 1).endpointPausedUntil == nil)
    #expect(Self.decide(429, 1).endpointPausedUntil == Self.now + .seconds(5))
  }

  @Test func aLateThrottledMessageHoldsTheOthersNoLongerThanAFirstOne() {
    #expect(Self.decide(429, 4).next == .retry(at: Self.now + .seconds(600)))
    #expect(Self.decide(429, 4).endpointPausedUntil == Self.now + .seconds(5))
  }

  @Test func aDeadMessageCanStillPauseTheEndpoint() {
    let decision = Self.decide(429, 5, retryAfter: .seconds(40), random: 0)
    #expect(decision == RetryDecision(next: .dead(.exhausted), endpointPausedUntil: Self.now + .seconds(40)))
  }

  @Test func theDefaultScheduleLastsANightAndAMorning() {
    let policy = RetryPolicy()
    var time = Self.now
    var attempt = 1
    while case .retry(let next) = policy.decide(Self.outcome(500), attempt: attempt, now: time, random: 0.5).next {
      time = next
      attempt += 1
    }
    #expect(attempt == 11)
    #expect(time == Self.now + .seconds(27 * 3600 + 42 * 60 + 35))
  }
}

extension RetryDecision.Next {
  fileprivate static func < (one: Self, other: Self) -> Bool {
    guard case .retry(let one) = one, case .retry(let other) = other else { return false }
    return one < other
  }
  fileprivate static func > (one: Self, other: Self) -> Bool { other < one }
}
