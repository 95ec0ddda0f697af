import TickerDelivery
import TickerModel
import TickerStore
import TickerText

/// A webhook as `endpoints` and `status` tell it. A value.
struct EndpointOverview: Sendable {
  /// In one word.
  enum State: String, Sendable {
    case ok
    /// Its last attempt failed, or its circuit is open.
    case failing
    /// It asked for quiet.
    case paused
    /// By a 410, by days without success, or by a person.
    case disabled
    /// By the configuration.
    case off
  }

  let name: String
  let format: WebhookFormat
  /// As it may be shown.
  var url = ""
  var state = State.off
  var circuit = "closed"
  /// Everything up to here is settled.
  var cursor = ""
  /// Events of the log behind the cursor.
  var lag = 0
  /// Since the start.
  var delivered = 0
  var failed = 0
  /// Of the last attempts.
  var successRate: Double?
  /// Milliseconds from seen to acknowledged, of the last deliveries.
  var median: Int?
  var slowest: Int?
  var waiting = 0
  var dead = 0
  /// When something is attempted next; nil where nothing waits.
  var nextAttempt: Timestamp?
  var since: Timestamp?
  /// What is wrong.
  var reason: String?
  var isDisabledByPerson = false

  init(_ webhook: Webhook) {
    name = webhook.name
    format = webhook.format
  }

  /// What needs a person, a sentence each.
  var problems: [String] {
    let owed = dead > 0 ? ["webhook \(name): \(dead) deliveries are dead; tickerd dead list"] : []
    guard let reason, !isDisabledByPerson else { return owed }
    let start = state == .disabled ? "disabled: " : circuit == "closed" ? "" : "takes nothing, its circuit is open: "
    let then = state == .disabled ? "; tickerd enable \(name)" : ""
    return owed + ["webhook \(name): \(start)\(reason)\(then)"]
  }

  /// For `status`.
  var brief: JSONText {
    var json = JSONText()
    json.member("endpoint", name)
    json.member("url", url)
    json.member("state", state.rawValue)
    json.member("cursor", cursor)
    json.member("delivered", delivered)
    json.member("waiting", waiting)
    json.member("dead", dead)
    json.member("failure", reason)
    return json
  }

  /// For `endpoints`.
  var json: JSONText {
    var json = JSONText()
    json.member("endpoint", name)
    json.member("url", url)
    json.member("format", format.rawValue)
    json.member("state", state.rawValue)
    json.member("circuit", circuit)
    json.member("cursor", cursor)
    json.member("lag", lag)
    json.member("delivered", delivered)
    json.member("failed", failed)
    if let successRate {
      json.member("success_rate", json: Array("\((successRate * 1000).rounded() / 1000)".utf8))
    }
    if let median { json.member("p50_ms", median) }
    if let slowest { json.member("p99_ms", slowest) }
    json.member("waiting", waiting)
    json.member("dead", dead)
    json.member("next_attempt", nextAttempt?.text)
    json.member("since", since?.text)
    json.member("reason", reason)
    return json
  }
}

extension Deliverer {
  /// How an endpoint is; nil for one that is not open.
  func overview(_ webhook: Webhook) -> EndpointOverview? {
    guard let endpoint = endpoint(webhook.name) else { return nil }
    var overview = EndpointOverview(webhook)
    overview.state = state(of: endpoint)
    overview.circuit = endpoint.circuit.isClosed ? "closed" : endpoint.circuit.state == .probing ? "half-open" : "open"
    overview.cursor = Cursor(epoch: store.epoch, sequence: endpoint.progress.cursor).text
    overview.lag = Int(max(0, window.head - endpoint.progress.cursor))
    overview.delivered = endpoint.tally.delivered
    overview.failed = endpoint.tally.failed
    overview.successRate = endpoint.tally.successRate
    overview.median = endpoint.tally.latency(percent: 50)
    overview.slowest = endpoint.tally.latency(percent: 99)
    overview.nextAttempt = nextAttempt(of: endpoint)
    overview.since = endpoint.disabled?.since ?? endpoint.failing?.since
    overview.reason = endpoint.disabled?.reason ?? endpoint.failing?.reason ?? endpoint.lastFailure
    overview.isDisabledByPerson = endpoint.disabled?.by == .person
    return overview
  }

  private func state(of endpoint: Endpoint) -> EndpointOverview.State {
    if endpoint.disabled != nil { return .disabled }
    if let until = endpoint.pausedUntil, until > Clock.monotonic { return .paused }
    return endpoint.failing != nil || endpoint.failures > 0 ? .failing : .ok
  }

  /// Nil when nothing waits, or nothing will be attempted.
  private func nextAttempt(of endpoint: Endpoint) -> Timestamp? {
    guard endpoint.disabled == nil else { return nil }
    var next = endpoint.waiting.next()?.due
    if case .open(let probeAt) = endpoint.circuit.state { next = probeAt }
    if let until = endpoint.pausedUntil, until > Clock.monotonic { next = max(next ?? until, until) }
    return next.map(Endpoint.wall)
  }
}
