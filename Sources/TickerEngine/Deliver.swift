import Logging
import Synchronization
import TickerDelivery
import TickerFetch
import TickerModel
import TickerStore

/// Brings the events of the log to the webhooks: the twin of `Poll.swift`. One actor for all of them. What happens on
/// other threads (the log grew, an attempt ended, a page or a row was read, something is on disk) is put into ``arrivals``;
/// each turn takes all of it, then starts what may start, endpoint after endpoint. Nothing in a turn waits. It lives on
/// the libcurl thread, where its requests start and their answers arrive.
///
/// First attempts go in the order of the log, several at once; what fails becomes a row on disk and is retried in a lane
/// of its own; what succeeds moves the endpoint's position, and writes nothing else.
actor Deliverer {
  let store: Store
  let sender: WebhookSender
  let log: Logger
  nonisolated let arrivals: Arrivals
  var window: LogWindow
  /// By number.
  var endpoints: [Int: Endpoint] = [:]
  var numbers: [String: Int] = [:]
  var limits: DeliveryLimits
  var traffic = DeliveryTraffic()
  var journal = DeliveryJournal()
  /// Why the last batch of it is not on disk.
  var journalFault: StoreError.Kind?
  /// Those that may have something to start, in turn.
  var ready: [Endpoint] = []
  /// When an endpoint is to be looked at again, by number.
  var due = NumberHeap(isIndexed: true)
  /// Positions of pages being read, and the endpoints that wait for any page.
  var pagesRead: Set<Int64> = []
  var waitForPage: [Endpoint] = []
  /// Messages that were too much, while their events are read.
  var splits = 0
  var drills = Drills()
  /// Every endpoint stops at its first failure, and nothing is waited for.
  var isOnce = false
  var isStopping = false
  var waitForJournal: [CheckedContinuation<Void, Never>] = []
  private var lastNumber = 0
  private let alarm: FetchAlarm
  private var isClosed = false
  private var running: CheckedContinuation<Void, Never>?
  private var idle: [CheckedContinuation<Void, Never>] = []
  private let thread: FetchThread

  nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

  /// Delivers through `fetcher`, on its thread.
  init(store: Store, fetcher: Fetcher, maxTransfers: Int, log: Logger) {
    self.store = store
    sender = WebhookSender(fetcher: fetcher)
    thread = fetcher.thread
    let arrivals = Arrivals(on: thread)
    self.arrivals = arrivals
    alarm = FetchAlarm { arrivals.ring() }
    self.log = log
    window = LogWindow(epoch: store.epoch, head: 0)
    limits = DeliveryLimits(maxTransfers: maxTransfers)
  }

  /// The log reaches up to `head`; what comes is announced. Before anything else.
  func begin(at head: Int64) { window = LogWindow(epoch: store.epoch, head: head) }

  func limit(maxTransfers: Int) { limits = DeliveryLimits(maxTransfers: maxTransfers) }

  /// The log grew. Any thread.
  nonisolated func announce(_ records: [LogRecord]) { arrivals.add(.records(records)) }

  /// Takes over an endpoint at its position; a new one's is the head of the log now.
  func open(_ webhook: Webhook, _ address: EndpointAddress, hasRows: Bool) async throws(StoreError) {
    let state = try await store.openEndpoint(webhook.name)
    lastNumber += 1
    let endpoint = Endpoint(number: lastNumber, webhook, address, state, hasRows: hasRows)
    endpoints[endpoint.number] = endpoint
    numbers[endpoint.name] = endpoint.number
    enqueue(endpoint)
    arrivals.ring()
  }

  /// Attempts at each endpoint whatever is due, until its backlog is empty or one attempt fails; what failed, by name.
  func drainOnce() async -> [(name: String, failure: String)] {
    isOnce = true
    await run()
    await close()
    return endpoints.values.compactMap { endpoint in endpoint.lastFailure.map { (endpoint.name, $0) } }
      .sorted { $0.0 < $1.0 }
  }

  /// Delivers until ``close()``, or to the end of the backlog with ``isOnce``.
  func run() async {
    guard !isClosed else { return }
    thread.add(alarm)
    await withCheckedContinuation { continuation in
      running = continuation
      arrivals.begin { self.assumeIsolated { $0.turn() } }
    }
    thread.remove(alarm)
  }

  private func end() {
    isClosed = true
    arrivals.finish()
    running?.resume()
    running = nil
  }

  /// Starts no further attempt.
  func stop() {
    isStopping = true
    arrivals.ring()
  }

  /// Returns when no attempt is under way and everything is on disk.
  func finish() async {
    if isQuiet { return }
    await withCheckedContinuation { idle.append($0) }
  }

  /// Ends ``run()``.
  func close() async {
    await writeAll()
    end()
  }

  /// Lets go of all endpoints but these, after what they know is on disk. What is under way of those that are only
  /// `off` is still heard: an answer that nobody heard would be asked for again.
  func retain(_ names: Set<String>, off: Set<String>) async {
    for (name, number) in numbers where !names.contains(name) {
      if off.contains(name), let endpoint = endpoints[number] { endpoint.isOff = true }
    }
    await writeAll()
    for name in Array(numbers.keys) where !names.contains(name) && !off.contains(name) { forget(name) }
  }

  /// Takes another filter, URL, secret or schedule for an open endpoint; false when it is not open.
  func update(_ webhook: Webhook, _ address: EndpointAddress) -> Bool {
    guard let endpoint = numbers[webhook.name].flatMap({ endpoints[$0] }) else { return false }
    endpoint.isOff = false
    endpoint.update(webhook, address)
    enqueue(endpoint)
    arrivals.ring()
    return true
  }

  /// One that is configured and enabled.
  func endpoint(_ name: String) -> Endpoint? {
    numbers[name].flatMap { endpoints[$0] }.flatMap { $0.isOff ? nil : $0 }
  }

  /// Lets go of an endpoint: what of it is under way ends unheard.
  func forget(_ name: String) {
    guard let number = numbers.removeValue(forKey: name), let endpoint = endpoints.removeValue(forKey: number) else {
      return
    }
    due.remove(number)
    ready.removeAll { $0 === endpoint }
    waitForPage.removeAll { $0 === endpoint }
    traffic.forget(endpoint)
  }
}

// MARK: A turn

extension Deliverer {
  private func turn() {
    for arrival in arrivals.take() { take(arrival) }
    let now = Clock.monotonic
    while let moment = due.first, moment.key <= now {
      due.remove(moment.number)
      if let endpoint = endpoints[moment.number] { enqueue(endpoint) }
    }
    startAll(now)
    writeJournal(now)
    alarm.due = isStopping ? .max : min(due.first?.key ?? .max, journal.due ?? .max)
    guard isQuiet else { return }
    rest()
    if isOnce { end() }
  }

  private func take(_ arrival: Arrivals.Arrival) {
    switch arrival {
    case .records(let records):
      window.append(records)
      for record in records where record.type == EventType.test.rawValue { drills.began(record.sequence) }
      for endpoint in endpoints.values { enqueue(endpoint) }
    case .end(let end): ended(end)
    case .page(let after, let page): arrived(page, after)
    case .rows(let number, let rows): arrived(rows, number)
    case .row(let number, let sequence, let row): arrived(row, sequence, number)
    case .members(let end, let records): arrived(records, of: end)
    case .written(let error): written(error)
    }
  }

  func enqueue(_ endpoint: Endpoint) {
    guard !endpoint.isQueued else { return }
    endpoint.isQueued = true
    ready.append(endpoint)
  }

  /// Looks at `endpoint` again then, or earlier.
  func look(at endpoint: Endpoint, _ time: Int64) {
    if let earlier = due.key(of: endpoint.number), earlier <= time { return }
    due.set(endpoint.number, key: time)
  }

  /// Nothing is under way, and with ``isOnce`` or at a stop nothing will be.
  private var isQuiet: Bool {
    traffic.inFlight == 0 && journal.isEmpty && pagesRead.isEmpty && ready.isEmpty && splits == 0
      && !endpoints.values.contains { $0.isReading || $0.isRecovering }
  }

  private func rest() {
    for continuation in idle { continuation.resume() }
    idle = []
  }
}

// MARK: The story of one delivery

extension Deliverer {
  /// One attempt; its end arrives later.
  func deliver(_ outgoing: Outgoing, to endpoint: Endpoint) {
    traffic.began(outgoing, endpoint)
    let number = endpoint.number
    sender.start(outgoing.message, number: outgoing.attempt, to: endpoint.address, now: Clock.now) { [arrivals] in
      arrivals.add(.end(AttemptEnd(endpoint: number, outgoing: outgoing, outcome: $0)))
    }
  }

  private func ended(_ end: AttemptEnd) {
    // An endpoint that left takes its traffic along.
    guard let endpoint = endpoints[end.endpoint] else { return }
    traffic.free(end.outgoing.lane, endpoint)
    enqueue(endpoint)
    // Cut off by a stop: nothing is known of it, and the next start sends it again.
    guard let outcome = end.outcome else { return }
    if outcome.isSuccess { succeeded(end.outgoing, endpoint, outcome) } else { failed(end.outgoing, endpoint, outcome) }
  }

  private func succeeded(_ outgoing: Outgoing, _ endpoint: Endpoint, _ outcome: AttemptOutcome) {
    let now = Clock.now
    endpoint.tally.succeeded(after: now.since(outgoing.seen).inMilliseconds)
    if endpoint.failures > 0 {
      log.notice(
        "delivers again after \(endpoint.failures) failed attempts", metadata: ["endpoint": "\(endpoint.name)"])
    }
    endpoint.failures = 0
    endpoint.lastFailure = nil
    answered(endpoint)
    drills.heard(outgoing.members, endpoint.name, outcome, at: now)
    switch outgoing.lane {
    case .first:
      traffic.closeSource(outgoing, endpoint)
      finished(outgoing.members, endpoint)
    case .retry: journal.add(.settled(endpoint.number, endpoint.name, outgoing.sequence))
    }
    obey(outcome, endpoint)
  }

  /// What a receiver asked for in its answer, beside the fate of the delivery.
  private func obey(_ outcome: AttemptOutcome, _ endpoint: Endpoint) {
    if outcome.status == Self.gone {
      disable(endpoint, "the receiver said that it is gone (410)", by: .daemon)
    } else if outcome.control == .disable {
      disable(endpoint, "the receiver asked for it (webhook-delivery: disable)", by: .daemon)
    }
  }

  private func failed(_ outgoing: Outgoing, _ endpoint: Endpoint, _ outcome: AttemptOutcome) {
    let now = Clock.now
    endpoint.tally.failedOnce()
    endpoint.failures += 1
    endpoint.lastFailure = outcome.summary
    let decision = RetryPolicy(waits: endpoint.webhook.retry).decide(
      outcome, attempt: outgoing.attempt, events: outgoing.members.count, now: now, random: Double.random(in: 0..<1))
    let isLast: Bool = if case .dead = decision.next { true } else { false }
    drills.heard(outgoing.members, endpoint.name, outcome, at: now, isLast: isLast)
    if let until = decision.endpointPausedUntil { pause(endpoint, until: until) }
    defer { obey(outcome, endpoint) }
    guard isCounted(outgoing, endpoint, outcome) else { return putBack(outgoing, endpoint) }
    if case .split = decision.next { return split(outgoing, of: endpoint, after: outcome) }
    var row = outgoing.row(of: endpoint.name, outcome, nextAt: nil, reason: outcome.summary)
    switch decision.next {
    case .delivered, .split: preconditionFailure("a failure is no success, and one row is not two")
    case .retry(let at): row.nextAt = at
    case .dead(let reason): row.reason = "\(reason.rawValue): \(outcome.summary)"
    }
    tell(row, of: endpoint)
    keep(row, of: endpoint, settling: outgoing)
  }

  /// RFC 9110 §15.5.11: "likely to be permanent".
  private static let gone = 410

  /// A probe that found nobody counts for nothing: the same delivery tries again.
  private func putBack(_ outgoing: Outgoing, _ endpoint: Endpoint) {
    switch outgoing.lane {
    case .first:
      traffic.closeSource(outgoing, endpoint)
      endpoint.held = outgoing
    case .retry: endpoint.waiting.returned(outgoing.sequence, due: Clock.monotonic)
    }
  }

  private func tell(_ row: StoredDelivery, of endpoint: Endpoint) {
    guard endpoint.failures == 1 || row.nextAt == nil else { return }
    let then = row.nextAt == nil ? "given up" : "tried again later"
    log.warning(
      "attempt \(row.attempts) of \(row.message) failed, \(then): \(row.reason)",
      metadata: ["endpoint": "\(endpoint.name)"])
  }

  /// Everything of `members` is delivered, or on disk as failed.
  func finished(_ members: [Int64], _ endpoint: Endpoint) {
    for sequence in members { endpoint.progress.finished(sequence) }
    journal.moved(endpoint.number, now: Clock.monotonic)
    enqueue(endpoint)
  }
}
