public import TickerModel

/// What a webhook carries: built once from a row of the log, identical on every attempt, replay and machine.
public struct WebhookMessage: Sendable, Equatable {
  /// The value of `webhook-id`; without a dot, which separates the signed parts.
  public let id: String
  /// The value of `content-type`.
  public let contentType: String
  /// At most ``longestBody`` bytes.
  public let body: [UInt8]

  /// CloudEvents' intermediaries must forward up to 64 KiB; a log's body leaves room for what is put around it.
  public static let longestBody = 64 << 10

  /// The content type of Standard Webhooks' own form.
  public static let jsonType = "application/json"

  /// In Standard Webhooks' own form: `{"type":…,"timestamp":…,"data":{the event}}`.
  public init(_ record: LogRecord, epoch: String) {
    let event = DeliveredEvent(record, epoch: epoch)
    self.init(id: event.id, contentType: Self.jsonType, body: StandardForm.body(event))
  }

  /// A message as it was kept after a failed attempt.
  public init(id: String, contentType: String, body: [UInt8]) {
    self.id = id
    self.contentType = contentType
    self.body = body
  }
}
