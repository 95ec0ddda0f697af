import TickerText

/// A key of Standard Webhooks: symmetric (`whsec_`), or one half of an ed25519 pair (`whsk_` signs, `whpk_` verifies).
/// It never shows itself: every textual form is a fixed word.
public struct WebhookKey: Sendable, Equatable {
  /// What the key is made of.
  enum Material: Sendable {
    /// Of `v1`, ``sizes`` bytes.
    case symmetric(HMACKey)
    /// Of `v1a`.
    case signing(Ed25519.PrivateKey, verifying: Ed25519.PublicKey)
    /// Of `v1a`.
    case verifying(Ed25519.PublicKey)
  }

  let material: Material
  /// What tells two keys apart.
  private let bytes: [UInt8]

  /// Bytes of a symmetric key. Standard Webhooks asks for 24 to 64
  /// (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#signature-scheme); its
  /// libraries take any, and keys a little shorter are in use. Under 128 bits is no key.
  public static let sizes = 16...64
  /// Stands before the base64 of a symmetric key.
  public static let prefix = "whsec_"
  /// Stands before the base64 of a private ed25519 key: its seed, or seed and public key.
  public static let signingPrefix = "whsk_"
  /// Stands before the base64 of a public ed25519 key.
  public static let verifyingPrefix = "whpk_"

  /// Reads one of the prefixes and base64, whose padding may be missing; a text without prefix is a symmetric key.
  /// White space around it is the caller's to remove.
  public init(_ text: String) throws(WebhookKeyError) {
    guard !text.isEmpty else { throw .empty }
    if text.hasPrefix(Self.signingPrefix) {
      try self.init(pair: Self.bytes(text.dropFirst(Self.signingPrefix.count)))
    } else if text.hasPrefix(Self.verifyingPrefix) {
      try self.init(publicKey: Self.bytes(text.dropFirst(Self.verifyingPrefix.count)))
    } else {
      try self.init(symmetric: Self.bytes(text.hasPrefix(Self.prefix) ? text.dropFirst(Self.prefix.count) : text[...]))
    }
  }

  /// False for a public key, which can only verify.
  public var canSign: Bool {
    if case .verifying = material { false } else { true }
  }

  public static func == (one: WebhookKey, other: WebhookKey) -> Bool {
    switch (one.material, other.material) {
    case (.symmetric, .symmetric), (.signing, .signing), (.verifying, .verifying):
      Digest.equalInConstantTime(one.bytes, other.bytes)
    default: false
    }
  }
}

extension WebhookKey {
  private init(symmetric bytes: [UInt8]) throws(WebhookKeyError) {
    guard Self.sizes.contains(bytes.count) else { throw .size(bytes.count) }
    self.bytes = bytes
    material = .symmetric(HMACKey(bytes))
  }

  private init(pair bytes: [UInt8]) throws(WebhookKeyError) {
    guard let key = Ed25519.PrivateKey(seed: Array(bytes.prefix(Ed25519.keySize))) else { throw .pair }
    let publicBytes = key.publicBytes
    let rest = bytes.dropFirst(Ed25519.keySize)
    guard rest.isEmpty || rest.elementsEqual(publicBytes), let verifying = Ed25519.PublicKey(publicBytes) else {
      throw .pair
    }
    self.bytes = Array(bytes.prefix(Ed25519.keySize))
    material = .signing(key, verifying: verifying)
  }

  private init(publicKey bytes: [UInt8]) throws(WebhookKeyError) {
    guard let key = Ed25519.PublicKey(bytes) else { throw .publicSize(bytes.count) }
    self.bytes = bytes
    material = .verifying(key)
  }

  private static func bytes(_ base64: Substring) throws(WebhookKeyError) -> [UInt8] {
    guard let bytes = BinaryText.bytes(looseBase64: String(base64)) else { throw .notBase64 }
    return bytes
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
  case notBase64
  /// So many bytes of a symmetric key.
  case size(Int)
  /// A private ed25519 key of another length, or whose halves do not belong together.
  case pair
  /// So many bytes of a public ed25519 key.
  case publicSize(Int)
  /// A public key where something is to be signed.
  case cannotSign

  /// A sentence for a person, to be put behind the secret's name.
  public var description: String {
    switch self {
    case .empty: "the signing key is empty; \(Self.advice)"
    case .notBase64: "the signing key is not whsec_, whsk_ or whpk_ followed by base64"
    case .size(let count):
      "the signing key has \(count) bytes, of the \(WebhookKey.sizes.lowerBound) to "
        + "\(WebhookKey.sizes.upperBound) that are taken (Standard Webhooks asks for 24 or more); \(Self.advice)"
    case .pair: "a whsk_ key is the base64 of an ed25519 seed of 32 bytes, or of seed and public key, 64 bytes"
    case .publicSize(let count): "a whpk_ key has 32 bytes, this one \(count)"
    case .cannotSign: "this is a public key (whpk_), which only verifies; signing takes whsec_ or whsk_"
    }
  }

  private static let advice = "make one with: echo whsec_$(openssl rand -base64 32)"
}
