public import TickerModel
import TickerText

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
    var body = JSONText(reserving: record.body.count + 160)
    body.member("type", record.type)
    body.member("timestamp", record.at.text)
    body.member("data", json: record.object(epoch: epoch))
    self.init(id: Self.id(of: record, epoch: epoch), contentType: Self.jsonType, body: body.object)
  }

  /// A message as it was kept after a failed attempt.
  public init(id: String, contentType: String, body: [UInt8]) {
    self.id = id
    self.contentType = contentType
    self.body = body
  }
}

extension WebhookMessage {
  private static func id(of record: LogRecord, epoch: String) -> String {
    if let item = record.item {
      if record.type == EventType.itemNew.rawValue { return item }
      if let mark = revisionMarks[record.type], let revision = EventText.read(record.body)?.revision {
        return item + mark + String(revision)
      }
    }
    // Names hold dots (`source.gap`, `bbc.world`); epoch and sequence make the id unique whatever replaces them.
    let parts = [record.type, record.item ?? record.source, epoch, String(record.sequence)]
    return parts.compactMap(\.self).joined(separator: "_").replacing(".", with: "_")
  }

  private static let revisionMarks = [
    EventType.itemUpdated.rawValue: "_r", EventType.itemWithdrawn.rawValue: "_w",
  ]
}
