/// The entities that a document declares itself, as far as they are short plain text: replacements are never looked
/// into, so nothing grows, and external ones are never opened.
struct XMLEntities {
  /// Of one document; those that declare any declare a handful.
  private static let most = 64
  /// Bytes of a replacement: a character or a word, not a bomb.
  private static let longest = 64

  private var declared: [(name: Range<Int>, text: Range<Int>)] = []

  /// Takes `name "text"` at `start`, if it is that.
  mutating func declare(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) {
    guard declared.count < Self.most else { return }
    var index = start
    func word(_ isInside: (UInt8) -> Bool) -> Range<Int> {
      while index < bytes.count, bytes[index] <= 0x20 { index += 1 }
      let start = index
      while index < bytes.count, index - start <= Self.longest, isInside(bytes[index]) { index += 1 }
      return start..<index
    }
    let name = word { $0 > 0x20 && $0 != UInt8(ascii: "%") && $0 != UInt8(ascii: ">") }
    let opening = word { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "'") }
    guard !name.isEmpty, opening.count == 1 else { return }
    let quote = bytes[opening.lowerBound]
    let first = index
    while index < bytes.count, index - first <= Self.longest, bytes[index] != quote { index += 1 }
    let text = bytes[first..<index]
    guard index < bytes.count, bytes[index] == quote, !text.contains(UInt8(ascii: "&")),
      !text.contains(UInt8(ascii: "<"))
    else { return }
    declared.append((name, first..<index))
  }

  /// The replacement of `name`; the first declaration counts (XML 1.0, section 4.2).
  func text(of name: Range<Int>, in bytes: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
    declared.first { $0.name.count == name.count && bytes[$0.name].elementsEqual(bytes[name]) }?.text
  }
}
