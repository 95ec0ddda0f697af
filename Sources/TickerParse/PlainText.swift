import CXML

/// Text with markup reduced to plain text, once: tags gone, entities resolved, white space folded. It is linear in its
/// input and knows no nesting, so that no text can make it slow or deep. Pure.
struct PlainText {
  /// Whether tags and references are markup; else they are text.
  private let isMarkup: Bool
  private let bytes: UnsafeBufferPointer<UInt8>
  private var index = 0
  /// White space that is written when something follows.
  private var gap = false
  /// Hidden elements known to have no closing tag ahead, so that none is searched twice.
  private var unclosed: Set<String> = []

  private init(_ bytes: UnsafeBufferPointer<UInt8>, isMarkup: Bool) {
    self.bytes = bytes
    self.isMarkup = isMarkup
  }

  /// Plain text of an HTML fragment.
  static func ofHTML(_ html: String) -> String { text(html, isMarkup: true) }

  /// White space folded and trimmed, as Normalise.foldWhitespace does but over bytes, five times as fast; and the control
  /// characters that authors write for windows-1252's quotes and dashes made those.
  static func folded(_ text: String) -> String { self.text(text, isMarkup: false) }

  /// The same of bytes, valid UTF-8.
  static func folded(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
    var result = ByteBuffer(capacity: bytes.count + 16)
    append(bytes, isMarkup: false, to: &result)
    return result.text()
  }

  /// Appends the plain text of `bytes`, valid UTF-8, to `result`, which must be empty.
  static func append(_ bytes: UnsafeBufferPointer<UInt8>, isMarkup: Bool, to result: inout ByteBuffer) {
    var reduction = PlainText(bytes, isMarkup: isMarkup)
    reduction.run(&result)
  }

  /// `text` with its character references resolved once, tags left alone.
  static func resolvingReferences(_ text: String) -> String {
    guard text.utf8.contains(ampersand) else { return text }
    var text = text
    return text.withUTF8 { bytes in
      var result = ByteBuffer(capacity: bytes.count)
      var reduction = PlainText(bytes, isMarkup: true)
      while reduction.index < bytes.count {
        if bytes[reduction.index] != ampersand || !reduction.reference(&result) {
          result.append(bytes[reduction.index])
          reduction.index += 1
        }
      }
      return result.text()
    }
  }

  /// At most `bytes` of `text`, cut before a character that would not fit.
  static func cut(_ text: String, to bytes: Int) -> String {
    guard text.utf8.count > bytes else { return text }
    var end = text.utf8.index(text.utf8.startIndex, offsetBy: bytes)
    while end.samePosition(in: text.unicodeScalars) == nil { end = text.utf8.index(before: end) }
    return String(text[..<end])
  }

  /// Elements that stand on lines of their own: their edges are white space. The others join what is around them.
  static let blocks: Set<String> = [
    "address", "article", "aside", "blockquote", "br", "button", "caption", "center", "dd", "details", "dialog", "dir",
    "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6",
    "header",
    "hgroup", "hr", "legend", "li", "main", "menu", "nav", "ol", "optgroup", "option", "p", "pre", "search", "section",
    "select", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
  ]

  /// Elements whose content is not for readers.
  static let hidden: Set<String> = ["script", "style", "noscript", "template"]

  /// The character that an HTML entity's name stands for, `&` and `;` left out.
  static func entity(_ name: String) -> String? {
    var utf8: (CChar, CChar, CChar, CChar, CChar, CChar, CChar, CChar) = (0, 0, 0, 0, 0, 0, 0, 0)
    return withUnsafeMutableBytes(of: &utf8) { buffer in
      guard let start = buffer.baseAddress?.assumingMemoryBound(to: CChar.self), cxml_html_entity(name, start) else {
        return nil
      }
      return String(cString: start)
    }
  }
}

extension PlainText {
  private static let lessThan = UInt8(ascii: "<")
  private static let ampersand = UInt8(ascii: "&")
  /// The longest name of a character in HTML 5 has 31 letters; `#` and the digits of any number are shorter.
  private static let longestName = 32

  private static func text(_ text: String, isMarkup: Bool) -> String {
    var text = text
    let reduced: String? = text.withUTF8 { bytes in
      var result = ByteBuffer(capacity: bytes.count + 16)
      append(bytes, isMarkup: isMarkup, to: &result)
      // Most texts are plain already: they are not made a second time.
      return result.bytes.elementsEqual(bytes) ? nil : result.text()
    }
    return reduced ?? text
  }

  /// Whether a byte always stands for itself: no white space, no mark of markup, no first byte of a wide space or of a
  /// C1 control. Most are above `<`, which is asked first.
  private static func isPlain(_ byte: UInt8) -> Bool {
    if byte &- 0x3D < 0x85 { return true }
    return byte > 0x20 && byte != lessThan && byte != ampersand && byte != 0xC2 && !(0xE1...0xE3).contains(byte)
  }

  private mutating func run(_ result: inout ByteBuffer) {
    while index < bytes.count {
      let end = runEnd()
      if end > index { copy(end - index, to: &result) }
      guard index < bytes.count else { return }
      switch bytes[index] {
      case 0x20, 0x09...0x0D: skipSpace(1)
      case ..<0x20: index += 1  // a control character says nothing to a reader
      case Self.lessThan where isMarkup: if !tag() { copy(1, to: &result) }
      case Self.ampersand where isMarkup: if !reference(&result) { copy(1, to: &result) }
      case Self.lessThan, Self.ampersand: copy(1, to: &result)
      default: wide(&result)
      }
    }
  }

  /// Where the bytes end that stand for themselves, single spaces between them included.
  private func runEnd() -> Int {
    var end = plainWordsEnd()
    while end < bytes.count {
      if Self.isPlain(bytes[end]) {
        end += 1
      } else if bytes[end] == 0x20, end > index, bytes[end - 1] != 0x20, end + 1 < bytes.count,
        Self.isPlain(bytes[end + 1])
      {
        end += 2
      } else {
        break
      }
    }
    while end > index, bytes[end - 1] == 0x20 { end -= 1 }
    return end
  }

  /// The same for ASCII, eight bytes at a time, and perhaps too short: a borrow can make a byte look like a mark that is
  /// none. It may end behind a space.
  private func plainWordsEnd() -> Int {
    let raw = UnsafeRawBufferPointer(bytes)
    var end = index
    var isAfterSpace = true
    while end + 8 <= raw.count {
      let word = raw.loadUnaligned(fromByteOffset: end, as: UInt64.self)
      let spaces = Self.zeros(word ^ Self.each(0x20))
      let marks =
        Self.zeros(word ^ Self.each(UInt64(Self.lessThan))) | Self.zeros(word ^ Self.each(UInt64(Self.ampersand)))
        | word | (word &- Self.each(0x20)) & ~word
      if marks & Self.each(0x80) != 0 || spaces & spaces << 8 != 0 || isAfterSpace && spaces & 0x80 != 0 { break }
      isAfterSpace = spaces >> 63 != 0
      end += 8
    }
    return end
  }

  private static func each(_ byte: UInt64) -> UInt64 { byte &* 0x0101_0101_0101_0101 }

  /// The highest bit of each byte that is zero, and perhaps of one above it.
  private static func zeros(_ word: UInt64) -> UInt64 { (word &- each(1)) & ~word & each(0x80) }

  private mutating func copy(_ count: Int, to result: inout ByteBuffer) {
    closeGap(&result)
    if let start = bytes.baseAddress { result.append(start + index, count: count) }
    index += count
  }

  private mutating func closeGap(_ result: inout ByteBuffer) {
    if gap, !result.isEmpty { result.append(0x20) }
    gap = false
  }

  private mutating func skipSpace(_ length: Int) {
    gap = true
    index += length
  }

  private func at(_ offset: Int) -> UInt8 { offset < bytes.count ? bytes[offset] : 0 }

  /// U+0085 is no white space here: it is windows-1252's ellipsis.
  private mutating func wide(_ result: inout ByteBuffer) {
    switch (bytes[index], at(index + 1), at(index + 2)) {
    case (0xC2, 0xA0, _): skipSpace(2)
    case (0xC2, 0x80...0x9F, _):
      closeGap(&result)
      result.append(Unicode.Scalar(Windows1252.corrected(UInt32(bytes[index + 1]))) ?? "\u{FFFD}")
      index += 2
    case (0xE1, 0x9A, 0x80), (0xE3, 0x80, 0x80): skipSpace(3)  // Ogham and ideographic space
    case (0xE2, 0x80, 0x80...0x8A), (0xE2, 0x80, 0xA8...0xA9), (0xE2, 0x80, 0xAF), (0xE2, 0x81, 0x9F): skipSpace(3)
    case (0xC2, _, _): copy(min(2, bytes.count - index), to: &result)
    default: copy(min(3, bytes.count - index), to: &result)
    }
  }

  /// HTML's tokenizer in short (https://html.spec.whatwg.org/multipage/parsing.html#tag-open-state): a `<` that no
  /// letter, `/`, `!` or `?` follows is a character, and so is a declaration that never ends.
  private mutating func tag() -> Bool {
    var inside = index + 1
    if bytes.starts(with: "!--", at: inside) {
      // `<!-->` is a whole comment
      index = bytes.first("-->", from: inside + 1).map { $0 + 3 } ?? bytes.count
      return true
    }
    let closes = at(inside) == UInt8(ascii: "/")
    if closes { inside += 1 }
    let first = at(inside)
    if !closes, first == UInt8(ascii: "!") || first == UInt8(ascii: "?") {
      guard !unclosed.contains(">"), let end = bytes.first(UInt8(ascii: ">"), from: inside) else {
        unclosed.insert(">")
        return false
      }
      index = end + 1
      return true
    }
    guard Self.isLetter(first) else { return false }
    var end = inside
    while end < bytes.count, Self.isLetter(bytes[end]) || Self.isDigit(bytes[end]) { end += 1 }
    let name = ElementName(bytes[inside..<end])
    index = afterAttributes(from: end)
    if name.isBlock {
      gap = true
    } else if !closes, name.isHidden {
      skipContent(of: String(decoding: bytes[inside..<end], as: UTF8.self).lowercased())
    }
    return true
  }

  /// Past the closing tag; a `<script>` that is never closed is a word about scripts, not one.
  private mutating func skipContent(of name: String) {
    if unclosed.contains(name) { return }
    let closing = Array("</\(name)".utf8)
    var search = index
    while let open = bytes.first(Self.lessThan, from: search) {
      if bytes[open...].prefix(closing.count).elementsEqual(closing, by: { $0 | 0x20 == $1 | 0x20 }) {
        index = bytes.first(UInt8(ascii: ">"), from: open).map { $0 + 1 } ?? bytes.count
        return
      }
      search = open + 1
    }
    unclosed.insert(name)
  }

  private mutating func reference(_ result: inout ByteBuffer) -> Bool {
    var end = index + 1
    while end < bytes.count, end - index <= Self.longestName,
      Self.isLetter(bytes[end]) || Self.isDigit(bytes[end]) || bytes[end] == UInt8(ascii: "#")
    { end += 1 }
    let ended = at(end) == UInt8(ascii: ";")
    guard let scalar = Self.character(bytes[(index + 1)..<end], ended: ended) else { return false }
    index = end + (ended ? 1 : 0)
    if scalar.properties.isWhitespace {
      gap = true
    } else if scalar.value > 0x20 {
      closeGap(&result)
      result.append(scalar)
    }
    return true
  }

  private static func character(_ name: Slice<UnsafeBufferPointer<UInt8>>, ended: Bool) -> Unicode.Scalar? {
    guard name.first == UInt8(ascii: "#") else {
      guard name.count > 1, let scalar = entity(String(decoding: name, as: UTF8.self))?.unicodeScalars.first else {
        return nil
      }
      // HTML leaves the semicolon out only after the names of its first version, all below U+0100.
      return ended || scalar.value < 0x100 ? scalar : nil
    }
    let digits = name.dropFirst()
    let isHexadecimal = digits.first.map { $0 | 0x20 == UInt8(ascii: "x") } ?? false
    let text = String(decoding: isHexadecimal ? digits.dropFirst() : digits, as: UTF8.self)
    guard let number = UInt32(text, radix: isHexadecimal ? 16 : 10) else { return nil }
    guard number != 0 else { return "\u{FFFD}" }
    return Unicode.Scalar(Windows1252.corrected(number)) ?? "\u{FFFD}"
  }

  /// Past the `>` of a tag, not counting those in quoted values. A tag that never ends takes the rest, as in browsers.
  private func afterAttributes(from start: Int) -> Int {
    var quote: UInt8?
    var previous: UInt8 = 0
    for index in start..<bytes.count {
      let byte = bytes[index]
      if let open = quote {
        if byte == open { quote = nil }
      } else if byte == UInt8(ascii: ">") {
        return index + 1
      } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'"), previous == UInt8(ascii: "=") {
        quote = byte
      }
      if byte > 0x20 { previous = byte }
    }
    return bytes.count
  }

  private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}

/// An element's name in one word, so that it is compared without a string.
struct ElementName: Hashable {
  /// The letters, in lower case; of a name longer than 16, which none of HTML is, nothing.
  private var letters: (UInt64, UInt64) = (0, 0)

  init(_ name: some Collection<UInt8>) {
    guard name.count <= 16 else { return }
    for byte in name { letters = (letters.0 << 8 | letters.1 >> 56, letters.1 << 8 | UInt64(byte | 0x20)) }
  }

  /// Whether it stands on lines of its own.
  var isBlock: Bool { self == Self.paragraph || Self.blocks.contains(self) }
  /// Whether its content is not for readers.
  var isHidden: Bool { Self.hidden.contains(self) }

  static func == (one: ElementName, other: ElementName) -> Bool { one.letters == other.letters }
  func hash(into hasher: inout Hasher) { hasher.combine(letters.1) }

  private static let paragraph = ElementName("p".utf8)
  private static let blocks = Set(PlainText.blocks.map { ElementName($0.utf8) })
  private static let hidden = Set(PlainText.hidden.map { ElementName($0.utf8) })
}
