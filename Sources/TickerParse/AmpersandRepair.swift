/// The commonest fault of feeds: `&` written as itself, in a headline or between the parameters of a link. XML parsers
/// drop it together with the word after it; so it is written out before. Pure, linear.
enum AmpersandRepair {
  /// `xml` with every `&` outside CDATA and comments that begins no reference as `&amp;`; nil when there is none.
  static func repaired(_ xml: [UInt8]) -> [UInt8]? {
    var result: [UInt8] = []
    var copied = 0
    var index = 0
    while index < xml.count {
      switch xml[index] {
      case UInt8(ascii: "<"): index = afterLiteral(in: xml, at: index)
      case UInt8(ascii: "&"):
        if !isReference(xml, at: index) {
          result += xml[copied...index]
          result += "amp;".utf8
          copied = index + 1
        }
        index += 1
      default: index += 1
      }
    }
    if copied == 0 { return nil }
    return result + xml[copied...]
  }

  /// Past a CDATA section, a comment or a doctype's internal part, in which `&` is no reference; else past the `<`.
  private static func afterLiteral(in xml: [UInt8], at index: Int) -> Int {
    for (opening, closing) in [("<![CDATA[", "]]>"), ("<!--", "-->")] where xml[index...].starts(with: opening.utf8) {
      let closing = Array(closing.utf8)
      var end = index + opening.utf8.count
      while end < xml.count, !xml[end...].starts(with: closing) { end += 1 }
      return min(end + closing.count, xml.count)
    }
    return index + 1
  }

  /// `&name;`, `&#123;` or `&#x7B;`
  private static func isReference(_ xml: [UInt8], at index: Int) -> Bool {
    let rest = xml[(index + 1)...].prefix(64)
    let name = rest.prefix { $0 != UInt8(ascii: ";") }
    guard name.count < rest.count, let first = name.first else { return false }
    guard first == UInt8(ascii: "#") else {
      return !isDigit(first)
        && name.allSatisfy { isLetter($0) || isDigit($0) || $0 >= 0x80 || "_-.:".utf8.contains($0) }
    }
    let number = name.dropFirst()
    if number.first == UInt8(ascii: "x") {
      return number.count > 1 && number.dropFirst().allSatisfy { isDigit($0) || (0x61...0x66).contains($0 | 0x20) }
    }
    return !number.isEmpty && number.allSatisfy(isDigit)
  }

  private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
