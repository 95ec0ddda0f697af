import TickerDelivery
import TickerModel
import TickerStore

// Which deliveries may start now: the lanes of each endpoint, in turn.

extension Deliverer {
  /// Rows handed to the journal and not on disk: more would be memory, not speed.
  private static let mostUnwritten = 64
  /// Events gathered behind a chat service; more are counted in the next message.
  private static let mostGathered = 200
  /// Pages of the log read at once.
  private static let mostPageReads = 2
  /// After the log or the rows could not be read.
  private static let pauseAfterFault: Int64 = 1_000_000_000

  /// One delivery of each endpoint that may start one, again and again, until none may or no place is left. A place at a
  /// host or for a retry goes on to the next one that waits for it when somebody does not take it.
  func startAll(_ now: Int64) {
    guard !isStopping else {
      for endpoint in ready { endpoint.isQueued = false }
      return ready = []
    }
    while traffic.inFlight < limits.all {
      let round = unparked() + ready
      ready = []
      if round.isEmpty { return }
      for (index, endpoint) in round.enumerated() {
        guard traffic.inFlight < limits.all else {
          // The others keep their turn, before those that had one.
          ready = Array(round[index...]) + ready
          break
        }
        endpoint.isQueued = false
        visit(endpoint, now)
      }
    }
  }

  /// Those that waited for a place that is free now, before those that were answered there just now. Whoever is ready
  /// anyway keeps that place.
  private func unparked() -> [Endpoint] {
    traffic.unpark(limits).compactMap { endpoints[$0] }.filter { endpoint in
      defer { endpoint.isQueued = true }
      return !endpoint.isQueued
    }
  }

  private func visit(_ endpoint: Endpoint, _ now: Int64) {
    guard endpoint.disabled == nil, !endpoint.isOff, !endpoint.isRecovering else { return }
    // One round attempts one after the other, until one fails.
    if isOnce, endpoint.failures + endpoint.firsts + endpoint.retries > 0 { return }
    if let until = endpoint.pausedUntil {
      guard until <= now else { return look(at: endpoint, until) }
      endpoint.pausedUntil = nil
    }
    switch endpoint.circuit.state {
    case .probing: return
    case .open(let probeAt):
      guard probeAt <= now else { return look(at: endpoint, probeAt) }
      guard endpoint.firsts + endpoint.retries + endpoint.unwritten == 0 else { return }
      endpoint.circuit.probe()
      let isStarted = startRetry(endpoint, now, probing: true) || startFirst(endpoint, now)
      if !isStarted { endpoint.circuit.abandonProbe(at: now) }
    case .closed:
      let isRetrying = startRetry(endpoint, now, probing: false)
      let isStarted = (isOnce && isRetrying) ? false : startFirst(endpoint, now)
      if isRetrying || isStarted { enqueue(endpoint) }
    }
  }
}

// MARK: Retries

extension Deliverer {
  /// The next row that is due, when there is a place for it. A probe takes any row.
  private func startRetry(_ endpoint: Endpoint, _ now: Int64, probing: Bool) -> Bool {
    guard endpoint.held == nil || !probing else { return false }
    if endpoint.waiting.mustRead() { readRows(endpoint) }
    guard endpoint.retries < DeliveryLimits.retriesPerEndpoint, let next = endpoint.waiting.next() else { return false }
    guard next.due <= now || probing else {
      look(at: endpoint, next.due)
      return false
    }
    guard traffic.retries < limits.retries else {
      traffic.parkRetry(endpoint)
      return false
    }
    guard takesMore(endpoint, now) else { return false }
    endpoint.waiting.began(next.sequence)
    traffic.take(.retry, endpoint)
    let number = endpoint.number
    let isOpen = store.delivery(of: endpoint.name, next.sequence) { [arrivals] row in
      arrivals.add(.row(endpoint: number, next.sequence, row))
    }
    if !isOpen { arrivals.add(.row(endpoint: number, next.sequence, nil)) }
    return true
  }

  private func readRows(_ endpoint: Endpoint) {
    guard !endpoint.isReading else { return }
    endpoint.isReading = true
    let number = endpoint.number
    let isOpen = store.waitingDeliveries(
      of: endpoint.name, inLogOrder: endpoint.webhook.ordered, most: WaitingRetries.most
    ) { [arrivals] rows in arrivals.add(.rows(endpoint: number, rows)) }
    if !isOpen { arrivals.add(.rows(endpoint: number, nil)) }
  }

  func arrived(_ rows: [WaitingDelivery]?, _ number: Int) {
    guard let endpoint = endpoints[number] else { return }
    endpoint.isReading = false
    guard let rows else { return look(at: endpoint, Clock.monotonic + Self.pauseAfterFault) }
    endpoint.waiting.read(
      rows.map { .init(sequence: $0.sequence, source: $0.source, due: Endpoint.monotonic($0.nextAt)) })
    enqueue(endpoint)
  }

  func arrived(_ row: StoredDelivery?, _ sequence: Int64, _ number: Int) {
    guard let endpoint = endpoints[number] else { return }
    guard let row, row.nextAt != nil else {
      giveBack(endpoint)
      return endpoint.waiting.removed(sequence)
    }
    guard !isStopping, !endpoint.isOff, endpoint.disabled == nil else {
      giveBack(endpoint)
      return endpoint.waiting.returned(sequence, due: Clock.monotonic)
    }
    if endpoint.isExpired(row.eventAt, now: Clock.now) {
      giveBack(endpoint)
      var dead = row
      dead.nextAt = nil
      dead.reason = "\(DeadReason.expired.rawValue): \(row.reason)"
      return keep(dead, of: endpoint, settling: nil)
    }
    deliver(Outgoing(row), to: endpoint)
  }

  /// The place that was taken for a retry is not needed.
  private func giveBack(_ endpoint: Endpoint) {
    traffic.free(.retry, endpoint)
    endpoint.circuit.abandonProbe(at: Clock.monotonic)
    enqueue(endpoint)
  }
}

// MARK: First attempts

extension Deliverer {
  /// The next delivery in the order of the log, when there is a place for it.
  private func startFirst(_ endpoint: Endpoint, _ now: Int64) -> Bool {
    guard endpoint.firsts < endpoint.places, endpoint.unwritten < Self.mostUnwritten, hasRoom(endpoint) else {
      return false
    }
    // What follows a batch waits for it, where order was promised.
    if endpoint.webhook.ordered, endpoint.openSources[StoredDelivery.several] != nil { return false }
    if let until = endpoint.circuit.heldUntil, until > now {
      look(at: endpoint, until)
      return false
    }
    guard !traffic.isFull(endpoint) else {
      traffic.park(endpoint)
      return false
    }
    guard let outgoing = nextOutgoing(endpoint, now) else { return false }
    deliver(outgoing, to: endpoint)
    return true
  }

  /// Whether the places of all are shared fairly with one more for `endpoint`: when half of them are taken each endpoint
  /// has one, and those that look down have a quarter together.
  private func hasRoom(_ endpoint: Endpoint) -> Bool {
    if endpoint.isTroubled, traffic.troubled >= limits.troubled {
      look(at: endpoint, Clock.monotonic + Self.pauseAfterFault)
      return false
    }
    return endpoint.firsts == 0 || traffic.inFlight < max(1, limits.all / 2)
  }

  private func nextOutgoing(_ endpoint: Endpoint, _ now: Int64) -> Outgoing? {
    if let held = endpoint.held {
      endpoint.held = nil
      guard endpoint.isExpired(held.eventAt, now: Clock.now) else { return held }
      bury(held, endpoint)
      return nextOutgoing(endpoint, now)
    }
    if endpoint.webhook.batch != nil || endpoint.pace != nil { return nextOfGathered(endpoint, now) }
    return nextEntry(endpoint, now).map { entry in
      endpoint.progress.began(entry.sequence)
      return Outgoing(entry, endpoint.form)
    }
  }

  /// The next event that is for `endpoint` and may start; not begun yet.
  private func nextEntry(_ endpoint: Endpoint, _ now: Int64) -> LogEntry? {
    while endpoint.unwritten < Self.mostUnwritten {
      var position = endpoint.progress.readTo
      let look = window.next(after: &position)
      if position > endpoint.progress.readTo { pass(endpoint, to: position) }
      switch look {
      case .head: return nil
      case .missing:
        readPage(after: position, for: endpoint)
        return nil
      case .entry(let entry):
        guard endpoint.accepts(entry), !endpoint.progress.isSettled(entry.sequence) else {
          pass(endpoint, to: entry.sequence)
          continue
        }
        if endpoint.isExpired(entry.record.at, now: Clock.now) {
          bury(entry, endpoint)
        } else if !endpoint.webhook.ordered {
          return entry
        } else if endpoint.openSources[entry.record.source] != nil || endpoint.waiting.isMoreOnDisk {
          return nil
        } else if !endpoint.waiting.isBlocked(entry.record.source) {
          return entry
        } else if endpoint.waiting.isFull {
          return nil
        } else {
          queue(entry, endpoint)
        }
      }
    }
    return nil
  }

  /// The filter holds back what lies up to there.
  private func pass(_ endpoint: Endpoint, to sequence: Int64) {
    endpoint.progress.skipped(to: sequence)
    journal.moved(endpoint.number, now: Clock.monotonic)
  }

  /// Too old to be told: a dead letter without a body, which can be made of the log.
  private func bury(_ entry: LogEntry, _ endpoint: Endpoint) {
    endpoint.progress.began(entry.sequence)
    let message = WebhookMessage(id: entry.event.id, contentType: WebhookMessage.jsonType, body: [])
    bury(Outgoing(entry, message), endpoint)
  }

  private func bury(_ outgoing: Outgoing, _ endpoint: Endpoint) {
    let row = StoredDelivery(
      endpoint: endpoint.name, sequence: outgoing.sequence, message: outgoing.message.id, type: outgoing.type,
      source: outgoing.source, contentType: outgoing.message.contentType, body: outgoing.message.body,
      eventAt: outgoing.eventAt, attempts: 0, nextAt: nil, lastStatus: nil,
      reason: "\(DeadReason.expired.rawValue): older than \(Quantity.text(endpoint.webhook.expiresAfter))",
      at: Clock.now, members: outgoing.members)
    keep(row, of: endpoint, settling: outgoing.unsent)
  }

  /// Order was promised, and something of the same source waits: this waits behind it, on disk.
  private func queue(_ entry: LogEntry, _ endpoint: Endpoint) {
    endpoint.progress.began(entry.sequence)
    let outgoing = Outgoing(entry, endpoint.form)
    let row = StoredDelivery(
      endpoint: endpoint.name, sequence: entry.sequence, message: outgoing.message.id, type: outgoing.type,
      source: outgoing.source, contentType: outgoing.message.contentType, body: outgoing.message.body,
      eventAt: outgoing.eventAt, attempts: 0, nextAt: Clock.now, lastStatus: nil,
      reason: "waits behind an earlier event of its source", at: Clock.now)
    keep(row, of: endpoint, settling: outgoing.unsent)
    // Known before it is on disk, or the next one would not wait behind it.
    endpoint.waiting.kept(.init(sequence: entry.sequence, source: entry.record.source, due: Clock.monotonic))
    endpoint.waiting.began(entry.sequence)
  }

  private func readPage(after position: Int64, for endpoint: Endpoint) {
    waitForPage.append(endpoint)
    guard pagesRead.count < Self.mostPageReads, pagesRead.insert(position).inserted else { return }
    store.page(after: position) { [arrivals] page in arrivals.add(.page(after: position, page)) }
  }

  /// How far every endpoint has come that reads the log at all.
  private var passed: Int64 {
    endpoints.values.reduce(.max) { lowest, endpoint in
      endpoint.disabled == nil && !endpoint.isOff ? min(lowest, endpoint.progress.readTo) : lowest
    }
  }

  func arrived(_ page: LogPage?, _ after: Int64) {
    pagesRead.remove(after)
    if let page { window.add(page, after: after, passed: passed) }
    let waiting = waitForPage
    waitForPage = []
    for endpoint in waiting {
      if page != nil { enqueue(endpoint) } else { look(at: endpoint, Clock.monotonic + Self.pauseAfterFault) }
    }
  }
}

// MARK: Several events in one message

extension Deliverer {
  /// What was gathered, when it is time: the operator's batch, or what a chat service takes next.
  private func nextOfGathered(_ endpoint: Endpoint, _ now: Int64) -> Outgoing? {
    let batch = endpoint.webhook.batch
    let isFull = gather(endpoint, most: batch?.maxItems ?? Self.mostGathered, now)
    guard !endpoint.gathered.isEmpty else { return nil }
    // Several events of several sources: where order was promised, nothing else is under way.
    if endpoint.webhook.ordered, endpoint.firsts > 0 { return nil }
    if let batch, !isFull, !isOnce {
      let time = endpoint.gatheredAt + batch.maxWait.inNanoseconds
      guard time <= now else {
        look(at: endpoint, time)
        return nil
      }
    }
    guard takesMore(endpoint, now) else { return nil }
    let isSeveral = batch != nil || endpoint.gathered.count > MessagePace.longestQueue
    let entries = isSeveral ? endpoint.gathered : Array(endpoint.gathered.prefix(1))
    endpoint.gathered.removeFirst(entries.count)
    endpoint.gatheredAt = now
    return Outgoing(entries, as: batch == nil ? .collapsed : .batch, endpoint.form)
  }

  /// Takes what is there; true when no more fits into one message.
  private func gather(_ endpoint: Endpoint, most: Int, _ now: Int64) -> Bool {
    var bytes = endpoint.gathered.reduce(0) { $0 + Self.size($1) }
    while endpoint.gathered.count < most, let entry = nextEntry(endpoint, now) {
      bytes += Self.size(entry)
      // One that fits into no batch at all is one of its own.
      if bytes > Bundle.mostBytes, !endpoint.gathered.isEmpty { return true }
      if endpoint.gathered.isEmpty { endpoint.gatheredAt = now }
      endpoint.progress.began(entry.sequence)
      endpoint.gathered.append(entry)
    }
    return endpoint.gathered.count >= most
  }

  private static func size(_ entry: LogEntry) -> Int { entry.record.body.count + 512 }

  /// Whether a chat service takes another message now; any other receiver always does.
  private func takesMore(_ endpoint: Endpoint, _ now: Int64) -> Bool {
    guard endpoint.pace != nil, !isOnce else { return true }
    if endpoint.pace?.take(now: now) == true { return true }
    if let next = endpoint.pace?.next(now: now) { look(at: endpoint, next) }
    return false
  }
}
