/// How a receiver of webhooks answers: as it should, or as it was told, so that a sender's retries can be watched.
/// A value that remembers the tries of each id; its owner is one server.
public struct AnswerPlan: Sendable {
  /// The first so many tries of each id are refused; nil: no counting.
  private let failures: Int?
  /// Nil: 204 when nothing is to fail, 503 when it is.
  private let status: Int?
  /// Seconds.
  private let retryAfter: Int?
  /// Tries by the id of the webhook.
  private var tries: [String: Int] = [:]

  /// With `failures`, the first so many tries of each id get `status` (503) and `retryAfter`; without, every webhook
  /// gets `status` (204) and `retryAfter`.
  public init(failures: Int? = nil, status: Int? = nil, retryAfter: Int? = nil) {
    self.failures = failures
    self.status = status
    self.retryAfter = retryAfter
  }

  /// Ids whose tries are remembered; then all are forgotten, so that strangers cannot fill the memory.
  static let mostIDs = 10_000

  /// The answer to one webhook, which counts as a try of its id unless it is not authentic.
  public mutating func answer(to receipt: WebhookReceipt) -> WebhookAnswer {
    if case .notAuthentic(let reason) = receipt.verdict { return WebhookAnswer(status: 401, text: reason) }
    guard let failures else { return WebhookAnswer(status: status ?? 204, retryAfter: retryAfter) }
    if tries.count >= Self.mostIDs, tries[receipt.id] == nil { tries.removeAll() }
    let count = tries[receipt.id, default: 0] + 1
    tries[receipt.id] = count
    guard count <= failures else { return WebhookAnswer(status: 204) }
    return WebhookAnswer(
      status: status ?? 503, retryAfter: retryAfter, text: "told to fail: try \(count) of \(failures)")
  }
}

/// An HTTP answer of a receiver. Pure value.
public struct WebhookAnswer: Sendable, Equatable {
  /// The HTTP status.
  public let status: Int
  /// Seconds.
  public let retryAfter: Int?
  /// The body, one line without its end; not sent where HTTP forbids a body.
  public let text: String

  /// `text` must be one line; `status` is 200 to 599.
  public init(status: Int, retryAfter: Int? = nil, text: String = "") {
    self.status = status
    self.retryAfter = retryAfter
    self.text = text
  }

  /// The answer to a request that cannot be read.
  public init(_ fault: WebhookRequestFault) { self.init(status: fault.status, text: fault.reason) }

  /// The whole answer as sent.
  public func bytes(keepsAlive: Bool) -> [UInt8] {
    // RFC 9110 §8.6: no content-length with 204; 304 describes a body it does not have.
    let mayHaveBody = status != 204 && status != 304
    let body = mayHaveBody && !text.isEmpty ? text + "\n" : ""
    var head = "HTTP/1.1 \(status) \(Self.phrases[status] ?? "")\r\n"
    if status == 405 { head += "allow: POST\r\n" }
    if let retryAfter { head += "retry-after: \(retryAfter)\r\n" }
    if !keepsAlive { head += "connection: close\r\n" }
    if !body.isEmpty { head += "content-type: text/plain; charset=utf-8\r\n" }
    if mayHaveBody { head += "content-length: \(body.utf8.count)\r\n" }
    return Array((head + "\r\n" + body).utf8)
  }

  /// For people who watch the wire; clients go by the number (RFC 9112 §4).
  private static let phrases = [
    200: "OK", 202: "Accepted", 204: "No Content", 301: "Moved Permanently", 302: "Found", 400: "Bad Request",
    401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 408: "Request Timeout",
    410: "Gone", 413: "Content Too Large", 425: "Too Early", 429: "Too Many Requests",
    431: "Request Header Fields Too Large", 500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway",
    503: "Service Unavailable", 504: "Gateway Timeout", 505: "HTTP Version Not Supported",
  ]
}
