import TickerText

/// A symmetric signing key of Standard Webhooks. It never shows itself: every textual form is a fixed word.
public struct WebhookKey: Sendable, Equatable {
  /// The key itself, ``sizes`` bytes.
  let bytes: [UInt8]

  /// What Standard Webhooks allows: 192 bits at least, one block of SHA-256 at most
  /// (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#signature-scheme).
  public static let sizes = 24...64
  /// Stands before the base64 of a symmetric key.
  public static let prefix = "whsec_"

  /// Reads `whsec_` and padded base64; the prefix may be missing. White space around it is the caller's to remove.
  public init(_ text: String) throws(WebhookKeyError) {
    guard !text.isEmpty else { throw .empty }
    guard !text.hasPrefix("whsk_"), !text.hasPrefix("whpk_") else { throw .asymmetric }
    let base64 = text.hasPrefix(Self.prefix) ? String(text.dropFirst(Self.prefix.count)) : text
    guard let bytes = BinaryText.bytes(base64: base64) else { throw .notBase64 }
    guard Self.sizes.contains(bytes.count) else { throw .size(bytes.count) }
    self.bytes = bytes
  }
}

extension WebhookKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// Always the same word, so that no log or error can show a key.
  public var description: String { "whsec_(hidden)" }
  /// As ``description``.
  public var debugDescription: String { description }
  /// Without children: `dump` shows nothing either.
  public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Why a text is no signing key; the messages never show the text.
public enum WebhookKeyError: Error, Sendable, Equatable, CustomStringConvertible {
  case empty
  /// An ed25519 key, which this version cannot use.
  case asymmetric
  case notBase64
  /// So many bytes.
  case size(Int)

  /// A sentence for a person, to be put behind the secret's name.
  public var description: String {
    switch self {
    case .empty: "the signing key is empty; make one with: echo whsec_$(openssl rand -base64 32)"
    case .asymmetric: "this is an ed25519 key (whsk_, whpk_); a key of the form whsec_BASE64 is needed"
    case .notBase64: "the signing key is not whsec_ followed by base64 with its padding (=)"
    case .size(let count):
      "the signing key has \(count) bytes, Standard Webhooks asks for \(WebhookKey.sizes.lowerBound) to "
        + "\(WebhookKey.sizes.upperBound); make one with: echo whsec_$(openssl rand -base64 32)"
    }
  }
}
