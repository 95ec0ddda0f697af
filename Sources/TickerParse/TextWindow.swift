import TickerModel

/// The lines of a plain-text document between two marks (SPEC §2, §3.2). Pure.
enum TextWindow {
  /// Bytes of one line that are kept; a ticker line has some hundred.
  static let longestLine = 64 << 10

  static func parse(_ document: Decoded, by rules: ParseRules) throws(ParseError) -> ParsedDocument {
    if rules.selectsElements {
      throw ParseError(
        .selector,
        "text has no elements: remove select, xpath, fields and container, or write kind = \"html\""
      )
    }
    let items = try document.bytes.withUnsafeBufferPointer { bytes throws(ParseError) in
      var lines = TextLines(bytes)
      return try window(of: &lines, by: rules)
    }
    return ParsedDocument(form: .window, kind: .text, items: items)
  }

  private static func window(of lines: inout TextLines, by rules: ParseRules) throws(ParseError)
    -> [ParsedItem]
  {
    if let start = rules.startMark, !lines.skip(past: start) {
      if rules.mayBeEmpty { return [] }
      throw ParseError(
        .start,
        "no line \(start.shown) (start); look at the document and write the line before the window")
    }
    var items: [ParsedItem] = []
    var isLeading = true
    let isEnd = rules.endMark?.test
    while lines.next() {
      if isLeading, lines.line.isEmpty { continue }
      isLeading = false
      if isEnd?(lines.line) == true { return items }
      if items.count < rules.maxItems {
        if !lines.line.isEmpty {
          items.append(ParsedItem(title: String(decoding: lines.line, as: UTF8.self)))
        }
      } else if isEnd == nil {
        return items
      }
    }
    guard let end = rules.endMark, !end.isBlank else { return items }
    throw ParseError(
      .end,
      "no line after start \(end.shown) (end); write the line after the window, or end = \"\" for a blank one"
    )
  }
}

/// The lines of a text, one after another, each with its white space folded: none is kept. The bytes must outlive it.
private struct TextLines: ~Copyable {
  private let bytes: UnsafeBufferPointer<UInt8>
  private var index = 0
  private var folded = ByteBuffer()

  init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  /// The line that came last, valid until the next one; empty for a blank one.
  var line: UnsafeBufferPointer<UInt8> { folded.bytes }

  /// Moves on to the next line; false when there is none.
  mutating func next() -> Bool {
    guard index < bytes.count else { return false }
    let start = index
    var end = start
    while end < bytes.count, bytes[end] != Self.lineFeed, bytes[end] != Self.carriageReturn {
      end += 1
    }
    index = end + 1
    // The line feed of a CR LF ends no second line.
    if index < bytes.count, bytes[end] == Self.carriageReturn, bytes[index] == Self.lineFeed {
      index += 1
    }
    if end - start > TextWindow.longestLine {
      end = start + TextWindow.longestLine
      while end > start, bytes[end] & 0xC0 == 0x80 { end -= 1 }
    }
    folded.removeAll()
    PlainText.append(
      UnsafeBufferPointer(rebasing: bytes[start..<end]), isMarkup: false, to: &folded)
    return true
  }

  /// Moves on to the first line that fits; false when none does.
  mutating func skip(past mark: LineMark) -> Bool {
    let fits = mark.test
    while next() { if fits(line) { return true } }
    return false
  }

  private static let lineFeed = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")
}
