/// The body of a webhook.
public enum WebhookFormat: String, Sendable, Hashable, CaseIterable {
  /// Standard Webhooks: type, timestamp and the event.
  case standard
  /// CloudEvents 1.0 in structured mode.
  case cloudevents
  case slack, discord, teams, telegram, ntfy
  /// The operator's own text.
  case template

  /// A chat service: whoever knows its URL may write, so that the URL is a secret; and it takes few messages.
  public var isChat: Bool {
    switch self {
    case .slack, .discord, .teams, .telegram, .ntfy: true
    case .standard, .cloudevents, .template: false
    }
  }
}

/// What an endpoint gets of a backlog when it answers again.
public enum Recovery: Sendable, Hashable {
  /// Everything, oldest first.
  case all
  /// The newest so many; the rest is passed over, and said.
  case latest(Int)
  /// One message about all of them.
  case digest

  /// As written in the configuration.
  public var text: String {
    switch self {
    case .all: "all"
    case .latest(let count): "latest:\(count)"
    case .digest: "digest"
    }
  }
}

/// How events are put together into one request.
public struct BatchTerms: Sendable, Hashable {
  /// A batch of so many goes at once.
  public var maxItems: Int
  /// A smaller one goes when its first event has waited this long.
  public var maxWait: Duration

  public init(maxItems: Int = Defaults.batchItems, maxWait: Duration = Defaults.batchWait) {
    self.maxItems = maxItems
    self.maxWait = maxWait
  }
}

/// When an endpoint is taken to be down, and how it is tried then.
public struct CircuitTerms: Sendable, Hashable {
  /// Failures in a row …
  public var failures: Int
  /// … over at least this long open the circuit.
  public var over: Duration
  /// One delivery tries after this long; the wait doubles to ten minutes.
  public var probe: Duration

  public init(
    failures: Int = Defaults.circuitFailures, over: Duration = Defaults.circuitOver,
    probe: Duration = Defaults.circuitProbe
  ) {
    self.failures = failures
    self.over = over
    self.probe = probe
  }
}
