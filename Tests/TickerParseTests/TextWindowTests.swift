import Testing
import TickerModel
import TickerParse

@Suite struct TextWindowTests {
  private static let page = "Site\n\n BREAKING \n\n\n• First\tline\nSecond  line\n\nWEATHER\nSunny\n"

  private func lines(_ document: String, _ rules: ParseRules) throws -> [String] {
    let parsed = try DocumentParser.parse(Array(document.utf8), by: rules)
    #expect(parsed.form == .window)
    #expect(parsed.kind == .text)
    return parsed.items.compactMap(\.title)
  }

  @Test(
    arguments: [
      ("BREAKING", "", ["• First line", "Second line"]),
      ("BREAKING", "WEATHER", ["• First line", "Second line"]),
      ("BREAKING", nil, ["• First line", "Second line", "WEATHER", "Sunny"]),
      ("WEATHER", "", ["Sunny"]),
      (nil, "", ["Site"]),
      (nil, "  BREAKING ", ["Site"]),
      (nil, nil, ["Site", "BREAKING", "• First line", "Second line", "WEATHER", "Sunny"]),
      ("Sunny", "", []),
    ] as [(String?, String?, [String])])
  func window(start: String?, end: String?, expected: [String]) throws {
    for kind in [SourceKind.text, .auto] {
      #expect(try lines(Self.page, ParseRules(kind: kind, start: start, end: end)) == expected)
    }
  }

  @Test("the first line that equals start counts") func firstStart() throws {
    #expect(try lines("A\none\nA\ntwo", ParseRules(start: "A")) == ["one", "A", "two"])
  }

  @Test(arguments: ["one\ntwo\nthree", "one\r\ntwo\r\nthree\r\n", "one\rtwo\rthree", "\n\none\n\r\n\rtwo\nthree\n\n"])
  func lineEnds(_ document: String) throws {
    #expect(try lines(document, ParseRules(kind: .text)) == ["one", "two", "three"])
  }

  @Test("a CR LF is one line end, so the window does not end there") func carriageReturnLineFeed() throws {
    #expect(try lines("S\r\none\r\ntwo\r\n\r\nrest", ParseRules(start: "S", end: "")) == ["one", "two"])
  }

  @Test func missingMarks() throws {
    let document = Array(Self.page.utf8)
    let start = try #require(throws: ParseError.self) {
      try DocumentParser.parse(document, by: ParseRules(start: "NEWS"))
    }
    #expect(start.class == .start)
    #expect(start.reason.contains("\"NEWS\""))
    #expect(try lines(Self.page, ParseRules(start: "NEWS", mayBeEmpty: true)) == [])
    for mayBeEmpty in [false, true] {
      let end = try #require(throws: ParseError.self) {
        try DocumentParser.parse(document, by: ParseRules(start: "BREAKING", end: "SPORT", mayBeEmpty: mayBeEmpty))
      }
      #expect(end.class == .end)
    }
  }

  @Test func selectorsAreRefused() throws {
    let error = try #require(throws: ParseError.self) {
      try DocumentParser.parse([0x61], by: ParseRules(kind: .text, select: "li"))
    }
    #expect(error.class == .selector)
  }

  @Test func boundsItemsAndLines() throws {
    #expect(try lines("a\nb\nc", ParseRules(kind: .text, maxItems: 2)) == ["a", "b"])
    let long = String(repeating: "é", count: 100_000)
    let line = try #require(try lines(long + "\nnext", ParseRules(kind: .text)).first)
    #expect(line == String(repeating: "é", count: 32_768))
  }
}
