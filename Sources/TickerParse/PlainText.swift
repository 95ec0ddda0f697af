import CXML

/// Text with markup reduced to plain text, once: tags gone, entities resolved, white space folded. It is linear in its
/// input and knows no nesting, so that no text can make it slow or deep. Pure.
struct PlainText {
  private var rest: ArraySlice<UInt8>
  private var result: [UInt8] = []
  /// Hidden elements known to have no closing tag ahead, so that none is searched twice.
  private var unclosed: Set<String> = []

  private init(_ text: String) { rest = Array(text.utf8)[...] }

  /// Plain text of an HTML fragment.
  static func ofHTML(_ html: String) -> String {
    guard html.utf8.contains(where: { $0 == lessThan || $0 == ampersand }) else { return folded(html) }
    var reduction = PlainText(html)
    reduction.reduce()
    return reduction.result.withUnsafeBufferPointer { Folding.text($0) }
  }

  /// White space folded and trimmed, as Normalise.foldWhitespace does but over bytes, five times as fast; and the control
  /// characters that authors write for windows-1252's quotes and dashes made those.
  static func folded(_ text: String) -> String {
    var text = text
    return text.withUTF8 { Folding.text($0) }
  }

  /// `text` with its character references resolved once, tags left alone.
  static func resolvingReferences(_ text: String) -> String {
    guard text.utf8.contains(ampersand) else { return text }
    var reduction = PlainText(text)
    while let byte = reduction.rest.first {
      if byte == ampersand { reduction.reference() } else { reduction.copy(byte) }
    }
    return String(decoding: reduction.result, as: UTF8.self)
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

  private mutating func reduce() {
    while let byte = rest.first {
      switch byte {
      case Self.lessThan: tag()
      case Self.ampersand: reference()
      default: copy(byte)
      }
    }
  }

  private mutating func copy(_ byte: UInt8) {
    result.append(byte)
    rest.removeFirst()
  }

  /// HTML's tokenizer in short (https://html.spec.whatwg.org/multipage/parsing.html#tag-open-state): a `<` that no
  /// letter, `/`, `!` or `?` follows is a character.
  private mutating func tag() {
    var inside = rest.dropFirst()
    if inside.starts(with: "!--".utf8) {
      rest = Self.after("-->", in: inside.dropFirst())  // `<!-->` is a whole comment
      return
    }
    let closes = inside.first == UInt8(ascii: "/")
    if closes { inside.removeFirst() }
    guard let first = inside.first else { return copy(Self.lessThan) }
    if !closes, first == UInt8(ascii: "!") || first == UInt8(ascii: "?") {
      rest = Self.after(">", in: inside)
      return
    }
    guard Self.isLetter(first) else { return copy(Self.lessThan) }
    let name = String(decoding: inside.prefix { Self.isLetter($0) || Self.isDigit($0) }, as: UTF8.self).lowercased()
    rest = Self.afterAttributes(of: inside)
    if Self.blocks.contains(name) { result.append(UInt8(ascii: " ")) }
    if !closes, Self.hidden.contains(name), !unclosed.contains(name) { skipContent(of: name) }
  }

  /// Past the closing tag; a `<script>` that is never closed is a word about scripts, not one.
  private mutating func skipContent(of name: String) {
    let closing = Array("</\(name)".utf8)
    var search = rest
    while let open = search.firstIndex(of: Self.lessThan) {
      search = search[open...]
      if search.prefix(closing.count).elementsEqual(closing, by: { $0 | 0x20 == $1 | 0x20 }) {
        rest = Self.after(">", in: search)
        return
      }
      search = search.dropFirst()
    }
    unclosed.insert(name)
  }

  private mutating func reference() {
    let name = rest.dropFirst().prefix(Self.longestName).prefix {
      Self.isLetter($0) || Self.isDigit($0) || $0 == UInt8(ascii: "#")
    }
    let ended = name.endIndex < rest.endIndex && rest[name.endIndex] == UInt8(ascii: ";")
    guard let character = Self.character(String(decoding: name, as: UTF8.self), ended: ended) else {
      return copy(Self.ampersand)
    }
    result += Array(character.utf8)
    rest = rest[(name.endIndex + (ended ? 1 : 0))...]
  }

  private static func character(_ name: String, ended: Bool) -> String? {
    if name.hasPrefix("#x") || name.hasPrefix("#X") { return numbered(UInt32(name.dropFirst(2), radix: 16)) }
    if name.hasPrefix("#") { return numbered(UInt32(name.dropFirst())) }
    guard let character = entity(name) else { return nil }
    // HTML leaves the semicolon out only after the names of its first version, all below U+0100.
    return ended || (character.unicodeScalars.first?.value ?? 0) < 0x100 ? character : nil
  }

  private static func numbered(_ number: UInt32?) -> String? {
    guard let number else { return nil }
    guard number != 0, let scalar = Unicode.Scalar(Windows1252.corrected(number)) else { return "\u{FFFD}" }
    return String(Character(scalar))
  }

  private static func after(_ mark: String, in text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    guard let end = text.firstRange(of: Array(mark.utf8)) else { return [] }
    return text[end.upperBound...]
  }

  /// Past the `>` of a tag, not counting those in quoted values. A tag that never ends takes the rest, as in browsers.
  private static func afterAttributes(of tag: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var quote: UInt8?
    var previous: UInt8 = 0
    for (index, byte) in zip(tag.indices, tag) {
      if let open = quote {
        if byte == open { quote = nil }
      } else if byte == UInt8(ascii: ">") {
        return tag[(index + 1)...]
      } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'"), previous == UInt8(ascii: "=") {
        quote = byte
      }
      if byte > 0x20 { previous = byte }
    }
    return []
  }

  private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
