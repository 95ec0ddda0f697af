import Testing
import TickerModel
import TickerParse

@Suite struct DocumentParserTests {
  @Test(
    "auto judges by content",
    arguments: [
      ("<?xml version='1.0'?><rss><channel/></rss>", SourceKind.rss),
      ("\u{FEFF}  <!-- c --><rdf:RDF xmlns:rdf='x'/>", .rss),
      ("<?xml-stylesheet href='x'?>\n<!DOCTYPE rss [ <!ENTITY a 'b'> ]><rss/>", .rss),
      ("<a:feed xmlns:a='http://www.w3.org/2005/Atom'/>", .atom), ("<FEED/>", .atom),
      ("plain words", .text), ("[BREAKING] words in brackets", .text), ("{curly} words", .text),
      ("a <html> word", .text), ("", .text),
    ])
  func sniffs(_ document: String, _ kind: SourceKind) throws {
    #expect(try DocumentParser.parse(Array(document.utf8), by: ParseRules()).kind == kind)
  }

  @Test(arguments: [
    "<!DOCTYPE html><p>x", "<html>", "<HTML lang=en>", "<?xml version='1.0'?><!DOCTYPE html PUBLIC 'x'><html/>",
    "<p>part", "<!-- only -->", "<", "<urlset/>",
  ])
  func markupIsHTML(_ document: String) throws {
    let error = try #require(throws: ParseError.self) {
      try DocumentParser.parse(Array(document.utf8), by: ParseRules())
    }
    #expect(error.class == .selector)
    #expect(error.reason.contains("write select"))
  }

  @Test(arguments: ["{\"version\": 1}", "{}", " [1]", "[{\"a\":1}]", "[]"])
  func jsonIsRefused(_ document: String) throws {
    let error = try #require(throws: ParseError.self) {
      try DocumentParser.parse(Array(document.utf8), by: ParseRules())
    }
    #expect(error.class == .kind)
    #expect(error.reason.contains("write items = "))
    #expect(try DocumentParser.parse(Array(document.utf8), by: ParseRules(kind: .text)).items.count == 1)
  }

  @Test("rules choose before content does") func rulesDecide() throws {
    #expect(try DocumentParser.parse(Array("<rss><li>x".utf8), by: ParseRules(select: "li")).kind == .html)
    #expect(try DocumentParser.parse(Array("b\nx".utf8), by: ParseRules(start: "b")).kind == .text)
    #expect(try DocumentParser.parse(Array("<b>b</b><p>x".utf8), by: ParseRules(start: "b")).kind == .html)
  }

  @Test(
    "a feed's source with rules for something else is refused",
    arguments: [
      (ParseRules(kind: .rss, select: "li"), ParseError.Class.selector),
      (ParseRules(kind: .atom, container: "li"), .selector),
      (ParseRules(kind: .rss, start: "x"), .start), (ParseRules(kind: .rss, end: ""), .end),
    ])
  func idleRules(_ rules: ParseRules, _ expected: ParseError.Class) throws {
    let error = try #require(throws: ParseError.self) { try DocumentParser.parse(Array("<rss/>".utf8), by: rules) }
    #expect(error.class == expected)
  }

  @Test("a reason never acts on a terminal") func reasonsAreSafe() throws {
    let error = try #require(throws: ParseError.self) {
      try DocumentParser.parse(Array("x".utf8), by: ParseRules(start: "\u{1B}[31m\n"))
    }
    #expect(error.reason.contains("\\u{1B}[31m"))
    let strange = try #require(throws: ParseError.self) {
      try DocumentParser.parse(Array("<x\u{202E}y/>".utf8), by: ParseRules(kind: .rss))
    }
    #expect(!strange.reason.contains("\u{202E}"))
  }

  @Test(
    "text's encoding: mark, HTTP, UTF-8, windows-1252",
    arguments: [
      ([0xEF, 0xBB, 0xBF, 0xC3, 0xA9], nil, "é"), ([0xFF, 0xFE, 0xE9, 0x00], nil, "é"),
      ([0xFE, 0xFF, 0x00, 0xE9], "text/plain; charset=utf-8", "é"),
      ([0xE9], nil, "é"), ([0xE9], "text/plain; charset=ISO-8859-7", "ι"),
      ([0xC3, 0xA9], "text/plain; charset=made-up", "é"), ([0x80], nil, "€"),
      ([0x81, 0x41], nil, "\u{81}A"), ([0xA4, 0xA2], "text/plain; charset=euc-jp", "あ"),
      ([0xA4, 0x41], "text/plain; charset=euc-jp", "\u{FFFD}A"),
      ([0x41, 0x00, 0x42, 0x07], nil, "AB"), ([0xED, 0xA0, 0x80], nil, "í\u{A0}€"),
      ([0xF0, 0x9F, 0x9A], nil, "ðŸš"),
    ] as [([UInt8], String?, String)])
  func encodings(_ bytes: [UInt8], _ contentType: String?, _ expected: String) throws {
    let parsed = try DocumentParser.parse(bytes, by: ParseRules(kind: .text, contentType: contentType))
    // White space inside is folded, so compare what is left.
    #expect(parsed.items.first?.title == expected.replacing("\u{A0}", with: " "))
  }
}
