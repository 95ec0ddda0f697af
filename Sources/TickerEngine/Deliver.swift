import Logging
import TickerDelivery
import TickerModel
import TickerStore

/// Brings the events of the log to one webhook. An actor: its loop reads the log in order, starts first attempts with
/// bounded concurrency, and retries what failed from rows on disk, in a lane of its own.
actor Endpoint {
  /// Retries run beside the first attempts, never instead of them.
  private static let retryConcurrency = 2
  /// Rows read at once from the waiting ones.
  private static let retryPage = 16
  /// After the log or the rows could not be read.
  private static let pauseAfterFault = Duration.seconds(1)

  let name: String
  private let store: Store
  private let sender: WebhookSender
  private let positions: Positions
  private let log: Logger
  private let wake = Wake()
  private var webhook: Webhook
  private var address: EndpointAddress
  private var progress = DeliveryProgress(cursor: 0)
  private var ready: [LogRecord] = []
  private var retrying: Set<Int64> = []
  private var attempts: [Int64: Task<Void, Never>] = [:]
  private var pausedUntil: Timestamp?
  private var timer: Task<Void, Never>?
  private var isStopping = false
  private var failures = 0
  private(set) var lastFailure: String?
  private(set) var delivered = 0

  init(
    webhook: Webhook, address: EndpointAddress, store: Store, sender: WebhookSender, positions: Positions, log: Logger
  ) {
    name = webhook.name
    self.webhook = webhook
    self.address = address
    self.store = store
    self.sender = sender
    self.positions = positions
    self.log = log
  }

  /// Anything new in the log? Any thread.
  nonisolated func ring() { wake.ring() }

  /// Takes another filter, URL, secret or schedule; the position stays.
  func update(_ webhook: Webhook, address: EndpointAddress) {
    self.webhook = webhook
    self.address = address
    ring()
  }

  /// Reads the position; a new endpoint's is the head of the log now. Before ``run()`` and ``drainOnce()``.
  func open() async throws(StoreError) {
    progress = DeliveryProgress(cursor: try await store.openEndpoint(name))
  }

  /// Delivers until ``stop()``.
  func run() async {
    ring()
    for await _ in wake.rings where !isStopping { await step() }
  }

  /// Starts no further attempt.
  func stop() {
    isStopping = true
    timer?.cancel()
    wake.finish()
  }

  /// Returns when no attempt is in flight. What the fetcher's stop cuts off is sent again after the next start.
  func finishAttempts() async {
    while let attempt = attempts.values.first { await attempt.value }
  }

  /// Everything of the log up to here is settled.
  var cursor: Int64 { progress.cursor }

  /// Attempts whatever is due, one after the other, until the backlog is empty or one attempt fails; the failure.
  func drainOnce() async -> String? {
    let now = Clock.now
    let due = ((try? await store.waitingDeliveries(of: name, most: Int(Int32.max))) ?? []).filter {
      $0.nextAt ?? now <= now
    }
    for row in due {
      await retry(row)
      if let lastFailure { return lastFailure }
    }
    while await readAhead() {
      while let record = ready.first {
        ready.removeFirst()
        progress.began(record.sequence)
        await deliver(record)
        if let lastFailure { return lastFailure }
      }
    }
    return nil
  }
}

extension Endpoint {
  /// The story of one delivery: build the message, attempt it, settle it or keep it for later.
  private func deliver(_ record: LogRecord) async {
    let message = WebhookMessage(record, epoch: store.epoch)
    guard let outcome = await sender.attempt(message, number: 1, to: address, now: Clock.now) else { return }
    let isSettled = await settle(outcome, message, record.sequence, type: record.type, attempt: 1, isKept: false)
    // Without a row on disk the position must not pass it: it is attempted again after the next start.
    guard isSettled else { return }
    progress.finished(record.sequence)
    await positions.note(name, progress.cursor)
    ring()
  }

  private func retry(_ row: StoredDelivery) async {
    let message = WebhookMessage(id: row.message, contentType: WebhookMessage.jsonType, body: row.body)
    let attempt = row.attempts + 1
    guard let outcome = await sender.attempt(message, number: attempt, to: address, now: Clock.now) else { return }
    _ = await settle(outcome, message, row.sequence, type: row.type, attempt: attempt, isKept: true)
    retrying.remove(row.sequence)
    ring()
  }

  /// Forgets a delivery that succeeded, keeps one that did not; false when that could not be written.
  private func settle(
    _ outcome: AttemptOutcome, _ message: WebhookMessage, _ sequence: Int64, type: String, attempt: Int, isKept: Bool
  ) async -> Bool {
    let now = Clock.now
    let decision = RetryPolicy(waits: webhook.retry).decide(
      outcome, attempt: attempt, now: now, random: Double.random(in: 0..<1))
    if let until = decision.endpointPausedUntil { pausedUntil = max(pausedUntil ?? until, until) }
    var row = StoredDelivery(
      endpoint: name, sequence: sequence, message: message.id, type: type, body: message.body, attempts: attempt,
      nextAt: nil, lastStatus: outcome.status, reason: outcome.summary, at: now)
    switch decision.next {
    case .delivered:
      noteSuccess()
      guard isKept else { return true }
      return await write { () throws(StoreError) in try await store.settle(endpoint: name, sequence: sequence) }
    case .retry(let at): row.nextAt = at
    case .dead(let reason): row.reason = "\(reason.rawValue): \(outcome.summary)"
    }
    noteFailure(row)
    let kept = row
    return await write { () throws(StoreError) in try await store.keep(kept) }
  }

  private func write(_ work: () async throws(StoreError) -> Void) async -> Bool {
    while true {
      do throws(StoreError) {
        try await work()
        return true
      } catch {
        log.error("a delivery could not be recorded: \(error.message)", metadata: ["endpoint": "\(name)"])
        if isStopping || error.kind == .closed { return false }
        try? await Task.sleep(for: Self.pauseAfterFault)
      }
    }
  }

  private func noteSuccess() {
    delivered += 1
    lastFailure = nil
    if failures > 0 {
      log.notice("delivers again after \(failures) failed attempts", metadata: ["endpoint": "\(name)"])
    }
    failures = 0
  }

  private func noteFailure(_ row: StoredDelivery) {
    failures += 1
    lastFailure = row.reason
    let isDead = row.nextAt == nil
    if failures == 1 || isDead {
      let then = isDead ? "given up" : "tried again later"
      log.warning(
        "attempt \(row.attempts) of \(row.message) failed, \(then): \(row.reason)", metadata: ["endpoint": "\(name)"])
    }
  }
}

extension Endpoint {
  /// Starts what may start now, and sets the timer for what may start later.
  private func step() async {
    timer?.cancel()
    if let until = pausedUntil, until > Clock.now { return ring(at: until) }
    pausedUntil = nil
    await startRetries()
    while progress.inFlight < webhook.concurrency, !isStopping {
      if ready.isEmpty, !(await readAhead()) { break }
      guard let record = ready.first else { continue }
      ready.removeFirst()
      progress.began(record.sequence)
      attempts[record.sequence] = Task {
        await deliver(record)
        attempts[record.sequence] = nil
      }
    }
  }

  /// Reads the next page of the log into ``ready``; false at the head.
  private func readAhead() async -> Bool {
    do throws(StoreError) {
      let page = try await store.page(after: progress.readTo)
      guard let last = page.records.last else { return false }
      let filter = webhook.filter.announcing
      ready = page.records.filter(filter.passes)
      // What the filter holds back at the end of the page is settled at once; what it passes begins one by one.
      if ready.isEmpty {
        progress.skipped(to: last.sequence)
        await positions.note(name, progress.cursor)
      }
      return true
    } catch {
      ring(at: Clock.now + Self.pauseAfterFault)
      return false
    }
  }

  private func startRetries() async {
    let waiting = (try? await store.waitingDeliveries(of: name, most: Self.retryPage)) ?? []
    for row in waiting where !retrying.contains(row.sequence) {
      guard let due = row.nextAt, due <= Clock.now else {
        if let due = row.nextAt { ring(at: due) }
        return
      }
      guard retrying.count < Self.retryConcurrency, !isStopping else { return }
      retrying.insert(row.sequence)
      attempts[row.sequence] = Task {
        await retry(row)
        attempts[row.sequence] = nil
      }
    }
  }

  private func ring(at time: Timestamp) {
    timer?.cancel()
    timer = Task {
      try? await Task.sleep(for: time.since(Clock.now))
      if !Task.isCancelled { ring() }
    }
  }
}
