import TickerText

/// A mark before or after a window: a whole line, or a pattern that a line contains. Pure value.
enum LineMark {
  case line(String)
  case pattern(Pattern)

  /// A blank line, as the end of a window.
  var isBlank: Bool { if case .line(let line) = self { PlainText.folded(line).isEmpty } else { false } }

  /// For errors.
  var shown: String {
    switch self {
    case .line(let line): "equals \"\(line)\""
    case .pattern(let pattern): "matches \"\(pattern.text)\""
    }
  }

  /// Whether it fits the bytes of a line, white space folded.
  var test: (UnsafeBufferPointer<UInt8>) -> Bool {
    switch self {
    case .line(let line):
      let line = Array(PlainText.folded(line).utf8)
      return { $0.elementsEqual(line) }
    case .pattern(let pattern): return { pattern.matches(String(decoding: $0, as: UTF8.self)) }
    }
  }

  /// The first of some lines of a page that it fits: style sheets write headings in capitals, so where no line equals the
  /// mark, one that differs in case alone fits; and bullets were taken off.
  func index(in lines: ArraySlice<PageLine>, of page: borrowing PageLines) -> Int? {
    switch self {
    case .pattern(let pattern):
      for index in lines.indices where pattern.matches(page.text(of: lines[index])) { return index }
    case .line(let line):
      let mark = Bullet.stripped(PlainText.folded(line))
      let bytes = Array(mark.utf8)
      for index in lines.indices where page.bytes(of: lines[index]).elementsEqual(bytes) { return index }
      let lowercased = mark.lowercased()
      for index in lines.indices where page.text(of: lines[index]).lowercased() == lowercased { return index }
    }
    return nil
  }
}
