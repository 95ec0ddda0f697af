import Testing
import TickerModel

@testable import TickerParse

/// The tree that a page becomes, as CSS selectors and XPath see it.
@Suite struct HTMLPageTests {
  private static func titles(_ page: String, xpath: String) throws -> [String?] {
    var rules = ParseRules(kind: .html)
    rules.xpath = xpath
    return try DocumentParser.parse(Array(page.utf8), by: rules).items.map(\.title)
  }

  @Test(
    "XPath finds what the page holds",
    arguments: [
      ("//li", ["one", "two three"]), ("//li/@title", ["T", "U"]), ("//li/text()", ["one", "two"]),
      ("//comment()/following-sibling::li", ["two three"]), ("//comment()", []), ("id('b')", ["two three"]),
      ("id('a b')/b", ["three"]), ("//a[@id = 'b'] | //li[@id = 'b']", ["two three", "link"]),
      ("//li[last()]/preceding-sibling::*[1]", ["one"]), ("//b/ancestor::ul/li[2]/b", ["three"]),
      ("//input[@disabled = 'disabled'][@foo = '']/following::p", ["end"]), ("/", []), ("//namespace::*", []),
      ("//*[name() = 'g']", ["drawn"]), ("//script", ["x < y"]), ("//style/text()", ["li > b {}"]),
    ] as [(String, [String])])
  func xpath(_ xpath: String, _ expected: [String]) throws {
    let page = """
      <!DOCTYPE html><style>li > b {}</style><ul><li id=a title=T>one</li><!-- ticker --><li id=b title="U">two <b>three</b></li></ul>
      <a id=b>link</a><input disabled foo><script>x < y</script><svg:g>drawn</svg:g><p>end</p>
      """
    #expect(try Self.titles(page, xpath: xpath) == expected)
  }

  @Test("fields are asked from an attribute that was selected") func fieldsOfAttribute() throws {
    var rules = ParseRules(kind: .html, baseURL: "https://x.example/")
    rules.xpath = "//a/@title"
    rules.fields[.link] = "../@href"
    rules.fields[.text] = "following::p"
    let page = "<a title=Headline href=/1>x</a><p>Text</p>"
    let items = try DocumentParser.parse(Array(page.utf8), by: rules).items
    #expect(items == [ParsedItem(title: "Headline", link: "https://x.example/1", summary: "Text")])
  }

  @Test(
    "what follows the end of a page stands in it",
    arguments: ["<p id=a>one</body></html>", "<!DOCTYPE html><p id=a>one</p></html>", "<!-- c --><p id=a>one</html>"])
  func afterTheEnd(_ start: String) throws {
    let page = start + "two <p id=b>three <b id=c>four</b></p></html><p id=d>five"
    #expect(try Page.ids(in: page, "[id]") == ["a", "b", "c", "d"])
    #expect(try Self.titles(page, xpath: "//p[@id]") == ["one", "three four", "five"])
  }

  @Test("text in pieces is one text; a comment parts it") func texts() throws {
    let words = String(repeating: "word &amp; ", count: 1000)
    #expect(try Self.titles("<p>\(words)<!-- c -->after</p>", xpath: "//p/text()[1]")[0]?.utf8.count == 6999)
    #expect(try Self.titles("<p>a&lt;b<!-- c -->&gt;c</p>", xpath: "//p/text()[2]") == [">c"])
  }

  @Test("a page of more nodes than any page of news") func bound() throws {
    let page = Array(repeatElement(Array("<i>".utf8) + Array("</i>".utf8), count: 1 << 20).joined())
    let error = try #require(throws: ParseError.self) {
      try DocumentParser.parse(page, by: ParseRules(kind: .html, select: "p"))
    }
    #expect(error.class == .bounds)
  }
}
