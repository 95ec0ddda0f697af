/// The members of one JSON object without its braces, as ``JSONText`` wrote them: taken apart again in one pass, without
/// a decoder. Whatever the bytes are, it ends and reads nothing beyond them; what is not well-formed gives members without
/// a meaning, or none. Pure; any thread.
public struct JSONMembers: Sequence, IteratorProtocol {
  /// One member; its ranges lie within the bytes.
  public struct Member {
    fileprivate let bytes: [UInt8]
    /// Name, colon and value.
    public let range: Range<Int>
    private let nameEnd: Int

    fileprivate init(_ bytes: [UInt8], _ range: Range<Int>) {
      self.bytes = bytes
      self.range = range
      let start = Swift.min(range.lowerBound + 1, range.upperBound)
      nameEnd = bytes[start..<range.upperBound].firstIndex(of: UInt8(ascii: "\"")) ?? range.upperBound
    }

    /// As it stands between its quotes: names of ours need no escape.
    public var name: String {
      String(decoding: bytes[Swift.min(range.lowerBound + 1, nameEnd)..<nameEnd], as: UTF8.self)
    }

    /// Nil when the value is no string.
    public var string: String? { JSONMembers.string(in: bytes, value) }

    /// Nil when the value is no whole number.
    public var integer: Int? { Int(String(decoding: bytes[value], as: UTF8.self)) }

    /// Nil when the value is no array of strings.
    public var strings: [String]? {
      guard value.count >= 2, bytes[value.lowerBound] == UInt8(ascii: "["),
        bytes[value.upperBound - 1] == UInt8(ascii: "]")
      else { return nil }
      var strings: [String] = []
      var start = value.lowerBound + 1
      while start < value.upperBound - 1 {
        let end = JSONMembers.endOfValue(in: bytes, from: start, to: value.upperBound - 1)
        guard let string = JSONMembers.string(in: bytes, start..<end) else { return nil }
        strings.append(string)
        start = end + 1
      }
      return strings
    }

    /// Behind the name's quote and the colon.
    private var value: Range<Int> { Swift.min(nameEnd + 2, range.upperBound)..<range.upperBound }
  }

  private let bytes: [UInt8]
  private var start = 0

  /// - Parameter bytes: what ``JSONText/bytes`` gave.
  public init(_ bytes: [UInt8]) { self.bytes = bytes }

  public mutating func next() -> Member? {
    guard start < bytes.count else { return nil }
    let end = Self.endOfValue(in: bytes, from: start, to: bytes.count)
    defer { start = end + 1 }
    return Member(bytes, start..<end)
  }
}

extension JSONMembers {
  /// The comma behind the member or value that begins at `start`, or `limit`.
  private static func endOfValue(in bytes: [UInt8], from start: Int, to limit: Int) -> Int {
    var depth = 0
    var isInText = false
    var index = start
    while index < limit {
      switch bytes[index] {
      case UInt8(ascii: "\\"): index += 1
      case UInt8(ascii: "\""): isInText.toggle()
      case _ where isInText: break
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      case UInt8(ascii: ",") where depth == 0: return index
      default: break
      }
      index += 1
    }
    return limit
  }

  /// The text of a string with its quotes; nil when it is none, or an escape in it is.
  private static func string(in bytes: [UInt8], _ range: Range<Int>) -> String? {
    guard range.count >= 2, bytes[range.lowerBound] == UInt8(ascii: "\""),
      bytes[range.upperBound - 1] == UInt8(ascii: "\"")
    else { return nil }
    let inner = bytes[(range.lowerBound + 1)..<(range.upperBound - 1)]
    guard inner.contains(UInt8(ascii: "\\")) else { return String(decoding: inner, as: UTF8.self) }
    return unescaped(inner).map { String(decoding: $0, as: UTF8.self) }
  }

  /// RFC 8259, section 7.
  private static func unescaped(_ text: ArraySlice<UInt8>) -> [UInt8]? {
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    var rest = text
    while let backslash = rest.firstIndex(of: UInt8(ascii: "\\")) {
      result += rest[..<backslash]
      rest = rest[(backslash + 1)...]
      guard let kind = rest.popFirst() else { return nil }
      guard kind == UInt8(ascii: "u") else {
        guard let plain = plainEscape(kind) else { return nil }
        result.append(plain)
        continue
      }
      guard let scalar = scalar(from: &rest) else { return nil }
      UTF8.encode(scalar) { result.append($0) }
    }
    return result + rest
  }

  private static func plainEscape(_ kind: UInt8) -> UInt8? {
    switch kind {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): kind
    case UInt8(ascii: "b"): 0x08
    case UInt8(ascii: "f"): 0x0C
    case UInt8(ascii: "n"): 0x0A
    case UInt8(ascii: "r"): 0x0D
    case UInt8(ascii: "t"): 0x09
    default: nil
    }
  }

  /// The character behind `\u`, which may be a pair of surrogates.
  private static func scalar(from rest: inout ArraySlice<UInt8>) -> Unicode.Scalar? {
    guard let first = unit(from: &rest) else { return nil }
    guard UTF16.isLeadSurrogate(first) else { return Unicode.Scalar(UInt32(first)) }
    guard rest.popFirst() == UInt8(ascii: "\\"), rest.popFirst() == UInt8(ascii: "u"), let second = unit(from: &rest),
      UTF16.isTrailSurrogate(second)
    else { return nil }
    return Unicode.Scalar(0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00))
  }

  private static func unit(from rest: inout ArraySlice<UInt8>) -> UInt16? {
    let digits = rest.prefix(4)
    guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else { return nil }
    rest = rest.dropFirst(4)
    return UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
  }
}
