/// A text that is written in the configuration, or is a secret itself.
public enum ConfiguredText: Sendable, Hashable {
  case literal(String)
  case secret(SecretReference)
}

/// A header line that the operator adds to requests.
public struct ConfiguredHeader: Sendable, Hashable {
  /// A token (RFC 9110 §5.6.2), compared without case.
  public let name: String
  public let value: ConfiguredText

  /// `name` must be a token.
  public init(name: String, value: ConfiguredText) {
    self.name = name
    self.value = value
  }
}

/// How a source's requests say who asks (RFC 7617, RFC 6750).
public enum ConfiguredAuth: Sendable, Hashable {
  /// The secret is `user:password`.
  case basic(SecretReference)
  /// The secret is the token.
  case bearer(SecretReference)
}

/// Which header lines an operator may add. Pure.
public enum HeaderRule {
  /// Bytes of a name; registered ones have at most some forty.
  public static let longestName = 64
  /// Bytes of a value; servers take 8 KiB in a line as a rule.
  public static let longestValue = 4096
  /// They frame the message, or are what the program itself says with them.
  private static let own: Set<String> = [
    "accept-encoding", "connection", "content-length", "content-type", "expect", "host", "if-modified-since",
    "if-none-match", "keep-alive", "proxy-authorization", "proxy-connection", "range", "te", "tickerd-attempt",
    "trailer",
    "transfer-encoding", "upgrade",
  ]
  /// Words in the names of headers that carry secrets.
  private static let secretWords = ["auth", "cookie", "token", "secret", "key", "session", "password", "credential"]

  /// Why `name` cannot be the name of an added header; nil when it can.
  public static func fault(inName name: String) -> String? {
    guard (1...longestName).contains(name.utf8.count) else { return "has 1 to \(longestName) bytes" }
    guard name.utf8.allSatisfy(isTokenByte) else { return "is no header's name" }
    let lowered = name.lowercased()
    return own.contains(lowered) || lowered.hasPrefix("webhook-") ? "is set by tickerd itself" : nil
  }

  /// Why `value` cannot be sent, without showing it; nil when it can.
  public static func fault(inValue value: String) -> String? {
    guard value.utf8.count <= longestValue else { return "is longer than \(longestValue) bytes" }
    let isSound = value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
    return isSound ? nil : "holds a control character"
  }

  /// Whether a header of this name is there to carry a secret.
  public static func isSecret(_ name: String) -> Bool {
    let lowered = name.lowercased()
    return secretWords.contains { lowered.contains($0) }
  }

  /// Whether a header's name may hold the byte (RFC 9110 §5.6.2).
  public static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"):
      true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
  }
}
