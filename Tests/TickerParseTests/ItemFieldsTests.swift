import Testing
import TickerModel
import TickerText

@testable import TickerParse

/// `xpath`, `fields` and `skip`.
@Suite struct ItemFieldsTests {
  private static let page = """
    <ul><li class=i><a class=cat href=/cat>World</a><h3><a href="one">First headline</a></h3>
    <time datetime="2026-11-24T10:00:00Z">today</time><p>Teaser <br>one</p></li>
    <li class=i><h3>Second headline</h3><time>24 Nov 2026 09:30 GMT</time><p> </p><a href=two>more</a></li>
    <li class=i><h3>Third</h3><span data-time=1795600000></span></li><li class=i><p>no headline</p></li></ul>
    """

  private func items(_ change: (inout ParseRules) -> Void) throws -> [ParsedItem] {
    var rules = ParseRules(kind: .html, select: "li.i", baseURL: "https://news.example/x/")
    change(&rules)
    return try DocumentParser.parse(Array(Self.page.utf8), by: rules).items
  }

  @Test func parts() throws {
    let found = try items { rules in
      rules.fields[.title] = "h3"
      rules.fields[.time] = "time, [data-time]"
      rules.fields[.text] = "> p"
    }
    #expect(found.map(\.title) == ["First headline", "Second headline", "Third"])
    #expect(found.map(\.link) == ["https://news.example/x/one", "https://news.example/x/two", nil])
    #expect(
      found.map { $0.published?.text } == [
        "2026-11-24T10:00:00.000Z", "2026-11-24T09:30:00.000Z", "2026-11-25T09:46:40.000Z",
      ])
    #expect(found.map(\.summary) == ["Teaser one", nil, nil])
  }

  @Test("a link of its own, or none") func link() throws {
    let found = try items { $0.fields[.link] = "a.cat" }
    #expect(found.map(\.link) == ["https://news.example/cat", nil, nil, nil])
  }

  @Test("the element itself may be meant") func itself() throws {
    let found = try items { rules in
      rules.select = "li.i a"
      rules.fields[.title] = ":scope"
      rules.fields[.link] = "a"
    }
    #expect(found.map(\.title) == ["World", "First headline", "more"])
    #expect(found.map(\.link) == ["cat", "x/one", "x/two"].map { "https://news.example/\($0)" })
  }

  @Test func xpath() throws {
    let found = try items { rules in
      (rules.select, rules.xpath) = (nil, "//li[h3]")
      rules.fields[.title] = "h3"
      rules.fields[.link] = "(.//a)[last()]/@href"
      rules.fields[.time] = "time/@datetime"
    }
    #expect(found.map(\.title) == ["First headline", "Second headline", "Third"])
    #expect(found.map(\.link) == ["https://news.example/x/one", "https://news.example/x/two", nil])
    #expect(found.map { $0.published != nil } == [true, false, false])
  }

  @Test(
    "text nodes and attributes are items too",
    arguments: [("//h3//text()", 3), ("//a/@href", 3), ("//*/namespace::*", 0), ("/", 0)])
  func nodes(_ xpath: String, _ count: Int) throws {
    #expect(try items { rules in (rules.select, rules.xpath) = (nil, xpath) }.count == count)
  }

  @Test(
    "what is no selection is named",
    arguments: [
      ("//li[", "begins with a name"), ("count(//li)", "finds no nodes"), ("//x:li", "no prefix"),
      ("nope()", "no function nope()"), ("//li[.=$a]", "at byte 7"), (String(repeating: "/a", count: 600), "longer"),
    ])
  func faults(_ xpath: String, _ words: String) throws {
    let error = try #require(throws: ParseError.self) {
      try items { rules in (rules.select, rules.xpath) = (nil, xpath) }
    }
    #expect(error.class == .selector)
    #expect(error.reason.contains(words))
  }

  @Test("what is skipped is no item, in any kind of document") func skip() throws {
    let patterns = try [Pattern("^Second"), Pattern("(?i)THIRD")]
    let found = try items { rules in
      rules.fields[.title] = "h3"
      rules.skip = patterns
    }
    #expect(found.map(\.title) == ["First headline"])
    var rules = ParseRules(kind: .text)
    rules.skip = [try Pattern("^Advert")]
    #expect(
      try DocumentParser.parse(Array("One\nAdvertisement\nTwo".utf8), by: rules).items.map(\.title) == ["One", "Two"])
  }

  @Test("patterns that backtrack end") func slowPatterns() throws {
    var rules = ParseRules(kind: .text)
    rules.skip = [try Pattern("(a+)+$")]
    let text = String(repeating: String(repeating: "a", count: 60) + "!\n", count: 10_000)
    let error = try #require(throws: ParseError.self) { try DocumentParser.parse(Array(text.utf8), by: rules) }
    #expect(error.class == .bounds)
  }
}
