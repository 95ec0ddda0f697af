import TickerModel

/// The lines of a plain-text document between two marks (SPEC §2, §3.2). Pure.
enum TextWindow {
  /// Bytes of one line that are kept; a ticker line has some hundred.
  static let longestLine = 64 << 10

  static func parse(_ document: Decoded, by rules: ParseRules) throws(ParseError) -> ParsedDocument {
    if rules.selectsElements {
      throw ParseError(
        .selector, "text has no elements: remove select, xpath, fields and container, or write kind = \"html\"")
    }
    let items = try window(of: lines(of: document.bytes), by: rules).lazy.filter { !$0.isEmpty }
      .prefix(rules.maxItems).map { ParsedItem(title: $0) }
    return ParsedDocument(form: .window, kind: .text, items: Array(items))
  }

  /// Each line with its white space folded, blank ones as "".
  private static func lines(of bytes: [UInt8]) -> [String] {
    var lines: [String] = []
    var begin = 0
    for (index, byte) in bytes.enumerated() where byte == lineFeed || byte == carriageReturn {
      // The line feed of a CR LF ends no second line.
      if byte == lineFeed, index > 0, bytes[index - 1] == carriageReturn {
        begin = index + 1
        continue
      }
      lines.append(line(bytes[begin..<index]))
      begin = index + 1
    }
    if begin < bytes.count { lines.append(line(bytes[begin...])) }
    return lines
  }

  private static func line(_ bytes: ArraySlice<UInt8>) -> String {
    PlainText.folded(PlainText.cut(String(decoding: bytes, as: UTF8.self), to: longestLine))
  }

  private static func window(of lines: [String], by rules: ParseRules) throws(ParseError) -> ArraySlice<String> {
    var rest = lines[...]
    if let start = rules.startMark {
      guard let found = start.index(in: rest, text: \.self) else {
        if rules.mayBeEmpty { return [] }
        throw ParseError(
          .start, "no line \(start.shown) (start); look at the document and write the line before the window")
      }
      rest = rest[(found + 1)...]
    }
    rest = rest.drop { $0.isEmpty }
    guard let end = rules.endMark else { return rest }
    if let found = end.index(in: rest, text: \.self) { return rest[..<found] }
    if end.isBlank { return rest }
    throw ParseError(
      .end, "no line after start \(end.shown) (end); write the line after the window, or end = \"\" for a blank one")
  }

  private static let lineFeed = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")
}
