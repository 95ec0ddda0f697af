import TickerText

/// The versioned content hash that decides "same item": SHA-256 over a version byte and the length-prefixed
/// normalised fields (SPEC §3.3). Pure value; any thread.
public struct Fingerprint: Sendable, Hashable {
  /// The present rule. A new rule takes a new number, stored with each hash, so that it can never re-announce.
  public static let version: UInt8 = 1

  /// 32 bytes.
  public let bytes: [UInt8]

  /// From stored bytes; nil unless there are 32.
  public init?(bytes: [UInt8]) {
    guard bytes.count == Digest.size else { return nil }
    self.bytes = bytes
  }

  /// Of a line of a window: its headline, and the source's name where duplicates are judged per source.
  public init(line headline: String, source: String? = nil) {
    self.init(fields: [Normalise.comparable(headline)] + (source.map { [Array($0.utf8)] } ?? []))
  }

  /// Of a feed's item: its headline and canonical link (empty when it has none), and the source's name where
  /// duplicates are judged per source.
  public init(headline: String, link: String?, source: String? = nil) {
    let link = Array((link.map(CanonicalLink.text) ?? "").utf8)
    self.init(fields: [Normalise.comparable(headline), link] + (source.map { [Array($0.utf8)] } ?? []))
  }

  /// `sha256:` and 64 hexadecimal digits.
  public var text: String { "sha256:" + BinaryText.hex(bytes) }

  /// The identifier of the item whose first text this is: `itm_` and 26 characters (130 bits). From the second
  /// occurrence on its number is hashed in.
  public func itemIdentifier(occurrence: Int = 1) -> String {
    let source = occurrence == 1 ? bytes : Digest.sha256(bytes + Self.bigEndian(UInt32(occurrence)))
    return "itm_" + BinaryText.crockford(source, characters: 26)
  }

  private init(fields: [[UInt8]]) {
    var input: [UInt8] = [Self.version]
    for field in fields { input += Self.bigEndian(UInt32(field.count)) + field }
    bytes = Digest.sha256(input)
  }

  private static func bigEndian(_ number: UInt32) -> [UInt8] {
    [
      UInt8(truncatingIfNeeded: number >> 24), UInt8(truncatingIfNeeded: number >> 16),
      UInt8(truncatingIfNeeded: number >> 8), UInt8(truncatingIfNeeded: number),
    ]
  }
}
