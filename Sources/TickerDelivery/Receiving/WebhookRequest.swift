/// An HTTP request as a receiver of webhooks sees it. A value of bounded size; everything in it comes from outside.
public struct WebhookRequest: Sendable, Equatable {
  /// As sent: `POST`, `GET`, …
  public let method: String
  /// As sent: path and query, or whatever the client wrote.
  public let target: String
  /// In the order received, names lower-cased, values trimmed.
  public let headers: [Header]
  /// At most ``WebhookRequestParser/longestBody`` bytes, transfer coding undone.
  public let body: [UInt8]
  /// Whether the client means to send another request on this connection.
  public let keepsAlive: Bool

  /// One header field.
  public struct Header: Sendable, Equatable {
    /// Lower-case.
    public let name: String
    /// Without white space at its ends.
    public let value: String

    /// A field as the parser reads it.
    public init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  /// A request as the parser reads it.
  public init(method: String, target: String, headers: [Header], body: [UInt8], keepsAlive: Bool) {
    self.method = method
    self.target = target
    self.headers = headers
    self.body = body
    self.keepsAlive = keepsAlive
  }

  /// The first field of this lower-case name.
  public func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}

/// A request that cannot be read; the connection closes after the answer.
public struct WebhookRequestFault: Error, Sendable, Equatable {
  /// The HTTP status to answer with.
  public let status: Int
  /// A sentence without any text from outside.
  public let reason: String
}
