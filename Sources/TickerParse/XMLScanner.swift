import Glibc

/// Takes XML apart into tags and text, in one pass over the bytes, and mends on the way what can be mended: publishers'
/// systems print what no strict parser reads to its end. Nothing is opened, nothing is expanded; time grows with length
/// alone. The bytes must outlive it.
struct XMLScanner {
  enum Token {
    case start(name: Range<Int>, attributes: Range<Int>, isEmpty: Bool)
    case end(name: Range<Int>)
    /// Text between tags; a literal one (CDATA) holds no references.
    case text(Range<Int>, isLiteral: Bool)
    case finished
  }

  let bytes: UnsafeBufferPointer<UInt8>
  /// Those that the document declares itself.
  private(set) var entities = XMLEntities()
  /// What was wrong first, and where.
  private(set) var fault: (offset: Int, message: String)?
  private var index = 0
  /// Known after one search, so that none is made twice.
  private var instructionsEnd = true
  /// Where the `<` stands that was looked for last.
  private var nextTag = -1

  init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  mutating func next() -> Token {
    while index < bytes.count {
      guard bytes[index] == UInt8(ascii: "<") else { return text(from: index, searching: index) }
      let mark = index + 1 < bytes.count ? bytes[index + 1] : 0
      switch mark {
      case UInt8(ascii: "/"): return endTag()
      case UInt8(ascii: "!"): if let token = declaration() { return token }
      case UInt8(ascii: "?"): instruction()
      case _ where Self.beginsName(mark): return startTag()
      default:
        note(index, "a < that should be written &lt;")
        return text(from: index, searching: index + 1)
      }
    }
    return .finished
  }

  /// Only the first fault is kept: what follows is often its consequence.
  mutating func note(_ offset: Int, _ message: String) {
    if fault == nil { fault = (offset, message) }
  }

  /// From 1 on.
  func line(of offset: Int) -> Int { bytes[..<offset].count { $0 == UInt8(ascii: "\n") } + 1 }
}

extension XMLScanner {
  private mutating func text(from start: Int, searching: Int) -> Token {
    // White space before a tag is the most frequent text, and shorter than a search is worth.
    var end = searching
    while end < bytes.count, bytes[end] <= 0x20 { end += 1 }
    if end == bytes.count || bytes[end] != UInt8(ascii: "<") {
      end = bytes.first(UInt8(ascii: "<"), from: end) ?? bytes.count
    }
    index = end
    return .text(start..<index, isLiteral: false)
  }

  private mutating func startTag() -> Token {
    let start = index + 1
    var end = start
    while end < bytes.count, !Self.endsName(bytes[end]) { end += 1 }
    let close = tagEnd(from: end)
    let isClosed = close < bytes.count && bytes[close] == UInt8(ascii: ">")
    if !isClosed { note(index, "a tag that is not closed") }
    let isEmpty = isClosed && close > end && bytes[close - 1] == UInt8(ascii: "/")
    index = isClosed ? close + 1 : close
    return .start(name: start..<end, attributes: end..<(isEmpty ? close - 1 : close), isEmpty: isEmpty)
  }

  /// Where a tag's `>` stands, those in quoted values not counted; where the next tag begins or the document ends, if
  /// it has none.
  private mutating func tagEnd(from start: Int) -> Int {
    var index = start
    var previous: UInt8 = 0
    while index < bytes.count {
      let byte = bytes[index]
      if byte == UInt8(ascii: ">") || byte == UInt8(ascii: "<") { return index }
      if previous == UInt8(ascii: "="), byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
        index = valueEnd(from: index + 1, quote: byte)
      }
      if byte > 0x20 { previous = byte }
      index += 1
    }
    return index
  }

  /// Where a value's closing quote stands. One that would lie behind another tag is missing: the value then ends before
  /// the `>` of its own tag.
  private mutating func valueEnd(from start: Int, quote: UInt8) -> Int {
    if nextTag < start { nextTag = bytes.first(UInt8(ascii: "<"), from: start) ?? bytes.count }
    if let end = bytes.first(quote, in: start..<nextTag) { return end }
    let index = nextTag
    note(start, "a value whose quote is not closed")
    return (bytes.first(UInt8(ascii: ">"), in: start..<index) ?? index) - 1
  }

  private mutating func endTag() -> Token {
    let start = index + 2
    var end = start
    while end < bytes.count, !Self.endsName(bytes[end]) { end += 1 }
    index = end
    while index < bytes.count, bytes[index] != UInt8(ascii: ">"), bytes[index] != UInt8(ascii: "<") { index += 1 }
    if index < bytes.count, bytes[index] == UInt8(ascii: ">") {
      index += 1
    } else {
      note(start, "a tag that is not closed")
    }
    return .end(name: start..<end)
  }

  /// A comment or a declaration, which say nothing here; or a CDATA section, which is text.
  private mutating func declaration() -> Token? {
    if starts(with: "<![CDATA[") {
      let start = index + 9
      let end = bytes.first("]]>", from: start)
      if end == nil { note(index, "a CDATA section that is not closed") }
      index = end.map { $0 + 3 } ?? bytes.count
      return .text(start..<(end ?? bytes.count), isLiteral: true)
    }
    if starts(with: "<!--") {
      comment()
    } else {
      doctype()
    }
    return nil
  }

  private mutating func comment() {
    let end = bytes.first("-->", from: index + 4)
    if end == nil { note(index, "a comment that is not closed") }
    index = end.map { $0 + 3 } ?? bytes.count
  }

  /// `<?xml version="1.0"?>`; one that is not ended so ends with its `>`.
  private mutating func instruction() {
    if instructionsEnd, let end = bytes.first("?>", from: index + 1) {
      index = end + 2
      return
    }
    instructionsEnd = false
    note(index, "a <? that is not closed")
    index = bytes.first(UInt8(ascii: ">"), from: index).map { $0 + 1 } ?? bytes.count
  }

  /// `<!DOCTYPE rss [<!ENTITY …>]>`: past it; quoted text and what is declared inside do not end it.
  private mutating func doctype() {
    let start = index
    var depth = 0
    while index < bytes.count {
      let byte = bytes[index]
      if byte == UInt8(ascii: "<") {
        if starts(with: "<!--") {
          comment()
          continue
        }
        if starts(with: "<!ENTITY") { entities.declare(bytes, from: index + 8) }
        depth += 1
      } else if byte == UInt8(ascii: ">") {
        depth -= 1
      } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
        index = bytes.first(byte, from: index + 1) ?? index
      }
      index += 1
      if depth == 0 { return }
    }
    note(start, "a doctype that is not closed")
  }

  private func starts(with text: StaticString) -> Bool { bytes.starts(with: text, at: index) }

  /// A letter, `_`, `:` or any character beyond ASCII.
  private static func beginsName(_ byte: UInt8) -> Bool {
    (0x61...0x7A).contains(byte | 0x20) || byte >= 0x80 || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ":")
  }

  private static func endsName(_ byte: UInt8) -> Bool {
    byte <= 0x20 || byte == UInt8(ascii: ">") || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "<")
      || byte == UInt8(ascii: "=")
  }
}

/// The attributes of one tag, in order: `name="value"`, and what is about of it without quotes or value.
struct XMLAttributes: IteratorProtocol, Sequence {
  private let bytes: UnsafeBufferPointer<UInt8>
  private var index: Int
  private let end: Int

  init(_ bytes: UnsafeBufferPointer<UInt8>, in range: Range<Int>) {
    self.bytes = bytes
    (index, end) = (range.lowerBound, range.upperBound)
  }

  mutating func next() -> (name: Range<Int>, value: Range<Int>)? {
    // A `=` without name is passed over.
    while index < end, bytes[index] <= 0x20 || bytes[index] == UInt8(ascii: "=") { index += 1 }
    guard index < end else { return nil }
    let start = index
    while index < end, bytes[index] > 0x20, bytes[index] != UInt8(ascii: "=") { index += 1 }
    let name = start..<index
    skipSpace()
    guard index < end, bytes[index] == UInt8(ascii: "=") else { return (name, index..<index) }
    index += 1
    skipSpace()
    guard index < end else { return (name, index..<index) }
    return (name, value())
  }

  private mutating func value() -> Range<Int> {
    let quote = bytes[index]
    guard quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else {
      let start = index
      while index < end, bytes[index] > 0x20 { index += 1 }
      return start..<index
    }
    let start = index + 1
    let close = bytes.first(quote, in: start..<end) ?? end
    index = Swift.min(close + 1, end)
    return start..<close
  }

  private mutating func skipSpace() { while index < end, bytes[index] <= 0x20 { index += 1 } }
}

extension UnsafeBufferPointer<UInt8> {
  func starts(with text: StaticString, at offset: Int) -> Bool {
    let length = text.utf8CodeUnitCount
    guard let start = baseAddress, offset + length <= count else { return false }
    return memcmp(start + offset, text.utf8Start, length) == 0
  }

  /// Whether nothing but white space and control characters stands in `range`.
  func isBlank(_ range: Range<Int>) -> Bool {
    for index in range where self[index] > 0x20 { return false }
    return true
  }

  /// Whether two names are the same but for case: publishers close `<Item>` with `</item>`. It stands here because a
  /// method of the reader would copy all of the reader at each tag.
  func isSameName(_ one: Range<Int>, _ other: Range<Int>) -> Bool {
    guard one.count == other.count, let start = baseAddress else { return false }
    if memcmp(start + one.lowerBound, start + other.lowerBound, one.count) == 0 { return true }
    for index in 0..<one.count where self[one.lowerBound + index] | 0x20 != self[other.lowerBound + index] | 0x20 {
      return false
    }
    return true
  }

  /// Whether `range` holds just `text`.
  func isText(_ range: Range<Int>, _ text: StaticString) -> Bool {
    range.count == text.utf8CodeUnitCount && starts(with: text, at: range.lowerBound)
  }

  /// Where `byte` stands first in `range`.
  func first(_ byte: UInt8, in range: Range<Int>) -> Int? {
    guard let start = baseAddress, !range.isEmpty,
      let found = memchr(start + range.lowerBound, Int32(byte), range.count)
    else { return nil }
    return UnsafeRawPointer(found) - UnsafeRawPointer(start)
  }

  func first(_ byte: UInt8, from offset: Int) -> Int? {
    offset < count ? first(byte, in: offset..<count) : nil
  }

  /// Where `text` stands first from `offset` on.
  func first(_ text: StaticString, from offset: Int) -> Int? {
    var offset = offset
    while let found = first(text.utf8Start.pointee, from: offset) {
      if starts(with: text, at: found) { return found }
      offset = found + 1
    }
    return nil
  }
}
