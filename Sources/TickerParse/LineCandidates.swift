import TickerModel

/// Lines of a text or page that look like the heading of a ticker, for `tickerd probe`. Pure.
public enum LineCandidates {
  private static let most = 3
  private static let longest = 28
  private static let words = [
    "breaking", "ticker", "urgent", "flash", "alert", "latest", "live", "eilmeldung", "عاجل", "срочно", "速報", "快讯",
  ]

  /// `start` lines, likeliest first, each with the first lines that `end = ""` would take.
  public static func of(_ bytes: [UInt8], by rules: ParseRules) throws(ParseError) -> [(start: String, texts: [String])]
  {
    var plain = rules
    (plain.start, plain.end, plain.select, plain.xpath) = (nil, nil, nil, nil)
    if Sniff.kind(of: bytes) == .html { plain.endMatch = nil }
    let lines = try lines(bytes, plain)
    var found: [(start: String, texts: [String])] = []
    for word in words {
      for line in lines where found.count < most && line.count <= longest && line.lowercased().contains(word) {
        guard !found.contains(where: { $0.start == line }) else { continue }
        var marked = plain
        (marked.start, marked.end) = (line, "")
        guard let items = try? DocumentParser.parse(bytes, by: marked).items, items.count >= 2 else { continue }
        found.append((line, items.prefix(5).compactMap(\.title)))
      }
    }
    return found
  }

  private static func lines(_ bytes: [UInt8], _ rules: ParseRules) throws(ParseError) -> [String] {
    guard Sniff.kind(of: bytes) == .html else {
      var text = rules
      text.kind = .text
      return try DocumentParser.parse(bytes, by: text).items.compactMap(\.title)
    }
    let page = try HTMLPage(Encoding.decode(bytes, as: .html, by: rules))
    defer { withExtendedLifetime(page) {} }
    guard let layout = try PageLines.of(page) else { return [] }
    var texts: [String] = []
    for line in layout.lines { texts.append(layout.text(of: line)) }
    return texts
  }
}
