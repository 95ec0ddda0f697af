/// Reads one command's JSON (RFC 8259), which is short: a subscriber's first command should cost little, and a decoder
/// for all of JSON costs a megabyte before it has read a byte. Pure value.
struct CommandJSON {
  enum Malformed: Error { case syntax, depth }

  private let bytes: [UInt8]
  private var next = 0

  /// The value that `bytes` are, with nothing but white space around it; at most `depth` objects and arrays inside each
  /// other.
  static func read(_ bytes: [UInt8], depth: Int) throws(Malformed) -> Arguments.Value {
    var reader = CommandJSON(bytes: bytes)
    let value = try reader.value(depth: depth)
    guard reader.peek() == nil else { throw .syntax }
    return value
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }
}

extension CommandJSON {
  /// The next byte that is no white space; nil at the end.
  private mutating func peek() -> UInt8? {
    while next < bytes.count {
      switch bytes[next] {
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"): next += 1
      default: return bytes[next]
      }
    }
    return nil
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard peek() == byte else { return false }
    next += 1
    return true
  }

  private mutating func value(depth: Int) throws(Malformed) -> Arguments.Value {
    guard let first = peek() else { throw .syntax }
    switch first {
    case UInt8(ascii: "{"): return .object(try object(depth: depth))
    case UInt8(ascii: "["): return .list(try list(depth: depth))
    case UInt8(ascii: "\""): return .text(try text())
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    default:
      for (word, value) in Self.words where bytes[next...].starts(with: word) {
        next += word.count
        return value
      }
      throw .syntax
    }
  }

  private static let words: [([UInt8], Arguments.Value)] = [
    (Array("true".utf8), .boolean(true)), (Array("false".utf8), .boolean(false)), (Array("null".utf8), .other),
  ]

  /// Of two members with one name the last counts, as in JavaScript.
  private mutating func object(depth: Int) throws(Malformed) -> [String: Arguments.Value] {
    guard depth > 0 else { throw .depth }
    next += 1
    var members: [String: Arguments.Value] = [:]
    if take(UInt8(ascii: "}")) { return members }
    repeat {
      guard peek() == UInt8(ascii: "\"") else { throw .syntax }
      let name = try text()
      guard take(UInt8(ascii: ":")) else { throw .syntax }
      members[name] = try value(depth: depth - 1)
    } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "}")) else { throw .syntax }
    return members
  }

  private mutating func list(depth: Int) throws(Malformed) -> [Arguments.Value] {
    guard depth > 0 else { throw .depth }
    next += 1
    var values: [Arguments.Value] = []
    if take(UInt8(ascii: "]")) { return values }
    repeat { values.append(try value(depth: depth - 1)) } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "]")) else { throw .syntax }
    return values
  }

  /// A whole number, however it is written; another one is of no use to any command.
  private mutating func number() throws(Malformed) -> Arguments.Value {
    let start = next
    if bytes[next] == UInt8(ascii: "-") { next += 1 }
    let whole = digits()
    // RFC 8259 §6: no leading zero.
    guard whole == 1 || (whole > 1 && bytes[next - whole] != UInt8(ascii: "0")) else { throw .syntax }
    if next < bytes.count, bytes[next] == UInt8(ascii: ".") {
      next += 1
      guard digits() > 0 else { throw .syntax }
    }
    if next < bytes.count, bytes[next] | 0x20 == UInt8(ascii: "e") {
      next += 1
      if next < bytes.count, bytes[next] == UInt8(ascii: "+") || bytes[next] == UInt8(ascii: "-") { next += 1 }
      guard digits() > 0 else { throw .syntax }
    }
    let written = String(decoding: bytes[start..<next], as: UTF8.self)
    if let number = Int(written) { return .number(number) }
    return Double(written).flatMap { Int(exactly: $0) }.map { .number($0) } ?? .other
  }

  private mutating func digits() -> Int {
    let start = next
    while next < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[next]) { next += 1 }
    return next - start
  }

  private mutating func text() throws(Malformed) -> String {
    next += 1
    var content: [UInt8] = []
    while next < bytes.count {
      let byte = bytes[next]
      next += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: content, as: UTF8.self) else { throw .syntax }
        return text
      case UInt8(ascii: "\\"): try escape(into: &content)
      case 0..<0x20: throw .syntax
      default: content.append(byte)
      }
    }
    throw .syntax
  }

  private mutating func escape(into content: inout [UInt8]) throws(Malformed) {
    guard next < bytes.count else { throw .syntax }
    next += 1
    switch bytes[next - 1] {
    case UInt8(ascii: "n"): content.append(UInt8(ascii: "\n"))
    case UInt8(ascii: "t"): content.append(UInt8(ascii: "\t"))
    case UInt8(ascii: "r"): content.append(UInt8(ascii: "\r"))
    case UInt8(ascii: "b"): content.append(0x08)
    case UInt8(ascii: "f"): content.append(0x0C)
    case UInt8(ascii: "u"): content += UTF8.encode(try scalar()).map { Array($0) } ?? []
    case let byte where byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "/"):
      content.append(byte)
    default: throw .syntax
    }
  }

  /// Behind `\u`: one unit of UTF-16, or the two of a pair. Half a pair is no text.
  private mutating func scalar() throws(Malformed) -> Unicode.Scalar {
    let first = try unit()
    if let scalar = Unicode.Scalar(UInt32(first)) { return scalar }
    guard UTF16.isLeadSurrogate(first), bytes[next...].starts(with: Array("\\u".utf8)) else { throw .syntax }
    next += 2
    let second = try unit()
    guard UTF16.isTrailSurrogate(second) else { throw .syntax }
    let value = 0x10000 + (UInt32(first & 0x3FF) << 10 | UInt32(second & 0x3FF))
    guard let scalar = Unicode.Scalar(value) else { throw .syntax }
    return scalar
  }

  private mutating func unit() throws(Malformed) -> UInt16 {
    guard next + 4 <= bytes.count else { throw .syntax }
    var unit: UInt16 = 0
    for byte in bytes[next..<next + 4] {
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { throw .syntax }
      unit = unit << 4 | UInt16(digit)
    }
    next += 4
    return unit
  }
}
