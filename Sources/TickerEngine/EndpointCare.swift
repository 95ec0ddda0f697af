import Logging
import TickerDelivery
import TickerModel
import TickerStore

// What becomes of an endpoint as a whole: quiet on request, the circuit, being disabled and enabled, what it missed.

extension Deliverer {
  /// Newest events in a digest.
  private static let digestItems = 10

  /// The receiver asked for quiet: nothing is sent before then.
  func pause(_ endpoint: Endpoint, until: Timestamp) {
    let time = Endpoint.monotonic(until)
    guard time > endpoint.pausedUntil ?? .min else { return }
    endpoint.pausedUntil = time
    remember(endpoint)
  }

  /// Somebody was there: the circuit closes.
  func answered(_ endpoint: Endpoint) {
    guard endpoint.circuit.answered() else { return }
    if let (since, reason) = endpoint.failing {
      log.notice(
        "takes deliveries again, after it failed since \(since.textToTheSecond)",
        metadata: ["endpoint": "\(endpoint.name)"])
      tell(EndpointEvents.recovered(endpoint.name, reason: reason, since: since, now: Clock.now))
    }
    endpoint.failing = nil
    remember(endpoint)
    recover(endpoint)
  }

  /// Whether a failed attempt counts as one: not the probe of an open circuit that found nobody.
  func isCounted(_ outgoing: Outgoing, _ endpoint: Endpoint, _ outcome: AttemptOutcome) -> Bool {
    guard outcome.isDown else {
      answered(endpoint)
      return true
    }
    let isProbe = endpoint.circuit.state == .probing
    if endpoint.circuit.failed(at: Clock.monotonic) { opened(endpoint, outcome) }
    guard isProbe else { return true }
    remember(endpoint)
    if let failing = endpoint.failing { judge(endpoint, failing.since, outcome) }
    return false
  }

  /// A receiver that took nothing for days: people are warned, and at last it is left alone.
  private func judge(_ endpoint: Endpoint, _ since: Timestamp, _ outcome: AttemptOutcome) {
    let now = Clock.now
    let duration = now.since(since)
    if endpoint.circuit.isHopeless(failingFor: duration) {
      disable(endpoint, "it took nothing since \(since.textToTheSecond): \(outcome.summary)", by: .daemon)
    } else if let days = endpoint.circuit.warning(failingFor: duration) {
      let most = Circuit.longestFailing
      log.warning(
        """
        has taken nothing for \(Quantity.text(days)), and after \(Quantity.text(most)) is disabled: \(outcome.summary)
        """, metadata: ["endpoint": "\(endpoint.name)"])
      tell(
        EndpointEvents.stillFailing(
          endpoint.name, reason: outcome.summary, since: since, for: days, most: most, now: now))
    }
  }

  private func opened(_ endpoint: Endpoint, _ outcome: AttemptOutcome) {
    let now = Clock.now
    endpoint.failing = (now, outcome.summary)
    remember(endpoint)
    log.error(
      "takes nothing after \(endpoint.circuit.failures) failures in a row; one delivery tries now and then: \(outcome.summary)",
      metadata: ["endpoint": "\(endpoint.name)"])
    tell(EndpointEvents.failing(endpoint.name, reason: outcome.summary, since: now, now: now))
  }

  /// Nothing is sent any more before ``enable(_:)``.
  func disable(_ endpoint: Endpoint, _ reason: String, by disabler: EndpointState.Disabler) {
    guard endpoint.disabled == nil else { return }
    let now = Clock.now
    endpoint.disabled = EndpointState.Disabled(since: now, reason: reason, by: disabler)
    remember(endpoint)
    let then = "; tickerd enable \(endpoint.name) makes it go on"
    if disabler == .daemon {
      log.error("is disabled: \(reason)\(then)", metadata: ["endpoint": "\(endpoint.name)"])
    } else {
      log.notice("is disabled: \(reason)\(then)", metadata: ["endpoint": "\(endpoint.name)"])
    }
    tell(EndpointEvents.disabled(endpoint.name, reason: reason, now: now))
  }

  /// A person disables an endpoint; false when there is none of this name. Returns when that is on disk.
  func disable(_ name: String) async -> Bool {
    guard let endpoint = endpoint(name) else { return false }
    disable(endpoint, "by a person", by: .person)
    await storeState(of: endpoint)
    return true
  }

  /// Makes an endpoint go on at once, with a closed circuit and no pause; what it lost to a 410 is due again. False
  /// when there is none of this name. Returns when that is on disk.
  func enable(_ name: String) async throws(StoreError) -> Bool {
    guard let endpoint = endpoint(name) else { return false }
    let wasDown = endpoint.disabled != nil || endpoint.failing != nil
    endpoint.disabled = nil
    endpoint.failing = nil
    endpoint.pausedUntil = nil
    endpoint.circuit = Circuit(endpoint.webhook.circuit)
    endpoint.failures = 0
    endpoint.lastFailure = nil
    let revived = try await store.reviveDeadLetters(of: name, reason: DeadReason.gone.rawValue, now: Clock.now)
    if revived > 0 { endpoint.waiting.lookAgain() }
    await storeState(of: endpoint)
    log.notice("is enabled", metadata: ["endpoint": "\(name)"])
    if wasDown { recover(endpoint) }
    enqueue(endpoint)
    arrivals.ring()
    return true
  }

  private func storeState(of endpoint: Endpoint) async {
    var changes = DeliveryChanges()
    changes.states[endpoint.name] = endpoint.state
    let error: StoreError? = await withCheckedContinuation { continuation in
      let isOpen = store.apply(changes) { continuation.resume(returning: $0) }
      if !isOpen { continuation.resume(returning: nil) }
    }
    if let error { log.error("the state of \(endpoint.name) could not be recorded: \(error.message)") }
  }

  /// Puts an event about an endpoint into the log, for everybody else.
  private func tell(_ event: Event) {
    Task { [store, log] in
      do throws(StoreError) { _ = try await store.append(event) } catch {
        log.error("an event about a webhook could not be recorded: \(error.message)")
      }
    }
  }
}

// MARK: What it missed

extension Deliverer {
  private func recover(_ endpoint: Endpoint) {
    guard endpoint.webhook.onRecover != .all, !endpoint.isRecovering, !isStopping else { return }
    endpoint.isRecovering = true
    Task {
      await passOver(endpoint)
      endpoint.isRecovering = false
      enqueue(endpoint)
      arrivals.ring()
    }
  }

  /// Passes over what `on_recover` does not want of the backlog; nothing of the endpoint is under way.
  private func passOver(_ endpoint: Endpoint) async {
    guard let backlog = await backlog(of: endpoint), let newest = backlog.newest.last else { return }
    switch endpoint.webhook.onRecover {
    case .all: return
    case .latest(let most):
      guard backlog.count > most, let first = backlog.newest.first else { return }
      passOverRows(of: endpoint)
      endpoint.progress.skipped(to: first.sequence - 1)
      log.notice(
        """
        passes over \(backlog.count - most) events from \(backlog.first) on; to send them all the same: tickerd replay \
        --endpoint \(endpoint.name) --from \(backlog.first) --to CURSOR
        """, metadata: ["endpoint": "\(endpoint.name)"])
    case .digest:
      guard backlog.count > 1 else { return }
      passOverRows(of: endpoint)
      endpoint.progress.skipped(to: newest.sequence - 1)
      endpoint.progress.began(newest.sequence)
      let bundle = Bundle(.digest, backlog.newest.map(\.event), count: backlog.count, first: backlog.first)
      endpoint.held = Outgoing(bundle, endpoint.form, members: [newest.sequence])
    }
    journal.moved(endpoint.number, now: Clock.monotonic)
  }

  private func passOverRows(of endpoint: Endpoint) {
    guard !endpoint.waiting.isEmpty else { return }
    endpoint.waiting.removeAll()
    journal.add(.passedOver(endpoint.name, reason: "\(DeadReason.passed.rawValue): passed over at its recovery"))
  }

  /// How many events of the log wait for `endpoint`, and the newest of them, ascending; nil when it cannot be read.
  private func backlog(
    of endpoint: Endpoint
  ) async -> (count: Int, first: String, newest: [LogEntry])? {
    let most: Int = if case .latest(let most) = endpoint.webhook.onRecover { most } else { Self.digestItems }
    let head = window.head
    var position = endpoint.progress.readTo
    var (count, first, newest) = (0, "", [LogEntry]())
    while position < head {
      guard let page = try? await store.page(after: position) else { return nil }
      guard let last = page.records.last else { break }
      for record in page.records where record.sequence <= head {
        let entry = LogEntry(record, epoch: store.epoch)
        guard endpoint.accepts(entry), !endpoint.progress.isSettled(entry.sequence) else { continue }
        if count == 0 { first = entry.event.cursor }
        count += 1
        newest.append(entry)
        if newest.count >= 2 * most { newest.removeFirst(newest.count - most) }
      }
      position = last.sequence
    }
    return (count, first, Array(newest.suffix(most)))
  }
}
