/// Bytes to JSON values: strict (RFC 8259) but for raw control characters in strings, which careless systems print.
/// One pass, recursion bounded by the depth. It reads three times as fast as a decoder made for types (DESIGN §4). Pure.
struct JSONDocument {
  /// Containers inside one another; documents of news APIs reach about 20.
  static let deepest = 256
  /// Values of one document: a hundred for each of the items that are kept. Bounds memory where bytes alone do not.
  static let mostValues = 1 << 20

  /// What could be read. Of a cut document it holds what was complete: an array its finished elements, an object that is
  /// no element of one its finished members.
  let value: JSONValue?
  /// Where it broke; nil when it is sound.
  let fault: JSONFault?

  /// The value of a sound document in UTF-8.
  static func parse(_ bytes: [UInt8], maxDepth: Int = deepest) throws(JSONFault) -> JSONValue {
    let document = reading(bytes, maxDepth: maxDepth)
    if let fault = document.fault { throw fault }
    guard let value = document.value else { preconditionFailure("a sound document has a value") }
    return value
  }

  /// What can be read of a document in UTF-8.
  static func reading(_ bytes: [UInt8], maxDepth: Int = deepest) -> JSONDocument {
    bytes.withUnsafeBufferPointer { bytes in
      var parser = JSONParser(bytes: bytes, deepest: maxDepth)
      let value = parser.document()
      return JSONDocument(value: value, fault: parser.fault)
    }
  }
}

/// Recursive descent over the bytes of one call. After a fault every level returns with what it has.
private struct JSONParser {
  let bytes: UnsafeBufferPointer<UInt8>
  let deepest: Int
  var fault: JSONFault?
  private var index = 0
  private var depth = 0
  private var count = 0
  /// What stands in the containers that are still open, so that each is made once, of just its size.
  private var elements: [JSONValue] = []
  private var shapes = JSONShapes()

  init(bytes: UnsafeBufferPointer<UInt8>, deepest: Int) {
    self.bytes = bytes
    self.deepest = deepest
    // Memory that is never written to costs nothing, moving it does.
    elements.reserveCapacity(bytes.count / 256)
  }

  mutating func document() -> JSONValue? {
    let value = value()
    skipSpace()
    if fault == nil, index < bytes.count { note("nothing more after the value") }
    return value
  }

  /// The value here, nil when there is none to keep.
  private mutating func value() -> JSONValue? {
    skipSpace()
    count += 1
    guard count <= JSONDocument.mostValues else { return refuse(.size, "at most \(JSONDocument.mostValues) values") }
    switch peek {
    case UInt8(ascii: "{"): return container { $0.object() }
    case UInt8(ascii: "["): return container { $0.array() }
    case UInt8(ascii: "\""): return string().map(JSONValue.string)
    case UInt8(ascii: "t"): return literal("true", .bool(true))
    case UInt8(ascii: "f"): return literal("false", .bool(false))
    case UInt8(ascii: "n"): return literal("null", .null)
    case UInt8(ascii: "-"), (0x30...0x39)?: return number()
    default: return fail("a value")
    }
  }

  private mutating func container(_ read: (inout JSONParser) -> JSONValue) -> JSONValue? {
    guard depth < deepest else { return refuse(.depth, "at most \(deepest) containers inside one another") }
    depth += 1
    index += 1
    defer { depth -= 1 }
    return read(&self)
  }

  private mutating func array() -> JSONValue {
    let mark = elements.count
    skipSpace()
    if take(UInt8(ascii: "]")) { return .array([]) }
    while let element = value(), fault == nil {
      elements.append(element)
      skipSpace()
      if take(UInt8(ascii: "]")) { break }
      if !take(UInt8(ascii: ",")) {
        note("a comma or the array's end")
        break
      }
    }
    defer { elements.removeSubrange(mark...) }
    return .array(Array(elements[mark...]))
  }

  private mutating func object() -> JSONValue {
    let mark = elements.count
    skipSpace()
    if take(UInt8(ascii: "}")) { return .object([]) }
    var names = MemberNames()
    while fault == nil {
      skipSpace()
      guard peek == UInt8(ascii: "\"") else {
        note("a member's name")
        break
      }
      guard name(for: &names, elements.count - mark) else { break }
      skipSpace()
      guard take(UInt8(ascii: ":")) else {
        note("a colon")
        break
      }
      guard let value = value() else { break }
      elements.append(value)
      skipSpace()
      if fault != nil || take(UInt8(ascii: "}")) { break }
      if !take(UInt8(ascii: ",")) { note("a comma or the object's end") }
    }
    defer { elements.removeSubrange(mark...) }
    let isKnown = names.guess?.list.count == elements.count - mark && names.own.isEmpty
    let shared = names.list(elements.count - mark)
    if !isKnown { shapes.learn(shared, depth) }
    return .object(JSONObject(names: shared, values: Array(elements[mark...])))
  }

  /// The names of an object while it is read: those of one that came before, as long as they are the same.
  private struct MemberNames {
    var guess: JSONNames?
    var own: [String] = []

    /// The first `count`.
    func list(_ count: Int) -> JSONNames {
      guard own.isEmpty, let guess else { return JSONNames(Array(own.prefix(count))) }
      return guess.list.count == count ? guess : JSONNames(Array(guess.list.prefix(count)))
    }
  }

  /// Reads the name of member `index`; false when it breaks.
  private mutating func name(for names: inout MemberNames, _ index: Int) -> Bool {
    let start = self.index + 1
    if index == 0 { names.guess = shapes.guess(depth, bytes, at: start) }
    if names.own.isEmpty, let guess = names.guess {
      if let length = guess.length(of: index, in: bytes, at: start) {
        self.index = start + length
        return true
      }
      names.own = Array(guess.list.prefix(index))
    }
    guard let name = string() else { return false }
    names.own.append(name)
    return true
  }

  private mutating func literal(_ word: StaticString, _ value: JSONValue) -> JSONValue? {
    let end = index + word.utf8CodeUnitCount
    let isThere = word.withUTF8Buffer { end <= bytes.count && bytes[index..<end].elementsEqual($0) }
    guard isThere else { return fail("a value") }
    index = end
    return value
  }

  /// RFC 8259, section 6: no plus, no zeros in front, digits on both sides of a point.
  private mutating func number() -> JSONValue? {
    let start = index
    _ = take(UInt8(ascii: "-"))
    if !take(UInt8(ascii: "0")), !digits() { return fail("a digit") }
    if take(UInt8(ascii: ".")), !digits() { return fail("a digit") }
    if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
      if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
      guard digits() else { return fail("a digit") }
    }
    return .number(text(start..<index))
  }

  private mutating func digits() -> Bool {
    let start = index
    while let byte = peek, (0x30...0x39).contains(byte) { index += 1 }
    return index > start
  }

  private mutating func string() -> String? {
    index += 1
    let start = index
    let end = bytes.first(UInt8(ascii: "\""), from: start) ?? bytes.count
    if let escape = bytes.first(UInt8(ascii: "\\"), in: start..<end) {
      index = escape
      return escaped(from: start)
    }
    index = end
    guard end < bytes.count else { return fail("the string's end") }
    index += 1
    return text(start..<end)
  }

  /// The rest of a string that holds an escape.
  private mutating func escaped(from start: Int) -> String? {
    var result = Array(bytes[start..<index])
    while let byte = peek {
      index += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: result, as: UTF8.self)
      case UInt8(ascii: "\\"): guard appendEscape(to: &result) else { return fail("an escape sequence") }
      default:
        let run = index - 1
        while let next = peek, next != UInt8(ascii: "\""), next != UInt8(ascii: "\\") { index += 1 }
        result.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[run..<index]))
      }
    }
    return fail("the string's end")
  }

  private mutating func appendEscape(to result: inout [UInt8]) -> Bool {
    guard let byte = peek else { return false }
    index += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): result.append(byte)
    case UInt8(ascii: "b"): result.append(0x08)
    case UInt8(ascii: "f"): result.append(0x0C)
    case UInt8(ascii: "n"): result.append(0x0A)
    case UInt8(ascii: "r"): result.append(0x0D)
    case UInt8(ascii: "t"): result.append(0x09)
    case UInt8(ascii: "u"):
      guard let unit = unit() else { return false }
      UTF8.encode(character(unit)) { result.append($0) }
    default: return false
    }
    return true
  }

  /// Two surrogates make one character; half a pair is none.
  private mutating func character(_ unit: UInt32) -> Unicode.Scalar {
    if (0xD800..<0xDC00).contains(unit), peek == UInt8(ascii: "\\"), index + 1 < bytes.count,
      bytes[index + 1] == UInt8(ascii: "u")
    {
      let mark = index
      index += 2
      if let low = self.unit(), (0xDC00..<0xE000).contains(low),
        let scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
      {
        return scalar
      }
      index = mark
    }
    return Unicode.Scalar(unit) ?? "\u{FFFD}"
  }

  /// Four hexadecimal digits.
  private mutating func unit() -> UInt32? {
    guard index + 4 <= bytes.count else { return nil }
    var value: UInt32 = 0
    for byte in bytes[index..<index + 4] {
      switch byte {
      case 0x30...0x39: value = value << 4 | UInt32(byte - 0x30)
      case 0x41...0x46, 0x61...0x66: value = value << 4 | UInt32((byte | 0x20) - 0x61 + 10)
      default: return nil
      }
    }
    index += 4
    return value
  }

  private var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard peek == byte else { return false }
    index += 1
    return true
  }

  private mutating func skipSpace() {
    while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { index += 1 }
  }

  private func text(_ range: Range<Int>) -> String {
    String(decoding: UnsafeBufferPointer(rebasing: bytes[range]), as: UTF8.self)
  }

  private mutating func fail<Value>(_ expected: String) -> Value? {
    note(expected)
    return nil
  }

  private mutating func refuse<Value>(_ reason: JSONFault.Reason, _ expected: String) -> Value? {
    note(expected, reason)
    return nil
  }

  private mutating func note(_ expected: String, _ reason: JSONFault.Reason? = nil) {
    guard fault == nil else { return }
    let reason = reason ?? (index < bytes.count ? .syntax : .end)
    fault = JSONFault(offset: index, reason: reason, message: "expected \(expected)")
  }
}
