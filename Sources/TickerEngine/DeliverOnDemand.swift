import Logging
import TickerDelivery
import TickerModel
import TickerStore
import TickerText

// Deliveries that a person asks for: the drill, a stretch of the log once more, a dead letter once more. A replay is one
// attempt each, without effect on circuit and schedule, and works on an endpoint that is disabled.

extension Deliverer {
  /// Longer than an attempt may take by default: 15 s, and the 5 s of a first retry.
  static let drillPatience = Duration.seconds(20)

  /// How a replay ended.
  struct Replayed: Sendable {
    var delivered = 0
    var failed = 0
    var lastFailure: String?
  }

  enum Refusal: Error {
    /// No webhook of this name is configured and enabled.
    case unknown
    /// No dead letter has this id.
    case noLetter
    /// A replay of it runs already.
    case busy
    case store(StoreError)
  }

  /// Records a drill and waits until every endpoint that takes it has it, or the time is over.
  func drill(_ text: String, endpoint only: String?) async throws(Refusal) -> DrillReport {
    if let only, endpoint(only) == nil { throw .unknown }
    let record: LogRecord
    do throws(StoreError) {
      record = try await store.append(EndpointEvents.drill(text, endpoint: only, now: Clock.now))
    } catch {
      throw .store(error)
    }
    let entry = LogEntry(record, epoch: store.epoch)
    let expected = Set(endpoints.values.filter { !$0.isOff && $0.accepts(entry) }.map(\.name))
    // Who is disabled is not waited for.
    let awaited = expected.filter { endpoint($0)?.disabled == nil }
    let sequence = record.sequence
    drills.began(sequence)
    let limit = Task {
      try? await Task.sleep(for: Self.drillPatience)
      if !Task.isCancelled { drills.wake(sequence) }
    }
    await withCheckedContinuation { drills.wait(sequence, for: awaited, $0) }
    limit.cancel()
    let results = drills.results(sequence)
    drills.end(sequence)
    let rows = expected.sorted().map { name in
      DrillReport.Row(endpoint: name, result: results[name] ?? .init(reason: whyNot(name, sequence)))
    }
    return DrillReport(cursor: entry.event.cursor, at: record.at, rows: rows)
  }

  /// Why an endpoint has not even been told.
  private func whyNot(_ name: String, _ sequence: Int64) -> String {
    guard let endpoint = endpoint(name) else { return "it left the configuration" }
    if let disabled = endpoint.disabled { return "disabled: \(disabled.reason)" }
    if let failing = endpoint.failing { return "its circuit is open: \(failing.reason)" }
    if let until = endpoint.pausedUntil, until > Clock.monotonic {
      return "it asked for quiet until \(Endpoint.wall(until).textToTheSecond)"
    }
    return "not within \(Quantity.text(Self.drillPatience)); it is \(sequence - endpoint.progress.cursor) events behind"
  }

  /// Sends the events from the one cursor to the other, both included, once more, as many a second as `rate` says.
  func replay(
    _ name: String, from first: Int64, to last: Int64, rate: Int?
  ) async throws(Refusal) -> Replayed {
    guard let endpoint = endpoint(name) else { throw .unknown }
    guard !endpoint.isReplaying else { throw .busy }
    endpoint.isReplaying = true
    defer { endpoint.isReplaying = false }
    var result = Replayed()
    var position = first - 1
    let start = Clock.monotonic
    while position < last {
      let page: LogPage
      do throws(StoreError) { page = try await store.page(after: position) } catch { throw .store(error) }
      guard let end = page.records.last else { break }
      for record in page.records where record.sequence <= last {
        let entry = LogEntry(record, epoch: store.epoch)
        guard endpoint.accepts(entry) else { continue }
        await waitForTurn(endpoint, result.delivered + result.failed, start, rate)
        guard !isStopping, endpoints[endpoint.number] != nil else { return result }
        await replay(Outgoing(entry, endpoint.form), to: endpoint, &result)
      }
      position = end.sequence
    }
    log.notice(
      "replayed \(result.delivered) events, \(result.failed) failed", metadata: ["endpoint": "\(name)"])
    return result
  }

  private func replay(_ outgoing: Outgoing, to endpoint: Endpoint, _ result: inout Replayed) async {
    guard
      let outcome = await sender.attempt(outgoing.message, number: 1, to: endpoint.address, now: Clock.now)
    else { return }
    if outcome.isSuccess { return result.delivered += 1 }
    result.failed += 1
    result.lastFailure = outcome.summary
    if outcome.status == 429 || outcome.retryAfter != nil {
      let asked = outcome.retryAfter ?? endpoint.webhook.retry.first ?? .seconds(1)
      pause(endpoint, until: Clock.now + min(asked, RetryPolicy.longestExtension))
    }
  }

  /// At the pace that was asked for, the one a chat service allows, and not while the receiver asks for quiet.
  private func waitForTurn(_ endpoint: Endpoint, _ sent: Int, _ start: Int64, _ rate: Int?) async {
    if let rate {
      let time = start + Int64(sent) * 1_000_000_000 / Int64(rate)
      try? await Task.sleep(for: .nanoseconds(max(0, time - Clock.monotonic)))
    }
    while let until = endpoint.pausedUntil, until > Clock.monotonic, !isStopping {
      try? await Task.sleep(for: min(.seconds(1), .nanoseconds(until - Clock.monotonic)))
    }
    while endpoint.pace != nil, endpoint.pace?.take(now: Clock.monotonic) == false, !isStopping {
      let wait = (endpoint.pace?.next(now: Clock.monotonic) ?? 0) - Clock.monotonic
      try? await Task.sleep(for: .nanoseconds(max(1_000_000, wait)))
    }
  }

  /// Sends the dead letters with this `webhook-id` once more, one attempt each; those that arrive are no longer dead.
  func replayDead(_ message: String, endpoint only: String?) async throws(Refusal) -> Replayed {
    let letters: [StoredDelivery]
    do throws(StoreError) { letters = try await store.deadLetters(message, endpoint: only) } catch {
      throw .store(error)
    }
    guard !letters.isEmpty else { throw .noLetter }
    var result = Replayed()
    for letter in letters {
      guard let endpoint = endpoint(letter.endpoint) else {
        result.failed += 1
        result.lastFailure = "no webhook \(letter.endpoint) is configured any more"
        continue
      }
      guard let outgoing = await outgoing(letter, endpoint) else {
        result.failed += 1
        result.lastFailure = "the log does not hold it any more"
        continue
      }
      await replayDead(letter, outgoing, endpoint, &result)
    }
    return result
  }

  private func replayDead(
    _ letter: StoredDelivery, _ outgoing: Outgoing, _ endpoint: Endpoint, _ result: inout Replayed
  ) async {
    let number = letter.attempts + 1
    guard
      let outcome = await sender.attempt(outgoing.message, number: number, to: endpoint.address, now: Clock.now)
    else { return }
    var changes = DeliveryChanges()
    if outcome.isSuccess {
      result.delivered += 1
      changes.settled = [(letter.endpoint, letter.sequence)]
    } else {
      result.failed += 1
      result.lastFailure = outcome.summary
      var row = letter
      row.attempts = number
      row.lastStatus = outcome.status
      row.reason = "replayed: \(outcome.summary)"
      row.at = Clock.now
      changes.kept = [row]
    }
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      if !store.apply(changes, completion: { _ in continuation.resume() }) { continuation.resume() }
    }
  }

  /// A dead letter's message as it was, or made of the log where none was made.
  private func outgoing(_ letter: StoredDelivery, _ endpoint: Endpoint) async -> Outgoing? {
    guard letter.body.isEmpty else { return Outgoing(letter) }
    guard let page = try? await store.page(after: letter.sequence - 1), let record = page.records.first,
      record.sequence == letter.sequence
    else { return nil }
    return Outgoing(LogEntry(record, epoch: store.epoch), endpoint.form)
  }
}

/// What came of a drill.
struct DrillReport: Sendable {
  struct Row: Sendable {
    let endpoint: String
    let result: Drills.Result
  }

  let cursor: String
  let at: Timestamp
  /// By name.
  let rows: [Row]

  /// `cursor at endpoints: [endpoint at milliseconds status reason]`.
  var json: JSONText {
    var json = JSONText()
    json.member("cursor", cursor)
    json.member("at", at.text)
    let objects = rows.map { row in
      var json = JSONText()
      json.member("endpoint", row.endpoint)
      json.member("at", row.result.at?.text)
      if let at = row.result.at { json.member("milliseconds", Int(max(0, at.since(self.at).inMilliseconds))) }
      if let status = row.result.status { json.member("status", status) }
      json.member("reason", row.result.reason)
      return json
    }
    json.member("endpoints", objects: Bounded.prefix(objects, bytes: 60 << 10))
    json.member("heard", rows.count { $0.result.at != nil })
    json.member("count", rows.count)
    return json
  }
}
