import CXML

extension AttributeTest {
  func holds(_ written: UnsafeBufferPointer<UInt8>) -> Bool {
    guard ignoresCase else { return compares(written) }
    return written.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }.withUnsafeBufferPointer(compares)
  }

  /// Nothing contains "".
  private func compares(_ written: UnsafeBufferPointer<UInt8>) -> Bool {
    switch comparison {
    case .exists: true
    case .equals: written.elementsEqual(value)
    case .isWord: written.hasWord(value)
    case .isOrHasPrefix:
      written.starts(with: value) && (written.count == value.count || written[value.count] == UInt8(ascii: "-"))
    case .begins: !value.isEmpty && written.starts(with: value)
    case .ends: !value.isEmpty && written.count >= value.count && written.suffix(value.count).elementsEqual(value)
    case .contains: !value.isEmpty && written.contains(value)
    }
  }
}

extension UnsafeBufferPointer<UInt8> {
  /// Whether `word`, without white space, is one of the white-space separated words.
  func hasWord(_ word: [UInt8]) -> Bool {
    guard !word.isEmpty, !word.contains(where: Self.isSpace) else { return false }
    var start = 0
    while start + word.count <= count {
      let end = start + word.count
      let isWord = self[start..<end].elementsEqual(word) && (end == count || Self.isSpace(self[end]))
      if isWord { return true }
      while start < count, !Self.isSpace(self[start]) { start += 1 }
      while start < count, Self.isSpace(self[start]) { start += 1 }
    }
    return false
  }

  /// Whether `part` occurs.
  func contains(_ part: [UInt8]) -> Bool {
    place(of: part) != nil
  }

  /// Where `part` occurs first, in linear time.
  func place(of part: [UInt8]) -> Int? {
    let place = cxml_find(baseAddress, count, part, part.count)
    return place < 0 ? nil : place
  }

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || (0x09...0x0A).contains(byte) || (0x0C...0x0D).contains(byte)
  }
}

/// Extended filtering of RFC 4647 §3.3.2, which `:lang()` asks for. Pure.
enum LanguageRange {
  /// Subtags of the range appear in the tag in this order; `*` stands for any, and only singletons (`x`, `u`, …) end the
  /// search.
  static func contains(_ range: [UInt8], _ tag: [UInt8]) -> Bool {
    if range.isEmpty { return tag.isEmpty }
    let hyphen = UInt8(ascii: "-")
    let wanted = range.split(separator: hyphen, omittingEmptySubsequences: false)
    var subtags = tag.split(separator: hyphen, omittingEmptySubsequences: false)[...]
    guard let first = subtags.popFirst(), !first.isEmpty || wanted[0].isEmpty, isSame(wanted[0], first) else {
      return false
    }
    for subtag in wanted.dropFirst() where !isAny(subtag) {
      while let next = subtags.first, !isSame(subtag, next) {
        if next.count <= 1 { return false }
        subtags.removeFirst()
      }
      if subtags.popFirst() == nil { return false }
    }
    return true
  }

  private static func isAny(_ subtag: ArraySlice<UInt8>) -> Bool { subtag.elementsEqual("*".utf8) }

  private static func isSame(_ range: ArraySlice<UInt8>, _ tag: ArraySlice<UInt8>) -> Bool {
    isAny(range) ? !tag.isEmpty : range.elementsEqual(tag) { $0 == $1 || $0 | 0x20 == $1 | 0x20 && ($0 | 0x20) >= 0x61 }
  }
}
