import CXML

/// The text that XML stands for: references replaced once. What is no reference stays as it is written.
enum XMLText {
  /// Bytes of the longest reference; HTML's names have up to 31 letters.
  private static let longestReference = 64

  typealias Fault = (offset: Int, message: StaticString)

  private static let bare: StaticString = "an ampersand that should be written &amp;"
  private static let noCharacter: StaticString = "a reference to no character"

  /// Appends the text in `range` to `buffer`, at most `room` bytes and a reference. Returns what was wrong first.
  @discardableResult static func append(
    _ range: Range<Int>, of scanner: borrowing XMLScanner, to buffer: inout ByteBuffer, room: Int
  ) -> Fault? {
    let bytes = scanner.bytes
    guard let start = bytes.baseAddress else { return nil }
    var fault: Fault?
    var index = range.lowerBound
    let full = buffer.count + room
    while buffer.count < full {
      let ampersand = bytes.first(UInt8(ascii: "&"), in: index..<range.upperBound)
      let end = ampersand ?? range.upperBound
      buffer.append(start + index, count: min(end - index, full - buffer.count))
      guard let ampersand else { break }
      if let semicolon = referenceEnd(ampersand, before: range.upperBound, in: bytes) {
        if !reference(ampersand + 1..<semicolon, of: scanner, to: &buffer), fault == nil {
          fault = (ampersand, noCharacter)
        }
        index = semicolon + 1
      } else {
        if fault == nil { fault = (ampersand, bare) }
        buffer.append(UInt8(ascii: "&"))
        index = ampersand + 1
      }
    }
    return fault
  }

  /// What is wrong with text that nobody reads.
  static func fault(in range: Range<Int>, of bytes: UnsafeBufferPointer<UInt8>) -> Fault? {
    var index = range.lowerBound
    while let ampersand = bytes.first(UInt8(ascii: "&"), in: index..<range.upperBound) {
      guard let end = referenceEnd(ampersand, before: range.upperBound, in: bytes) else { return (ampersand, bare) }
      index = end
    }
    return nil
  }

  /// Where the `;` of `&name;`, `&#123;` or `&#x7B;` stands.
  private static func referenceEnd(
    _ ampersand: Int, before end: Int, in bytes: UnsafeBufferPointer<UInt8>
  ) -> Int? {
    var index = ampersand + 1
    let limit = min(end, index + longestReference)
    while index < limit, bytes[index] != UInt8(ascii: ";") {
      let byte = bytes[index]
      let isInside =
        (0x61...0x7A).contains(byte | 0x20) || (0x30...0x39).contains(byte) || byte >= 0x80
        || (byte == UInt8(ascii: "#") && index == ampersand + 1) || "_-.:".utf8.contains(byte)
      if !isInside { return nil }
      index += 1
    }
    guard index < limit, index > ampersand + 1 else { return nil }
    let first = bytes[ampersand + 1]
    if first == UInt8(ascii: "#") { return isNumber(ampersand + 2..<index, in: bytes) ? index : nil }
    return (0x30...0x39).contains(first) ? nil : index
  }

  private static func isNumber(_ range: Range<Int>, in bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    guard let first = range.first else { return false }
    if bytes[first] | 0x20 == UInt8(ascii: "x") {
      return range.count > 1
        && bytes[range.dropFirst()].allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0 | 0x20) }
    }
    return bytes[range].allSatisfy { (0x30...0x39).contains($0) }
  }

  /// Appends what `&name;` stands for, itself when nobody knows; false when it is the number of no character of XML,
  /// which stands for nothing.
  private static func reference(
    _ name: Range<Int>, of scanner: borrowing XMLScanner, to buffer: inout ByteBuffer
  ) -> Bool {
    let bytes = scanner.bytes
    guard let start = bytes.baseAddress else { return true }
    if bytes[name.lowerBound] == UInt8(ascii: "#") {
      guard let character = character(name.dropFirst(), in: bytes) else { return false }
      buffer.append(character)
    } else if let byte = predefined(name, in: bytes) {
      buffer.append(byte)
    } else if let text = scanner.entities.text(of: name, in: bytes) {
      buffer.append(start + text.lowerBound, count: text.count)
    } else if let character = PlainText.entity(String(decoding: bytes[name], as: UTF8.self)) {
      buffer.append(character)
    } else {
      buffer.append(start + name.lowerBound - 1, count: name.count + 2)
    }
    return true
  }

  /// XML 1.0, section 4.6.
  private static func predefined(_ name: Range<Int>, in bytes: UnsafeBufferPointer<UInt8>) -> UInt8? {
    let start = name.lowerBound
    switch name.count {
    case 2 where bytes[start + 1] == UInt8(ascii: "t"):
      return bytes[start] == UInt8(ascii: "l")
        ? UInt8(ascii: "<") : bytes[start] == UInt8(ascii: "g") ? UInt8(ascii: ">") : nil
    case 3: return bytes.starts(with: "amp", at: start) ? UInt8(ascii: "&") : nil
    case 4:
      return bytes.starts(with: "quot", at: start)
        ? UInt8(ascii: "\"") : bytes.starts(with: "apos", at: start) ? UInt8(ascii: "'") : nil
    default: return nil
    }
  }

  private static func character(_ number: Range<Int>, in bytes: UnsafeBufferPointer<UInt8>) -> Unicode.Scalar? {
    var value: UInt32 = 0
    let isHexadecimal = number.first.map { bytes[$0] | 0x20 == UInt8(ascii: "x") } ?? false
    for byte in bytes[isHexadecimal ? number.dropFirst() : number] where value < 0x110000 {
      let digit = UInt32(byte <= 0x39 ? byte - 0x30 : (byte | 0x20) - 0x61 + 10)
      value = value * (isHexadecimal ? 16 : 10) + digit
    }
    let isCharacter = value >= 0x20 || value == 0x09 || value == 0x0A || value == 0x0D
    return isCharacter ? Unicode.Scalar(value) : nil
  }
}
