public import TickerModel
import TickerText

/// The signatures of Standard Webhooks, version 1
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

  /// The value of `webhook-signature`: one `v1,BASE64` per key in the order given (newest first), separated by one
  /// space; empty without keys. `timestamp` is in seconds since 1970.
  public static func sign(id: String, timestamp: Int64, body: [UInt8], keys: [WebhookKey]) -> String {
    let content = signedContent(id: id, timestamp: String(timestamp), body: body)
    return keys.map { entry(content, $0) }.joined(separator: " ")
  }

  /// Judges the three headers of a webhook (nil when absent) against its raw body. Authentic when any `v1` entry fits
  /// any key and the timestamp is within `tolerance` of `now`; entries of unknown versions are ignored. Takes the same
  /// time wherever a wrong signature differs.
  public static func verify(
    header: String?, id: String?, timestamp: String?, body: [UInt8], keys: [WebhookKey], now: Timestamp,
    tolerance: Duration = Self.tolerance
  ) -> Verdict {
    guard let id, !id.isEmpty else { return .notAuthentic(reason: "webhook-id is missing") }
    guard let timestamp, !timestamp.isEmpty else { return .notAuthentic(reason: "webhook-timestamp is missing") }
    guard let header, !header.isEmpty else { return .notAuthentic(reason: "webhook-signature is missing") }
    guard let sent = seconds(timestamp) else {
      return .notAuthentic(reason: "webhook-timestamp is not a number of seconds")
    }
    if let reason = ageFault(sent: sent, now: now, tolerance: tolerance) { return .notAuthentic(reason: reason) }
    let offered = header.split(separator: " ").filter { $0.hasPrefix(version) }.map { Array($0.utf8) }
    guard !offered.isEmpty else { return .notAuthentic(reason: "webhook-signature holds no v1 signature") }
    let content = signedContent(id: id, timestamp: timestamp, body: body)
    let expected = keys.map { Array(entry(content, $0).utf8) }
    let fits = expected.contains { entry in offered.contains { Digest.equalInConstantTime($0, entry) } }
    return fits ? .authentic : .notAuthentic(reason: "the signature does not fit the body and the key")
  }
}

extension WebhookSignature {
  private static let version = "v1,"
  /// Digits of the seconds since 1970 until the year 33658; more cannot be a time.
  private static let mostDigits = 12

  private static func signedContent(id: String, timestamp: String, body: [UInt8]) -> [UInt8] {
    Array("\(id).\(timestamp).".utf8) + body
  }

  private static func entry(_ content: [UInt8], _ key: WebhookKey) -> String {
    version + BinaryText.base64(Digest.hmacSHA256(key: key.bytes, message: content))
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
