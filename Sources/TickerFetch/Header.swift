/// One header line of a request or an answer. Pure value.
public struct Header: Sendable, Hashable {
  /// As written or received; compared without case (RFC 9110 §5.1).
  public let name: String
  /// Byte for byte, without the white space around it: a validator goes back to its server as it came, even where it is
  /// not UTF-8.
  public let value: [UInt8]

  /// A line with these bytes.
  public init(_ name: String, _ value: [UInt8]) {
    self.name = name
    self.value = value
  }

  /// A line with this text as UTF-8.
  public init(_ name: String, _ text: String) { self.init(name, Array(text.utf8)) }

  /// The value for people; invalid UTF-8 is replaced.
  public var text: String { String(decoding: value, as: UTF8.self) }
}

extension [Header] {
  /// The value of the first line of that name, in any case.
  public func first(_ name: String) -> Header? {
    let length = name.utf8.count
    return first { $0.name.utf8.count == length && Header.isSame($0.name.utf8, name.utf8) }
  }
}

extension Header {
  /// Whether two names are the same.
  static func isSame(_ one: some Sequence<UInt8>, _ other: some Sequence<UInt8>) -> Bool {
    one.elementsEqual(other) { lowered($0) == lowered($1) }
  }

  /// ASCII letters only: no locale has a say in protocol text.
  private static func lowered(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
  }
}
