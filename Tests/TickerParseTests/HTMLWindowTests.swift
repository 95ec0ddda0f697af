import Testing
import TickerModel
import TickerParse

@Suite struct HTMLWindowTests {
  private func items(_ page: String, _ rules: ParseRules) throws -> [ParsedItem] {
    let parsed = try DocumentParser.parse(Array(page.utf8), by: rules)
    #expect(parsed.form == .window)
    #expect(parsed.kind == .html)
    return parsed.items
  }

  @Test(
    "what an element's text is",
    arguments: [
      ("<li>  One\n <b>bo</b>ld  word </li>", "One bold word"),
      ("<li>One<br>two<p>three</p>four</li>", "One two three four"),
      ("<li><div>a</div><div>b</div><span>c</span><span>d</span></li>", "a b cd"),
      (
        "<li>x<script>var y = '<li>';</script><style>p{}</style><noscript>n</noscript><template>t</template>z</li>",
        "xz"
      ),
      ("<li>Fish &amp; chips &nbsp;&mdash; &#146;n&#8217; &lt;b&gt;</li>", "Fish & chips — ’n’ <b>"),
      ("<li><!-- a comment -->seen</li>", "seen"),
      ("<li>seen<span hidden>no</span><i style='color: red; display : none'>no</i></li>", "seen"),
      ("<li style='display:none'><b>ticker</b> lines are hidden one by one</li>", "ticker lines are hidden one by one"),
      ("<li><span style='display:none'>nothing else</span></li>", "nothing else"),
      ("<li>ünïcode 漢字 🚢</li>", "ünïcode 漢字 🚢"),
    ])
  func text(_ page: String, _ expected: String) throws {
    #expect(try items(page, ParseRules(select: "li")).map(\.title) == [expected])
  }

  @Test(
    "links are the element's own or the first inside, absolute, of the web",
    arguments: [
      ("<a class=i href='/x?a=1&amp;b=2'>t</a>", nil, "https://news.example/x?a=1&b=2"),
      (
        "<div class=i>t <a name=top>no</a><a href='a/b'>1</a><a href=c>2</a></div>", nil, "https://news.example/dir/a/b"
      ),
      ("<div class=i><a href='javascript:void(0)'>t</a></div>", nil, nil),
      ("<div class=i><a href='//cdn.example/p'>t</a></div>", nil, "https://cdn.example/p"),
      ("<a class=i href='#top'>t</a>", nil, "https://news.example/dir/page.html#top"),
      ("<a class=i href=' https://x.example/a b '>t</a>", nil, "https://x.example/a%20b"),
      ("<a class=i href='s'>t</a>", "/base/", "https://news.example/base/s"),
      ("<a class=i href='s'>t</a>", "http://other.example/b/c", "http://other.example/b/s"),
      ("<div class=i>t</div><a href='/after'>no</a>", nil, nil),
      ("<a href='/around'><div><b class=i>t</b></div></a>", nil, "https://news.example/around"),
    ] as [(String, String?, String?)])
  func link(_ body: String, _ base: String?, _ expected: String?) throws {
    let head = base.map { "<base target=_top><base href='\($0)'>" } ?? ""
    let rules = ParseRules(select: ".i", baseURL: "https://news.example/dir/page.html")
    #expect(try items("<html><head>\(head)</head><body>\(body)</body></html>", rules).map(\.link) == [expected])
  }

  @Test("document order, empty elements dropped, equal ones kept") func order() throws {
    let page = "<ul><li>1</li><li> <img src=x> </li><li>2</li></ul><ol><li>1</li></ol>"
    #expect(try items(page, ParseRules(select: "ol li, ul li, li")).map(\.title) == ["1", "2", "1"])
  }

  @Test func nothingSelectedIsNoError() throws {
    #expect(try items("<p>x", ParseRules(select: "li")).isEmpty)
    #expect(try items("<p>x", ParseRules(select: "li", mayBeEmpty: true)).isEmpty)
  }

  @Test func container() throws {
    let page = "<div class=box><p>x</p></div>"
    #expect(try items(page, ParseRules(select: "p", container: ".box")).count == 1)
    #expect(try items(page, ParseRules(select: "p", container: ".gone", mayBeEmpty: true)).isEmpty)
    let error = try #require(throws: ParseError.self) {
      try DocumentParser.parse(Array(page.utf8), by: ParseRules(select: "p", container: ".gone"))
    }
    #expect(error.class == .container)
    #expect(error.reason.contains(".gone"))
  }

  @Test(
    "what is missing or does not fit is said",
    arguments: [
      (ParseRules(kind: .html), ParseError.Class.selector, "write select"),
      (ParseRules(kind: .auto), .selector, "write select"),
      (ParseRules(kind: .html, select: "li:nope"), .selector, "':nope' is not known here (at byte 2)"),
      (ParseRules(kind: .html, select: "li", container: "]"), .selector, "container = \"]\""),
      (ParseRules(kind: .html, select: "li", start: "X"), .start, "select"),
      (ParseRules(kind: .html, select: "li", end: ""), .start, "select"),
    ])
  func refusals(_ rules: ParseRules, _ expected: ParseError.Class, _ words: String) throws {
    let error = try #require(throws: ParseError.self) {
      try DocumentParser.parse(Array("<html><li>x".utf8), by: rules)
    }
    #expect(error.class == expected)
    #expect(error.reason.contains(words))
  }

  @Test(
    "an encoding declared late, wrongly or not at all",
    arguments: [
      ("<meta charset=windows-1251><li>", [0xCD, 0xEE] as [UInt8], nil, "Но"),
      ("<META http-equiv='Content-Type' content='text/html; charset=iso-8859-1'><li>", [0x80, 0xE9], nil, "€é"),
      ("<!-- <meta charset=koi8-r> --><meta charset=\"utf-8\"><li>", [0xC3, 0xA9], nil, "é"),
      ("<meta charset=utf-16><li>", [0xC3, 0xA9], nil, "é"),
      ("<meta charset=nonsense><li>", [0xC3, 0xA9], nil, "é"),
      ("<meta charset=utf-8><li>", [0xCD, 0xEE], "text/html; charset=windows-1251", "Но"),
      ("<li>", [0xE9, 0x92], nil, "é’"),
      ("<li>", [0xC3, 0xA9, 0x92], "text/html", "é’"),
    ] as [(String, [UInt8], String?, String)])
  func encoding(_ head: String, _ bytes: [UInt8], _ contentType: String?, _ expected: String) throws {
    let rules = ParseRules(select: "li", contentType: contentType)
    let parsed = try DocumentParser.parse(Array(head.utf8) + bytes, by: rules)
    #expect(parsed.items.map(\.title) == [expected])
  }

  @Test func keepsNoMoreThanAllowed() throws {
    let page = String(repeating: "<li>x", count: 100)
    #expect(try items(page, ParseRules(select: "li", maxItems: 9)).count == 9)
  }
}
