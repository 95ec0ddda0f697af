import Logging
import TickerDelivery
import TickerFetch
import TickerModel
import TickerSocket
public import TickerStore
public import TickerText

// The webhooks of the configuration, and the commands about them.

extension Engine {
  /// Endpoints stand at their positions before the first poll can record anything; those that left are forgotten.
  func openWebhooks(head: Int64) async throws(StoreError) {
    let webhooks = resolved.configuration.webhooks
    await deliverer.begin(at: head)
    try await store.forgetEndpoints(except: webhooks.map(\.name))
    let owing = try await store.endpointsWithWaitingDeliveries()
    for webhook in webhooks where webhook.enabled {
      guard let address = address(of: webhook) else { continue }
      try await deliverer.open(webhook, address, hasRows: owing.contains(webhook.name))
    }
  }

  /// Those of another configuration: a name keeps its place, one that left is forgotten, one that is off keeps all.
  func applyWebhooks(_ webhooks: [Webhook]) async {
    let wanted = webhooks.filter(\.enabled)
    do {
      let off = webhooks.filter { !$0.enabled }
      await deliverer.retain(Set(wanted.map(\.name)), off: Set(off.map(\.name)))
      try await store.forgetEndpoints(except: webhooks.map(\.name))
      let owing = try await store.endpointsWithWaitingDeliveries()
      for webhook in wanted {
        guard let address = address(of: webhook) else { continue }
        guard await !deliverer.update(webhook, address) else { continue }
        try await deliverer.open(webhook, address, hasRows: owing.contains(webhook.name))
      }
    } catch {
      log.error("a webhook could not be started: \(error.message)")
    }
  }

  private func address(of webhook: Webhook) -> EndpointAddress? {
    resolved.webhookURLs[webhook.name].map { url in
      EndpointAddress(
        name: webhook.name, url: MessageForm(webhook).place(url.text), urlIsSecret: url.isSecret,
        keys: resolved.keys[webhook.name] ?? [],
        allowNet: webhook.allowNet, timeout: webhook.timeout,
        access: resolved.access.webhooks[webhook.name] ?? FetchAccess())
    }
  }

  /// Every configured webhook, by name.
  func endpointOverviews() async -> [EndpointOverview] {
    let counts = (try? await store.deliveryCounts()) ?? [:]
    var overviews: [EndpointOverview] = []
    for webhook in resolved.configuration.webhooks.sorted(by: { $0.name < $1.name }) {
      var overview = await deliverer.overview(webhook) ?? EndpointOverview(webhook)
      overview.url = resolved.webhookURLs[webhook.name]?.shown ?? ""
      (overview.waiting, overview.dead) = counts[webhook.name] ?? (0, 0)
      overviews.append(overview)
    }
    return overviews
  }
}

// MARK: Commands

extension Engine {
  /// Bytes of a list in an answer: a line of the socket is at most 64 KiB.
  private static let longestList = 60 << 10
  /// Rows of a list in an answer.
  private static let mostRows = 200

  func act(_ command: WebhookCommand) async -> Result<[UInt8], CommandFailure> {
    do throws(CommandFailure) { return .success(try await answer(command).bytes) } catch { return .failure(error) }
  }

  private func answer(_ command: WebhookCommand) async throws(CommandFailure) -> JSONText {
    switch command {
    case .endpoints(let after):
      return Self.list("endpoints", await endpointOverviews().filter { $0.name > after }.map(\.json))
    case .deliveries(let dead, let endpoint, let after):
      let rows = try await stored { () async throws(StoreError) in
        try await store.deliveries(
          dead: dead, endpoint: endpoint, after: after.map { ($0.endpoint, $0.sequence) }, most: Self.mostRows)
      }
      return Self.list("deliveries", rows.map { DeliveryRow($0).json }, isMore: rows.count == Self.mostRows)
    case .showDead(let message, let endpoint):
      let letters = try await stored { () async throws(StoreError) in
        try await store.deadLetters(message, endpoint: endpoint)
      }
      guard !letters.isEmpty else { throw Self.noSuchLetter(message) }
      return Self.list("deliveries", letters.map { DeliveryRow($0, withBody: true).json })
    case .replayDead(let message, let endpoint):
      return try await replayed(message) { () async throws(Deliverer.Refusal) in
        try await deliverer.replayDead(message, endpoint: endpoint)
      }
    case .purgeDead(let message, let endpoint):
      var json = JSONText()
      json.member(
        "purged",
        try await stored { () async throws(StoreError) in
          try await store.purgeDeadLetters(message, endpoint: endpoint)
        })
      return json
    case .replay(let name, let from, let to, let rate): return try await replay(name, from, to, rate)
    case .enable(let name): return try await enable(name)
    case .disable(let name):
      guard await deliverer.disable(name) else { throw Self.noSuchWebhook(name) }
      return JSONText()
    case .test(let text, let endpoint): return try await drill(text, endpoint)
    }
  }

  private func replay(
    _ name: String, _ from: Cursor, _ to: Cursor, _ rate: Int?
  ) async throws(CommandFailure) -> JSONText {
    for cursor in [from, to] where cursor.epoch != store.epoch {
      throw CommandFailure(.epochMismatch, "\(cursor.text) is of another log; this one is \(store.epoch)")
    }
    let head = try await stored { () async throws(StoreError) in try await store.bounds().head }
    guard to.sequence <= head else {
      let newest = Cursor(epoch: store.epoch, sequence: head).text
      throw CommandFailure(.cursorAhead, "\(to.text) has not happened yet; the newest is \(newest)")
    }
    guard from.sequence <= to.sequence else {
      throw CommandFailure(.badCursor, "\(from.text) comes after \(to.text)")
    }
    return try await replayed(name) { () async throws(Deliverer.Refusal) in
      try await deliverer.replay(name, from: from.sequence, to: to.sequence, rate: rate)
    }
  }

  private func enable(_ name: String) async throws(CommandFailure) -> JSONText {
    let isKnown = try await stored { () async throws(StoreError) in try await deliverer.enable(name) }
    guard isKnown else { throw Self.noSuchWebhook(name) }
    return JSONText()
  }

  private func drill(_ text: String?, _ endpoint: String?) async throws(CommandFailure) -> JSONText {
    do throws(Deliverer.Refusal) {
      return try await deliverer.drill(text ?? Self.drillText, endpoint: endpoint).json
    } catch {
      throw failure(error, endpoint ?? "")
    }
  }

  private static let drillText = "This is a drill: nothing has happened"

  private func replayed(
    _ subject: String, _ work: () async throws(Deliverer.Refusal) -> Deliverer.Replayed
  ) async throws(CommandFailure) -> JSONText {
    let result: Deliverer.Replayed
    do throws(Deliverer.Refusal) { result = try await work() } catch { throw failure(error, subject) }
    var json = JSONText()
    json.member("delivered", result.delivered)
    json.member("failed", result.failed)
    json.member("reason", result.lastFailure)
    return json
  }

  private func stored<Value>(
    _ work: () async throws(StoreError) -> Value
  ) async throws(CommandFailure) -> Value {
    do throws(StoreError) { return try await work() } catch { throw CommandFailure(.failed, error.message) }
  }

  private func failure(_ refusal: Deliverer.Refusal, _ subject: String) -> CommandFailure {
    switch refusal {
    case .unknown: Self.noSuchWebhook(subject)
    case .noLetter: Self.noSuchLetter(subject)
    case .busy: CommandFailure(.busy, "a replay to \(VisibleText.escaped(subject)) is running already")
    case .store(let error): CommandFailure(.failed, error.message)
    }
  }

  private static func noSuchWebhook(_ name: String) -> CommandFailure {
    CommandFailure(.notFound, "no webhook of this name is configured and enabled: \(VisibleText.escaped(name))")
  }

  private static func noSuchLetter(_ message: String) -> CommandFailure {
    CommandFailure(.notFound, "no dead letter has this id: \(VisibleText.escaped(message))")
  }

  /// As many of `objects` as fit; `isMore` are not among them.
  private static func list(_ name: StaticString, _ objects: [JSONText], isMore: Bool = false) -> JSONText {
    let fitting = Bounded.prefix(objects, bytes: longestList)
    var json = JSONText()
    json.member(name, objects: fitting)
    if isMore || fitting.count < objects.count { json.member("more", true) }
    return json
  }
}

/// A kept delivery as `deliveries` and `dead` tell it. A value.
public struct DeliveryRow: Sendable {
  private let delivery: StoredDelivery
  private let withBody: Bool

  /// Bytes of a body that is shown; a line of the socket is at most 64 KiB, and quotes double what they are in.
  private static let longestBody = 24 << 10

  public init(_ delivery: StoredDelivery, withBody: Bool = false) {
    self.delivery = delivery
    self.withBody = withBody
  }

  /// `endpoint id type reason attempts last_status at`, of a waiting one `next_at`; `place` is where it stands in the
  /// list.
  public var json: JSONText {
    var json = JSONText()
    json.member("endpoint", delivery.endpoint)
    json.member("id", delivery.message)
    json.member("type", delivery.type)
    json.member("reason", delivery.reason)
    json.member("attempts", delivery.attempts)
    if let status = delivery.lastStatus { json.member("last_status", status) }
    json.member("at", delivery.at.text)
    json.member("next_at", delivery.nextAt?.text)
    json.member("sequence", Int(delivery.sequence))
    if withBody {
      json.member("content_type", delivery.contentType)
      json.member("body", EventEncoding.cut(String(decoding: delivery.body, as: UTF8.self), to: Self.longestBody))
    }
    return json
  }
}
