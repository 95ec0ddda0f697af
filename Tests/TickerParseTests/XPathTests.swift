import Testing
import TickerModel

@testable import TickerParse

/// XPath 1.0 over a page, by the sections of its specification.
@Suite struct XPathTests {
  private static let page = """
    <!DOCTYPE html><html lang=en><head><title>T</title></head><body><!-- note --><div class="a b" id=one><h3>Head</h3><ul>
    <li class=i>one 1</li><li class="i j" lang=de-AT>two <b>2.5</b></li><li>-3</li></ul><p title=" x  y " xml:lang=fr>tail</p></div>
    <div id=two><a href=/x>link</a><a href=/y>Zürich</a></div></body></html>
    """

  /// What the nodes are called, or say.
  private func found(_ expression: String) throws -> String {
    let page = try HTMLPage(Decoded(bytes: Array(Self.page.utf8)))
    defer { withExtendedLifetime(page) {} }
    let nodes = try page.nodes(PageSelector(xpath: expression, key: "xpath"), most: 100)
    let words = nodes.map { node in
      node.text.map { PlainText.folded($0) } ?? (node.isComment ? "!" : node.attribute("id") ?? node.name)
    }
    return words.joined(separator: " ")
  }

  @Test(
    "axes and node tests (§2.2, §2.3)",
    arguments: [
      ("/html/body/div", "one two"), ("//li[1]/ancestor::*", "html body one ul"), ("//li[1]/ancestor::*[1]", "ul"),
      ("//ul/following::*", "p two a a"), ("//a[2]/preceding::*[1]", "a"),
      ("//a[1]/preceding::*", "head title one h3 ul li li b li p"),
      ("//p/preceding-sibling::*[1]", "ul"), ("//h3/following-sibling::node()[self::p]", "p"), ("//b/..", "li"),
      ("//b/ancestor-or-self::*[position() <= 2]", "li b"), ("//div/descendant-or-self::div", "one two"),
      ("//comment()", "!"), ("//comment()/..", "body"), ("//h3/text()", "Head"), ("//processing-instruction('x')", ""),
      ("//@class", "a b i i j"), ("//@id/..", "one two"), ("//@href[. = '/y']/following::node()", "Zürich"),
      ("//@xml:lang", "fr"), ("//@title/ancestor::div", "one"), ("//a/@*/self::node()", "/x /y"),
      ("//@*/child::node()", ""),
      ("/descendant::li[2]", "li"), ("//namespace::*", ""), ("//title | //b | //title", "title b"), ("/ | //b", "b"),
    ])
  func axes(_ expression: String, _ expected: String) throws { #expect(try found(expression) == expected) }

  @Test(
    "predicates count places along their axis (§2.4)",
    arguments: [
      ("//li[2]/b", "b"), ("//li[last()]/text()", "-3"), ("(//li | //a)[4]", "a"), ("(//a)[last()]/@href", "/y"),
      ("//a[1]", "a"), ("//li[position() mod 2 = 1]/text()", "one 1 -3"), ("//li[@class][2]/b", "b"),
      ("//li[2][@class]/b", "b"),
      ("//li[3][@class]", ""), ("(//li)[1]/following-sibling::li[1]/b", "b"), ("//*[b][1]", "li"),
      ("//li[0.5 + 0.5]/@class", "i"),
      ("(//li/ancestor::*)[1]", "html"), ("//li[count(b)]/b", ""), ("//li[boolean(count(b))]/b", "b"),
      ("id('two one')[1]", "one"),
      ("id(//@id)/h3", "h3"), ("//div[//b]", "one two"), ("//li[.//b]/@class", "i j"),
    ])
  func predicates(_ expression: String, _ expected: String) throws { #expect(try found(expression) == expected) }

  @Test(
    "terms that hold (§3, §4)",
    arguments: [
      "1 + 2 * 3 = 7", "7 mod 4 = 3", "-7 mod 4 = -3", "7 div 2 = 3.5", "2 - -1 = 3", "--1 = 1", ". != 'x'",
      "1 < 2 and 2 <= 2",
      "1 > 2 or 'a' = \"a\"", "//li = '-3'", "//li != '-3'", "not(//li = 'x')", "//li < -2", "//li <= //li", "//b > 2",
      "2 < //b",
      "//li/@class = //div/@class = false()", "not(//nothing = //nothing)", "not(//nothing != 'x')", "//li = true()",
      "//nothing = false()", "string(//li) = 'one 1'", "string(1 div 0) = 'Infinity'", "string(0 div 0) = 'NaN'",
      "string(-0) = '0'",
      "string(2.50) = '2.5'", "number('  -3. ') = -3", "number('1e3') != number('1e3')", "number('+1') != 1",
      ".5 = 0.5", "5. = 5",
      "concat('a', 1, true()) = 'a1true'", "starts-with('abc', 'ab')", "contains('abc', '')", "contains(//@class, 'b')",
      "substring-before('1999/04', '/') = '1999'", "substring-after('1999/04', '/') = '04'",
      "substring-after('a', 'x') = ''",
      "substring('12345', 1.5, 2.6) = '234'", "substring('12345', 0, 3) = '12'", "substring('12345', 0 div 0) = ''",
      "substring('12345', -42, 1 div 0) = '12345'", "substring('Zürich', 2, 1) = 'ü'", "string-length('Zürich') = 6",
      "normalize-space(//@title) = 'x y'", "translate('--aaa--', 'abc-', 'ABC') = 'AAA'", "boolean('false')",
      "not(boolean(0 div 0))",
      "sum(//li[3] | //b) = -0.5", "round(2.5) = 3", "round(-2.5) = -2", "floor(-1.5) = -2", "ceiling(-1.5) = -1",
      "count(//li) = 3",
      "name(//li) = 'li'", "local-name(//@xml:lang) = 'xml:lang'", "namespace-uri(//li) = ''", "name(/) = ''",
      "true() != false()",
      "string-length(string(/)) > 20", "//li[2][lang('de')]", "//li[2][lang('DE-at')]", "not(//li[2][lang('d')])",
      "//h3[lang('en')]",
      "//*[div]/div[@id]", "//*[* and not(div)]", "//ul[li][count(*)=3]", "//li[@class='i'or@id]",
      "div or div div div = 1 or //div",
    ])
  func holds(_ term: String) throws { #expect(try found("/html[\(term)]") == "html") }

  @Test(
    "what is no expression, and where",
    arguments: [
      ("", 0), ("//", 2), ("//li[", 5), ("//li]", 4), ("//li/", 5), ("li[1", 4), ("'a", 0), ("li | 1", 0), ("1[1]", 1),
      ("last(1)", 0),
      ("count(1)", 0), ("concat('a')", 0), ("up::li", 0), ("svg:a", 0), ("//li[x:b]", 5), ("li b", 3), ("@@a", 1),
      ("text(", 5),
      ("a[f()]", 2), ("(li", 3), ("'a'/b", 3),
    ])
  func faults(_ expression: String, _ offset: Int) throws {
    let fault = try #require(throws: SelectorFault.self) { try XPathExpression(expression) }
    #expect(fault.offset == offset)
    #expect(XPath.fault(in: expression)?.hasPrefix(fault.message) == true)
  }

  @Test("nesting is bounded", arguments: ["(", "-", "li[", "not("]) func depth(_ piece: String) throws {
    let deep = String(repeating: piece, count: 200)
    let fault = try #require(throws: SelectorFault.self) { try XPathExpression("//x[" + deep) }
    #expect(fault.message.contains("\(XPathExpression.deepest) terms"))
    let chain = "//x[1" + String(repeating: "+1", count: 100) + "]"
    #expect(throws: SelectorFault.self) { try XPathExpression(chain) }
    #expect(throws: Never.self) { try XPathExpression("//x[@a" + String(repeating: " or @a", count: 100) + "]") }
  }
}
