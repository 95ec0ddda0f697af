import Testing
import TickerModel
import TickerText

@testable import TickerParse

/// `start` and `end` over the lines of a page.
@Suite struct PageWindowTests {
  private func lines(_ page: String, start: String? = "BREAKING", end: String? = "") throws -> [String?] {
    let rules = ParseRules(kind: .html, start: start, end: end)
    return try DocumentParser.parse(Array(page.utf8), by: rules).items.map(\.title)
  }

  /// A news page of the usual shape: menus before the block, an article behind it.
  private static func page(_ block: String) -> String {
    """
    <!DOCTYPE html><html><head><title>Example News</title><style>p{}</style></head><body>
    <header><ul><li>• Ar</li><li>• Es</li></ul><nav><ul><li><a href="/n">News</a><ul><li>Politics</li><li>Economy</li></ul></li>
    <li>• • LIVE</li></ul></nav></header>
    \(block)
    <article><h1>Summit ratifies declaration</h1><ul><li>By Example News</li><li>16 May 2024 16:32</li></ul>
    <p>16 Min Read</p><p>The presidents met.</p></article></body></html>
    """
  }

  @Test(
    "the block ends by itself",
    arguments: [
      "<section><h3>BREAKING</h3><ul><li><a href=/1>One: <b>more</b></a></li><li>• Two</li></ul></section>",
      "<h3>BREAKING</h3><ul><li>One: more</li><li>Two</li></ul>",
      "<div><div class=head><span>BREAKING</span></div><div class=list><div>One: more</div><div>Two</div></div></div>",
      "<div><h4>BREAKING</h4><p>One: more</p><p>Two</p></div>",
      "<h4>BREAKING</h4><p>One: more</p><p>Two</p><p></p><p>Not this</p>",
      "<div>BREAKING</div><div>One: more</div><div class=ad></div><div>Two</div><div></div><div>Not this</div>",
      "<div>BREAKING<br>\nOne: more<br>\n• Two<br>\n<br>\nNot this<br></div>",
      "<pre>Menu\nBREAKING\n\nOne: more\n  • Two\n\nNot this</pre>",
      "<table><tr><th colspan=2>BREAKING</th></tr><tr><td>One:</td><td>more</td></tr><tr><td>Two</td></tr></table>",
      "<dl><dt>BREAKING</dt><dd>One: more</dd><dd>Two</dd></dl>",
      "<div><h2>Breaking</h2><ul><li><div>One:</div><p>more</p></li><li style='display:none'>Two</li></ul></div>",
      // What has a heading begins something else.
      "<div>BREAKING</div><div>One: more</div><div>Two</div><div class=title><h1>Not this</h1></div><div>By us</div>",
      "<p>BREAKING</p><div><div><p>One: more</p></div></div><div>Two</div><div><header><h2>Not this</h2></header></div>",
      // Unless the lines of the block are headings themselves.
      "<div><h2>BREAKING</h2><div><h4>One: more</h4></div><div><h4>Two</h4></div></div>",
      "<div><h2>BREAKING</h2><div><ul><li><h4>One: more</h4><li>Two</ul></div></div>",
      "<div><h2>BREAKING</h2><ul><li>One:<br>more</li><li>Two<span hidden> no</span></li></ul></div><ul><li>No</li></ul>",
    ])
  func blocks(_ block: String) throws {
    #expect(try lines(Self.page(block)) == ["One: more", "Two"])
  }

  @Test("a line ends it, or the document does") func ends() throws {
    let page = Self.page("<h3>BREAKING</h3><ul><li>One</li><li>Two</li></ul>")
    #expect(try lines(page, end: "Summit ratifies declaration") == ["One", "Two"])
    #expect(try lines(page, end: "• by example news") == ["One", "Two", "Summit ratifies declaration"])
    #expect(try lines(page, end: nil).count == 7)
    #expect(try lines(page, start: nil, end: "LIVE") == ["Ar", "Es", "News", "Politics", "Economy"])
  }

  @Test("patterns mark lines too") func patterns() throws {
    var rules = ParseRules(kind: .html)
    rules.startMatch = try Pattern("^BREAK")
    rules.endMatch = try Pattern("ratif(y|ies)")
    let page = Self.page("<h3>BREAKING now</h3><p>One</p><p>Two</p>")
    #expect(try DocumentParser.parse(Array(page.utf8), by: rules).items.map(\.title) == ["One", "Two"])
  }

  @Test("a line's link is its own") func links() throws {
    let rules = ParseRules(kind: .html, start: "BREAKING", end: "", baseURL: "https://news.example/x/")
    let page = Self.page("<h3>BREAKING</h3><ul><li><a href=1>One</a> <a href=no>x</a><li>Two</ul>")
    let items = try DocumentParser.parse(Array(page.utf8), by: rules).items
    #expect(items.map(\.link) == ["https://news.example/x/1", nil])
  }

  @Test(
    "what is not found is named", arguments: [("NOTHING", "", ParseError.Class.start), ("BREAKING", "NOTHING", .end)])
  func faults(_ start: String, _ end: String, _ expected: ParseError.Class) throws {
    let page = Self.page("<h3>BREAKING</h3><p>One</p>")
    let error = try #require(throws: ParseError.self) { try lines(page, start: start, end: end) }
    #expect(error.class == expected)
    #expect(error.reason.contains("NOTHING"))
  }

  @Test("an absent block may be declared") func absent() throws {
    let rules = ParseRules(kind: .html, start: "BREAKING", end: "", mayBeEmpty: true)
    #expect(try DocumentParser.parse(Array(Self.page("").utf8), by: rules).items.isEmpty)
  }

  @Test(arguments: [
    ("• a", "a"), ("•a", "a"), ("• • a", "a"), ("- a", "a"), ("-5 degrees", "-5 degrees"), ("– – a", "a"), ("* a", "a"),
    ("a • b", "a • b"), ("▪️ a", "a"), ("", ""), ("-", ""), ("»Zitat«", "Zitat«"),
  ])
  func bullets(_ text: String, _ expected: String) { #expect(Bullet.stripped(text) == expected) }
}
