import TickerText

/// The versioned content hash that decides "same item": SHA-256 over a version byte and the length-prefixed
/// normalised fields (SPEC §3.3). Pure value; any thread.
public struct Fingerprint: Sendable, Hashable {
  /// How a headline is made comparable, under a number that is stored with each hash: a new rule takes a new number,
  /// and what is known is mapped to it before the first poll, so that it can never re-announce.
  public struct Rule: Sendable {
    public let version: UInt8
    let comparable: @Sendable (String) -> [UInt8]

    public init(version: UInt8, comparable: @escaping @Sendable (String) -> [UInt8]) {
      self.version = version
      self.comparable = comparable
    }

    /// The first rule: ``Normalise/comparable(_:)``.
    public static let v1 = Rule(version: 1, comparable: Normalise.comparable)
    /// The rule of this program.
    public static let current = v1
  }

  /// What is hashed.
  public enum Subject: Sendable, Equatable {
    /// A line of a window: its headline.
    case line(String)
    /// A feed's item: its headline and link.
    case item(String, link: String?)
  }

  /// The digest as four big-endian words: compared and hashed without an array, once for every line of every poll.
  private let words: (UInt64, UInt64, UInt64, UInt64)

  /// From stored bytes; nil unless there are 32.
  public init?(bytes: [UInt8]) {
    guard bytes.count == Digest.size else { return nil }
    self.init(digest: bytes)
  }

  /// Of `subject`; with the source's name where duplicates are judged per source. A link counts in its canonical
  /// form, and as empty where there is none: an identifier in a link's place (`urn:`, `tag:`) leads nowhere and says
  /// nothing about the content.
  public init(_ subject: Subject, source: String? = nil, rule: Rule = .current) {
    var fields: [[UInt8]]
    switch subject {
    case .line(let headline): fields = [rule.comparable(headline)]
    case .item(let headline, let link):
      fields = [rule.comparable(headline), Array((link.flatMap(CanonicalLink.address) ?? "").utf8)]
    }
    if let source { fields.append(Array(source.utf8)) }
    var input: [UInt8] = [rule.version]
    for field in fields { input += Self.bigEndian(UInt32(field.count)) + field }
    self.init(digest: Digest.sha256(input))
  }

  /// 32 bytes.
  public var bytes: [UInt8] {
    let bigEndian = (words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian)
    return withUnsafeBytes(of: bigEndian) { Array($0) }
  }

  public static func == (one: Fingerprint, other: Fingerprint) -> Bool { one.words == other.words }

  /// One word of a cryptographic digest is as good as all of it.
  public func hash(into hasher: inout Hasher) { hasher.combine(words.0) }

  /// The first 64 of the 256 bits.
  public var leadingBits: UInt64 { words.0 }

  /// `sha256:` and 64 hexadecimal digits.
  public var text: String { "sha256:" + BinaryText.hex(bytes) }

  /// The identifier of the item whose first text this is: `itm_` and 26 characters (130 bits). From the second
  /// occurrence on its number is hashed in.
  public func itemIdentifier(occurrence: Int = 1) -> String {
    let source = occurrence == 1 ? bytes : Digest.sha256(bytes + Self.bigEndian(UInt32(occurrence)))
    return "itm_" + BinaryText.crockford(source, characters: 26)
  }

  private init(digest: [UInt8]) {
    precondition(digest.count == Digest.size)
    words = digest.withUnsafeBytes { bytes in
      func word(_ start: Int) -> UInt64 {
        UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self))
      }
      return (word(0), word(8), word(16), word(24))
    }
  }

  private static func bigEndian(_ number: UInt32) -> [UInt8] {
    [
      UInt8(truncatingIfNeeded: number >> 24), UInt8(truncatingIfNeeded: number >> 16),
      UInt8(truncatingIfNeeded: number >> 8), UInt8(truncatingIfNeeded: number),
    ]
  }
}
