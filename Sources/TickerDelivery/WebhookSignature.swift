public import TickerModel
import TickerText

/// The signatures of Standard Webhooks, symmetric (version 1) and asymmetric (1a)
/// (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md). Pure; any thread.
public enum WebhookSignature {
  /// What the reference libraries allow between the sender's clock and ours.
  public static let tolerance = Duration.seconds(300)

  /// What a check of a signature came to.
  public enum Verdict: Sendable, Equatable {
    /// Signed with a known key, not long ago.
    case authentic
    /// A sentence without any text from outside.
    case notAuthentic(reason: String)
  }

  /// The value of `webhook-signature`: one `v1,BASE64` (or `v1a,BASE64` of an ed25519 key) per key that can sign, in the
  /// order given (newest first), separated by one space; empty without keys. `timestamp` is in seconds since 1970.
  public static func sign(id: String, timestamp: Int64, body: [UInt8], keys: [WebhookKey]) -> String {
    let head = signedHead(id: id, timestamp: String(timestamp))
    return keys.compactMap { entry(head, body, $0) }.joined(separator: " ")
  }

  /// Judges the three headers of a webhook (nil when absent) against its raw body. Authentic when any `v1` or `v1a`
  /// entry fits any key and the timestamp is within `tolerance` of `now` (nil: whenever it was); entries of unknown
  /// versions are ignored. Takes the same time wherever a wrong signature differs.
  public static func verify(
    header: String?, id: String?, timestamp: String?, body: [UInt8], keys: [WebhookKey], now: Timestamp,
    tolerance: Duration? = Self.tolerance
  ) -> Verdict {
    guard let id, !id.isEmpty else { return .notAuthentic(reason: "webhook-id is missing") }
    guard let timestamp, !timestamp.isEmpty else { return .notAuthentic(reason: "webhook-timestamp is missing") }
    guard let header, !header.isEmpty else { return .notAuthentic(reason: "webhook-signature is missing") }
    guard let sent = seconds(timestamp) else {
      return .notAuthentic(reason: "webhook-timestamp is not a number of seconds")
    }
    if let tolerance, let reason = ageFault(sent: sent, now: now, tolerance: tolerance) {
      return .notAuthentic(reason: reason)
    }
    let offered = OfferedSignatures(header)
    guard !offered.isEmpty else {
      return .notAuthentic(reason: "webhook-signature holds no whole v1 or v1a signature")
    }
    let head = signedHead(id: id, timestamp: timestamp)
    return keys.contains { offered.fit(head, body, $0) }
      ? .authentic : .notAuthentic(reason: "the signature does not fit the body and the key")
  }
}

/// The entries of a `webhook-signature` that are understood.
private struct OfferedSignatures {
  private let symmetric: [[UInt8]]
  private let asymmetric: [[UInt8]]

  /// Entries of each version that are tried; a sender signs with a few keys, and each costs a computation.
  private static let most = 16

  init(_ header: String) {
    let entries = header.split(separator: " ")
    let bytes = { (version: String) in
      entries.filter { $0.hasPrefix(version) }.prefix(Self.most)
        .compactMap { BinaryText.bytes(base64: String($0.dropFirst(version.count))) }
    }
    symmetric = bytes(WebhookSignature.version)
    asymmetric = bytes(WebhookSignature.asymmetricVersion)
  }

  var isEmpty: Bool { symmetric.isEmpty && asymmetric.isEmpty }

  func fit(_ head: [UInt8], _ body: [UInt8], _ key: WebhookKey) -> Bool {
    switch key.material {
    case .symmetric(let key):
      let expected = key.code(of: head, body)
      return symmetric.contains { Digest.equalInConstantTime($0, expected) }
    case .signing(_, let key), .verifying(let key):
      return asymmetric.contains { key.verifies($0, of: head + body) }
    }
  }
}

extension WebhookSignature {
  fileprivate static let version = "v1,"
  fileprivate static let asymmetricVersion = "v1a,"
  /// Digits of the seconds since 1970 until the year 33658; more cannot be a time.
  private static let mostDigits = 12

  /// What stands before the body in what is signed.
  private static func signedHead(id: String, timestamp: String) -> [UInt8] {
    var head: [UInt8] = []
    head.reserveCapacity(id.utf8.count + timestamp.utf8.count + 2)
    for part in [id, timestamp] {
      head.append(contentsOf: part.utf8)
      head.append(UInt8(ascii: "."))
    }
    return head
  }

  /// Nil for a key that only verifies.
  private static func entry(_ head: [UInt8], _ body: [UInt8], _ key: WebhookKey) -> String? {
    switch key.material {
    case .symmetric(let key): version + BinaryText.base64(key.code(of: head, body))
    case .signing(let key, _): asymmetricVersion + BinaryText.base64(key.sign(head + body))
    case .verifying: nil
    }
  }

  private static func seconds(_ text: String) -> Int64? {
    guard text.utf8.count <= mostDigits, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return Int64(text)
  }

  private static func ageFault(sent: Int64, now: Timestamp, tolerance: Duration) -> String? {
    // In whole seconds, as the header is: a webhook of this very second is not from the future.
    let age = now.milliseconds / 1000 - sent
    guard age.magnitude > tolerance.components.seconds.magnitude else { return nil }
    let beyond = "more than \(tolerance.components.seconds) s are not accepted; compare the clocks"
    return age > 0
      ? "webhook-timestamp is \(age) s old, \(beyond)" : "webhook-timestamp is \(-age) s in the future, \(beyond)"
  }
}
