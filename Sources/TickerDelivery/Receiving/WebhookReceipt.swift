import FoundationEssentials
public import TickerModel
import TickerText

/// What a receiver of webhooks tells about one request: who sent what, and whether it is authentic. A value whose
/// texts are bounded; they come from outside, ``text(answered:)`` and ``json(answered:)`` make them safe for a terminal.
public struct WebhookReceipt: Sendable, Equatable {
  /// When it came.
  public let at: Timestamp
  /// Nil when there is no key to check with.
  public let verdict: WebhookSignature.Verdict?
  /// The webhook's id, empty when absent.
  public let id: String
  /// The event's type, empty when the body names none.
  public let type: String
  /// The event's title, empty when the body holds none.
  public let title: String

  /// Reads `request`; without `keys` the signature is not checked.
  public init(_ request: WebhookRequest, keys: [WebhookKey], now: Timestamp) {
    let id = request.header("webhook-id")
    let payload = Payload.read(request.body)
    at = now
    verdict =
      keys.isEmpty
      ? nil
      : WebhookSignature.verify(
        header: request.header("webhook-signature"), id: id, timestamp: request.header("webhook-timestamp"),
        body: request.body, keys: keys, now: now)
    self.id = EventEncoding.cut(id ?? "", to: Self.longestID)
    type = EventEncoding.cut(payload?.type ?? "", to: Self.longestID)
    title = EventEncoding.cut(payload?.data?.title ?? "", to: EventEncoding.longestTitle)
  }

  /// One line without its line feed: time, the status that was answered, verdict, id, type, title; `-` for an absent id or
  /// type.
  public func text(answered status: Int) -> String {
    let words = [id, type].map { $0.isEmpty ? "-" : $0 } + [title]
    return "\(at.text) \(status) \(verdictText) " + VisibleText.escaped(words.joined(separator: " "))
  }

  /// One JSON object without its line feed; `status` is what was answered.
  public func json(answered status: Int) -> [UInt8] {
    var line = JSONText()
    line.member("at", at.text)
    switch verdict {
    case .authentic: line.member("verdict", "authentic")
    case .notAuthentic(let reason):
      line.member("verdict", "not authentic")
      line.member("reason", reason)
    case nil: line.member("verdict", "unchecked")
    }
    line.member("id", id)
    line.member("type", type)
    line.member("title", title)
    line.member("status", status)
    return line.object
  }
}

extension WebhookReceipt {
  /// Ids and types are some 40 bytes; a longer one is shown by its beginning.
  static let longestID = 256

  private var verdictText: String {
    switch verdict {
    case .authentic: "authentic"
    case .notAuthentic(let reason): "NOT AUTHENTIC: \(reason):"
    case nil: "unchecked"
    }
  }
}

/// As much of Standard Webhooks' body as a line shows.
private struct Payload: Decodable {
  let type: String?
  let data: Event?

  struct Event: Decodable { let title: String? }

  /// Nil when the body is not such JSON.
  static func read(_ body: [UInt8]) -> Payload? { try? JSONDecoder().decode(Payload.self, from: Data(body)) }
}
