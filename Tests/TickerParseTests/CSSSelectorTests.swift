import Testing

@testable import TickerParse

@Suite struct CSSSelectorTests {
  private static let page = """
    <html id=html><head id=head><title id=title>t</title></head><body id=body>
    <div id=d1 class="box main" lang=en-GB><p id=p1 class="lead x">one</p><p id=p2>two</p><a id=a1 href="https://x.example/a.PDF">a</a>
    <p id=p3 class=lead-x title='say "hi" it&#39;s'>three</p></div>
    <ul id=u1 class="\tnews\n hot "><li id=l1>1</li><li id=l2 class=hot>2</li><li id=l3>3</li><li id=l4 class="HOT">4</li><li id=l5>5</li></ul>
    <div id=d2><ul id=u2><li id=m1><em id=e1></em></li></ul><span id=s1> </span><b id=1st data-x=""></b></div>
    </body></html>
    """

  @Test(
    "what a selector selects",
    arguments: [
      // Type, universal, class, id
      ("p", "p1 p2 p3"), ("P", "p1 p2 p3"), ("#d2 *", "u2 m1 e1 s1 1st"), (".lead", "p1"), (".hot", "u1 l2"),
      (".HOT", "l4"),
      ("ul.news.hot", "u1"), ("#l2", "l2"), ("li#l2.hot", "l2"), ("#\\31 st", "1st"), (".lead\\-x", "p3"),
      ("\\6ci.hot", "l2"),
      // Attributes
      ("[href]", "a1"), ("a[HREF]", "a1"), ("[title='say \"hi\" it\\'s']", "p3"), ("[class~=x]", "p1"),
      ("[class~='']", ""),
      ("[class~='lead x']", ""), ("[lang|=en]", "d1"), ("[lang|=e]", ""), ("[href^='https:']", "a1"),
      ("[href$='.pdf']", ""),
      ("[href$='.pdf' i]", "a1"), ("[href$=\".PDF\" s]", "a1"), ("[href*=example]", "a1"), ("[href*='']", ""),
      ("[data-x='']", "1st"),
      ("[ data-x = \"\" ]", "1st"), ("p[class=lead-x]", "p3"),
      // Combinators
      ("div p", "p1 p2 p3"), ("body > ul", "u1"), ("body ul", "u1 u2"), ("p + p", "p2"), ("p+a", "a1"),
      ("p ~ p", "p2 p3"),
      ("div > ul > li em", "e1"), ("a ~ p", "p3"), ("p ~ a + p", "p3"), ("ul /* list */ li#l1", "l1"),
      ("li~li.hot", "l2"),
      // Lists: document order, no duplicates
      ("li.hot, p.lead", "p1 l2"), ("p, #p1, div p", "p1 p2 p3"), (" #l1 , #l2 ", "l1 l2"),
      // Pseudo-classes
      ("li:first-child", "l1 m1"), ("li:last-child", "l5 m1"), ("li:only-child", "m1"), ("p:first-of-type", "p1"),
      ("p:last-of-type", "p3"),
      ("p:last-child", "p3"), ("a:only-of-type", "a1"), (":root", "html"), ("em:empty", "e1"), ("span:empty", ""),
      (":root > body > ul", "u1"),
      ("#u1 li:nth-child(2)", "l2"), ("#u1 li:nth-child(odd)", "l1 l3 l5"), ("#u1 li:nth-child( even )", "l2 l4"),
      ("#u1 li:nth-child(2n + 1)", "l1 l3 l5"), ("#u1 li:nth-child(-n+2)", "l1 l2"),
      ("#u1 li:nth-child(n)", "l1 l2 l3 l4 l5"),
      ("#u1 li:nth-child(n+4)", "l4 l5"), ("#u1 li:nth-child(3n-1)", "l2 l5"), ("#u1 li:nth-child(-2n+3)", "l1 l3"),
      ("#u1 li:nth-child(0n+1)", "l1"), ("#u1 li:nth-last-child(2)", "l4"), ("p:nth-of-type(3)", "p3"),
      ("p:nth-child(3)", ""),
      ("p:nth-last-of-type(1)", "p3"), ("li:not(.hot)", "l1 l3 l4 l5 m1"), ("li:not(.hot, :first-child)", "l3 l4 l5"),
      ("li:not(ul.hot > li)", "m1"), ("li:not(:not(.hot))", "l2"), ("li:NOT(:FIRST-CHILD):not([class])", "l3 l5"),
      ("[class!=lead-x]:is(p)", "p1 p2"), (":first-of-type:is(p, a)", "p1 a1"), ("li:nth-child(2n of .hot, #l3)", "l3"),
      ("li:nth-last-child(1 of .hot)", "l2"), ("#u1 :nth-of-type(2)", "l2"), ("#u1 :nth-last-of-type(1)", "l5"),
      ("body > :only-of-type", "u1"),
      // Inside, beside and below
      ("div:has(a)", "d1"), ("div:has(> ul, > a)", "d1 d2"), ("ul:has(> li > em)", "u2"), ("p:has(+ a)", "p2"),
      ("p:has(~ a)", "p1 p2"), ("p:has(~ a + p)", "p1 p2"), ("div:not(:has(p))", "d2"),
      ("ul:has(.hot:first-child)", ""),
      ("p:contains('t')", "p2 p3"), ("p:contains(one, three)", "p1 p3"), ("p:-soup-contains-own(tw)", "p2"),
      ("p:lang(en)", "p1 p2 p3"), ("p:lang('*-gb')", "p1 p2 p3"), ("p:lang(en-us)", ""), ("div:dir(ltr)", "d1 d2"),
      // States that nobody brings about in a document
      ("a:hover", ""), ("a:not(:visited)", "a1"), ("a:any-link", "a1"), (":is(, p, li).hot", "l2"),
      (":is(p, li).hot", "l2"), ("ul:where(.hot) > li:nth-child(1)", "l1"),
    ])
  func selects(_ selector: String, _ expected: String) throws {
    #expect(try Page.ids(in: Self.page, selector).joined(separator: " ") == expected)
  }

  @Test(
    "what is not read is named with its place",
    arguments: [
      ("", 0, "ends where"), ("li,", 3, "ends where"), (", li", 0, "','"), ("li > ", 5, "ends where"),
      ("> li", 0, "'>'"),
      ("li >> a", 4, "'>'"), (".", 1, "class"), ("#", 1, "id"), ("a..b", 2, "class"), ("li:nope", 2, "':nope'"),
      ("é:nope", 2, "':nope'"), ("li::before", 2, "pseudo-elements"), ("a:has()", 6, "')'"),
      ("li:nth-child(x)", 13, "2n+1"),
      ("li:nth-child(2n+1 of)", 13, "2n+1"), ("li:nth-child(2 1)", 13, "2n+1"), ("li:nth-child(2", 2, "no end"),
      ("li:not(.a", 2, "no end"), ("li:not()", 7, "')'"), ("[a", 2, "']'"), ("[a=]", 3, "value"), ("[a=b c]", 5, "'c'"),
      ("[=b]", 1, "name"), ("[a='b]", 3, "quoted text"), ("svg|a", 3, "namespaces"), ("li)", 2, "')'"),
      ("li /* x", 3, "comment"),
      ("div?", 3, "'?'"), ("-", 0, "'-'"), ("1a", 0, "'1'"), ("li:contains()", 12, "text"), (":is(a, > b)", 7, "'>'"),
      ("li:not(a,)", 9, "')'"), ("a:has(> b >)", 11, "')'"),
    ])
  func faults(_ selector: String, _ offset: Int, _ words: String) throws {
    let fault = try #require(throws: SelectorFault.self) { try CSSSelector(selector) }
    #expect(fault.offset == offset)
    #expect(fault.message.contains(words))
  }

  @Test func bounds() throws {
    let nested = { (count: Int) in
      "li" + String(repeating: ":not(", count: count) + "a" + String(repeating: ")", count: count)
    }
    #expect(throws: Never.self) { try CSSSelector(nested(8)) }
    #expect(throws: SelectorFault.self) { try CSSSelector(nested(9)) }
    #expect(throws: Never.self) { try CSSSelector(Array(repeating: "a", count: 32).joined(separator: " ")) }
    #expect(throws: SelectorFault.self) {
      try CSSSelector(Array(repeating: "a", count: 33).joined(separator: " "))
    }
    #expect(throws: Never.self) { try CSSSelector(String(repeating: "a", count: 1024)) }
    #expect(throws: SelectorFault.self) { try CSSSelector(String(repeating: "a", count: 1025)) }
  }

  @Test("any text can be asked for") func literals() throws {
    for text in ["'", "\"", "'\"", "\") or true() or (\"", "\u{0}", "]", "😀"] {
      let escaped = text.unicodeScalars.map { "\\\(String($0.value, radix: 16)) " }.joined()
      #expect(try Page.ids(in: "<p id=a>", "#\(escaped), [title=\"\(escaped)\"], .\(escaped)").isEmpty)
    }
    #expect(try Page.ids(in: "<p id=a title='x&quot;y&#39;z'>", "[title='x\"y\\'z']") == ["a"])
  }
}
