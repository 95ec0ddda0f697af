/// JSON written straight into bytes: the members of one object, without its braces, so that a sink can put
/// its own members in front (`{` + head + `,` + ``bytes`` + `}`). A value type; any thread.
///
/// Characters that could act on a terminal (C0, DEL, C1, bidi controls) and the line separators are written as
/// `\uXXXX`, which changes nothing for a JSON reader.
public struct JSONText: Sendable, Equatable {
  /// What was written so far, valid UTF-8 without a raw line feed.
  public private(set) var bytes: [UInt8] = []

  public init(reserving capacity: Int = 256) { bytes.reserveCapacity(capacity) }

  /// The whole object, with braces.
  public var object: [UInt8] { [UInt8(ascii: "{")] + bytes + [UInt8(ascii: "}")] }

  public mutating func member(_ key: StaticString, _ value: String) {
    start(key)
    Self.append(string: value, to: &bytes)
  }

  /// Writes nothing when `value` is nil: absent where unknown.
  public mutating func member(_ key: StaticString, _ value: String?) {
    if let value { member(key, value) }
  }

  public mutating func member(_ key: StaticString, _ value: Int) {
    start(key)
    bytes.append(contentsOf: String(value).utf8)
  }

  public mutating func member(_ key: StaticString, _ value: Bool) {
    start(key)
    bytes.append(contentsOf: (value ? "true" : "false").utf8)
  }

  public mutating func member(_ key: StaticString, _ values: [String]) {
    start(key)
    bytes.append(UInt8(ascii: "["))
    for (index, value) in values.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      Self.append(string: value, to: &bytes)
    }
    bytes.append(UInt8(ascii: "]"))
  }

  public mutating func member(_ key: StaticString, object value: JSONText) {
    start(key)
    append(braced: value)
  }

  public mutating func member(_ key: StaticString, objects values: [JSONText]) {
    start(key)
    bytes.append(UInt8(ascii: "["))
    for (index, value) in values.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      append(braced: value)
    }
    bytes.append(UInt8(ascii: "]"))
  }

  /// `value` must be one complete JSON value.
  public mutating func member(_ key: StaticString, json value: [UInt8]) {
    start(key)
    bytes.append(contentsOf: value)
  }

  /// Members written elsewhere, put after those already here.
  public mutating func append(members: [UInt8]) {
    guard !members.isEmpty else { return }
    if !bytes.isEmpty { bytes.append(UInt8(ascii: ",")) }
    bytes.append(contentsOf: members)
  }

  /// `text` as a JSON string, quotes included.
  public static func append(string text: String, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    var text = text
    let plain = text.withUTF8 { utf8 in
      let harmless = utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
      if harmless { bytes.append(contentsOf: utf8) }
      return harmless
    }
    if !plain { for scalar in text.unicodeScalars { append(escaping: scalar, to: &bytes) } }
    bytes.append(UInt8(ascii: "\""))
  }
}

extension JSONText {
  private mutating func start(_ key: StaticString) {
    if !bytes.isEmpty { bytes.append(UInt8(ascii: ",")) }
    bytes.append(UInt8(ascii: "\""))
    key.withUTF8Buffer { bytes.append(contentsOf: $0) }
    bytes.append(UInt8(ascii: "\""))
    bytes.append(UInt8(ascii: ":"))
  }

  private mutating func append(braced value: JSONText) {
    bytes.append(UInt8(ascii: "{"))
    bytes.append(contentsOf: value.bytes)
    bytes.append(UInt8(ascii: "}"))
  }

  private static func append(escaping scalar: Unicode.Scalar, to bytes: inout [UInt8]) {
    switch scalar {
    case "\"": bytes.append(contentsOf: "\\\"".utf8)
    case "\\": bytes.append(contentsOf: "\\\\".utf8)
    case "\n": bytes.append(contentsOf: "\\n".utf8)
    case "\r": bytes.append(contentsOf: "\\r".utf8)
    case "\t": bytes.append(contentsOf: "\\t".utf8)
    default:
      if VisibleText.isHidden(scalar) {
        bytes.append(contentsOf: "\\u".utf8)
        for shift in [UInt32(12), 8, 4, 0] { bytes.append(BinaryText.hexAlphabet[Int(scalar.value >> shift & 15)]) }
      } else {
        UTF8.encode(scalar, into: { bytes.append($0) })
      }
    }
  }
}
