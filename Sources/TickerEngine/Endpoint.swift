import TickerDelivery
import TickerModel
import TickerStore

/// One request to be made to an endpoint. Immutable; a class only because it goes along with the request and back.
final class Outgoing: Sendable {
  /// Which of an endpoint's lanes it is in.
  enum Lane: Sendable {
    /// The first attempt.
    case first
    /// A further one, of a row on disk.
    case retry
  }

  let lane: Lane
  let message: WebhookMessage
  /// The sequences it brings, ascending; one, or several in one message.
  let members: [Int64]
  let type: String
  /// ``StoredDelivery/several`` for several events.
  let source: String?
  /// When the event was recorded; of several the newest.
  let eventAt: Timestamp
  /// When its item was seen.
  let seen: Timestamp
  /// The first is 1; 0 where none was made.
  let attempt: Int

  /// Its place among the rows on disk.
  var sequence: Int64 { members.last ?? 0 }

  private init(
    lane: Lane, message: WebhookMessage, members: [Int64], type: String, source: String?, eventAt: Timestamp,
    seen: Timestamp, attempt: Int
  ) {
    self.lane = lane
    self.message = message
    self.members = members
    self.type = type
    self.source = source
    self.eventAt = eventAt
    self.seen = seen
    self.attempt = attempt
  }

  /// The first attempt at one event.
  convenience init(_ entry: LogEntry, _ form: MessageForm) { self.init(entry, entry.message(form)) }

  convenience init(_ entry: LogEntry, _ message: WebhookMessage) {
    self.init(
      lane: .first, message: message, members: [entry.sequence], type: entry.record.type,
      source: entry.record.source, eventAt: entry.record.at, seen: entry.seen, attempt: 1)
  }

  /// The first attempt at these events, ascending and not none: one as itself, several in one message of this kind.
  convenience init(_ entries: [LogEntry], as kind: Bundle.Kind, _ form: MessageForm) {
    if let only = entries.first, entries.count == 1 {
      self.init(only, form)
    } else {
      self.init(Bundle(kind, entries.map(\.event)), form, members: entries.map(\.sequence))
    }
  }

  /// The first attempt at several events in one message, of which `members` are settled by it.
  convenience init(_ bundle: Bundle, _ form: MessageForm, members: [Int64]) {
    let at = bundle.events.last?.record.at ?? Clock.now
    self.init(
      lane: .first, message: form.message(bundle), members: members, type: bundle.kind.rawValue,
      source: StoredDelivery.several, eventAt: at, seen: at, attempt: 1)
  }

  /// The next attempt at what failed before.
  convenience init(_ row: StoredDelivery) {
    self.init(
      lane: .retry, message: WebhookMessage(id: row.message, contentType: row.contentType, body: row.body),
      members: row.members, type: row.type, source: row.source, eventAt: row.eventAt, seen: row.eventAt,
      attempt: row.attempts + 1)
  }

  /// The same before its first attempt.
  var unsent: Outgoing {
    Outgoing(
      lane: lane, message: message, members: members, type: type, source: source, eventAt: eventAt, seen: seen,
      attempt: 0)
  }

  /// As a row on disk, after `outcome`.
  func row(of endpoint: String, _ outcome: AttemptOutcome, nextAt: Timestamp?, reason: String) -> StoredDelivery {
    StoredDelivery(
      endpoint: endpoint, sequence: sequence, message: message.id, type: type, source: source,
      contentType: message.contentType, body: message.body, eventAt: eventAt, attempts: attempt, nextAt: nextAt,
      lastStatus: outcome.status, reason: reason, at: Clock.now, members: members)
  }

  /// Of several events.
  var kind: Bundle.Kind { Bundle.Kind(rawValue: type) ?? .batch }
}

/// One webhook as the deliverer keeps it: where it stands in the log, what is under way, and how it does. No thread, no
/// task and no page of its own: a thousand of them cost little. Owned by the deliverer; times are nanoseconds of the
/// monotonic clock.
final class Endpoint {
  /// Never used again, so that what ends late does not meet another endpoint of the same name.
  let number: Int
  let name: String
  private(set) var webhook: Webhook
  private(set) var address: PreparedEndpoint
  private(set) var form: MessageForm
  private(set) var filter: Filter
  /// Host and port.
  private(set) var host: String

  var progress: DeliveryProgress
  var waiting: WaitingRetries
  var circuit: Circuit
  var pace: MessagePace?
  var tally = Tally()

  /// Requests under way.
  var firsts = 0
  var retries = 0
  /// Begun, and not sent yet: for a batch, or until a service takes more.
  var gathered: [LogEntry] = []
  var gatheredAt: Int64 = 0
  /// Begun, and to be sent next: a probe that came to nothing, or a digest.
  var held: Outgoing?
  /// The sources of what is under way, where order was promised.
  var openSources: [String?: Int] = [:]
  /// Rows handed to the journal and not on disk yet.
  var unwritten = 0

  /// The receiver asked for quiet.
  var pausedUntil: Int64?
  /// Since when the circuit is open, and why.
  var failing: (since: Timestamp, reason: String)?
  var disabled: EndpointState.Disabled?
  /// Failed attempts since the last success.
  var failures = 0
  var lastFailure: String?

  /// It stands in the queue of those that may have something to start.
  var isQueued = false
  /// Its rows are being read.
  var isReading = false
  /// Off by the configuration: nothing starts.
  var isOff = false
  /// What it missed is being passed over.
  var isRecovering = false
  var isReplaying = false

  init(number: Int, _ webhook: Webhook, _ address: EndpointAddress, _ state: EndpointState, hasRows: Bool) {
    self.number = number
    name = webhook.name
    self.webhook = webhook
    self.address = PreparedEndpoint(address)
    form = MessageForm(webhook)
    filter = Self.filter(of: webhook)
    host = Self.host(of: address)
    progress = DeliveryProgress(state.position)
    waiting = WaitingRetries(isOrdered: webhook.ordered, several: StoredDelivery.several, isMoreOnDisk: hasRows)
    circuit = Circuit(webhook.circuit)
    disabled = state.disabled
    pace = form.pace.map { MessagePace($0, now: Clock.monotonic) }
    pausedUntil = state.pausedUntil.map(Self.monotonic)
    if let failing = state.failing {
      circuit.reopen(probeAt: Self.monotonic(failing.probeAt), wait: failing.probeWait)
      self.failing = (failing.since, failing.reason)
    }
  }

  /// Takes another filter, URL, secret or schedule; position and state stay.
  func update(_ webhook: Webhook, _ address: EndpointAddress) {
    let form = MessageForm(webhook)
    if form.pace != self.form.pace { pace = form.pace.map { MessagePace($0, now: Clock.monotonic) } }
    if webhook.ordered != self.webhook.ordered {
      waiting = WaitingRetries(isOrdered: webhook.ordered, several: StoredDelivery.several, isMoreOnDisk: true)
    }
    circuit.terms = webhook.circuit
    self.webhook = webhook
    self.address = PreparedEndpoint(address)
    self.form = form
    filter = Self.filter(of: webhook)
    host = Self.host(of: address)
  }

  /// Whether it takes this event: what its filter passes, no events about itself, and a drill of another not.
  func accepts(_ entry: LogEntry) -> Bool {
    guard let subject = entry.endpoint else { return filter.passes(entry.record) }
    let isDrill = entry.record.type == EventType.test.rawValue
    return isDrill ? subject == name : subject != name && filter.passes(entry.record)
  }

  func isExpired(_ at: Timestamp, now: Timestamp) -> Bool { now.since(at) > webhook.expiresAfter }

  /// First attempts at once: one alone while it looks down.
  var places: Int { isTroubled ? 1 : webhook.concurrency }
  /// The last attempts found nobody.
  var isTroubled: Bool { circuit.failures > 0 }

  /// As it is kept on disk.
  var state: EndpointState {
    var state = EndpointState(progress.position, disabled: disabled)
    state.pausedUntil = pausedUntil.map(Self.wall)
    if let failing {
      let probeAt: Int64 = if case .open(let probeAt) = circuit.state { probeAt } else { Clock.monotonic }
      state.failing = EndpointState.Failing(
        since: failing.since, reason: failing.reason, probeAt: Self.wall(probeAt), probeWait: circuit.wait)
    }
    return state
  }

  /// A drill reaches every webhook that does not ask for types of its own (DECISIONS 66).
  private static func filter(of webhook: Webhook) -> Filter {
    var filter = webhook.filter.announcing
    if webhook.filter.types.isEmpty { filter.types.append(EventType.test.rawValue) }
    return filter
  }

  private static func host(of address: EndpointAddress) -> String { URLParts(address.url).authority.lowercased() }

  /// A time on disk by the clock that does not jump.
  static func monotonic(_ time: Timestamp) -> Int64 { Clock.monotonic + time.since(Clock.now).inNanoseconds }

  static func wall(_ time: Int64) -> Timestamp { Clock.now + .nanoseconds(time - Clock.monotonic) }
}
