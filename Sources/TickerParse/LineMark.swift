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

  /// The first of `lines` that it fits; their texts are folded.
  func index<Lines: Collection>(in lines: Lines, text: (Lines.Element) -> String) -> Lines.Index? {
    switch self {
    case .line(let line):
      let line = PlainText.folded(line)
      return lines.firstIndex { text($0) == line }
    case .pattern(let pattern): return lines.firstIndex { pattern.matches(text($0)) }
    }
  }

  /// The same for a page: style sheets write headings in capitals, so where no line equals the mark, one that differs in
  /// case alone fits; and bullets were taken off.
  func index(inPage lines: ArraySlice<PageLine>) -> Int? {
    guard case .line(let line) = self else { return index(in: lines, text: \.text) }
    let mark = Bullet.stripped(PlainText.folded(line))
    let lowercased = mark.lowercased()
    return lines.firstIndex { $0.text == mark } ?? lines.firstIndex { $0.text.lowercased() == lowercased }
  }
}
