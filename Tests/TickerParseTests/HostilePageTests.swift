import Testing
import TickerModel

@testable import TickerParse

/// Pages and JSON documents made to hang or crash those who look for items in them. Each must end soon, with items or a
/// named error.
@Suite(.serialized) struct HostilePageTests {
  /// Far above what any takes on a busy machine, far below what an unbounded one would.
  private static let patience = Duration.seconds(30)

  private func within<Result>(_ work: () throws -> Result) rethrows -> Result {
    let start = ContinuousClock.now
    defer { #expect(ContinuousClock.now - start < Self.patience) }
    return try work()
  }

  private func repeated(_ text: String, _ count: Int) -> String { String(repeating: text, count: count) }

  private static func rules(_ change: (inout ParseRules) -> Void) -> ParseRules {
    var rules = ParseRules(kind: .html)
    change(&rules)
    return rules
  }

  private static let every: [ParseRules] = [
    rules { $0.select = "li" }, rules { $0.xpath = "//li" }, rules { ($0.start, $0.end) = ("BREAKING", "") },
    rules { $0.end = "nothing" },
    rules { rules in
      rules.select = "li"
      rules.fields[.title] = "> b, :scope"
      rules.fields[.link] = "a:nth-last-of-type(1)"
    },
  ]

  @Test("a hundred thousand items", arguments: every.indices) func manyItems(_ index: Int) throws {
    let page = "<p>BREAKING<ul>" + repeated("<li>a <b>line</b>", 100_000)
    let found = within { try? DocumentParser.parse(Array(page.utf8), by: Self.every[index]).items.count }
    #expect((found ?? 0) <= ParseRules.mostItems)
  }

  @Test("a hundred thousand items of JSON") func manyValues() throws {
    var rules = ParseRules(kind: .json)
    rules.items = "$[*]"
    rules.map[.title] = "$.t"
    let json = "[" + repeated(#"{"t":"x"},"#, 100_000) + "{}]"
    #expect(try within { try DocumentParser.parse(Array(json.utf8), by: rules).items.count } == ParseRules.mostItems)
  }

  @Test(
    "a megabyte without a line end, zero bytes, broken UTF-8",
    arguments: [
      Array("<p>BREAKING<li>".utf8) + [UInt8](repeating: 0x61, count: 1 << 20),
      Array("<pre>BREAKING\n".utf8) + Array(String(repeating: "word ", count: 200_000).utf8),
      Array("<p>BRE\u{0}AKING</p><li>\u{0}a\u{0}".utf8),
      [0x3C, 0x6C, 0x69, 0x3E, 0xFF, 0xC0, 0x80, 0xED, 0xA0, 0x80, 0xF4],
      Array("<p>BREAKING<li><!--".utf8) + [UInt8](repeating: 0x2D, count: 1 << 20),
      Array("<li ".utf8) + [UInt8](repeating: 0x22, count: 1 << 20),
    ] as [[UInt8]])
  func strangeBytes(_ page: [UInt8]) {
    for rules in Self.every {
      let items = within { try? DocumentParser.parse(page, by: rules).items } ?? []
      for item in items { #expect((item.title?.utf8.count ?? 0) <= 64 << 10) }
    }
  }

  @Test(
    "selectors that look far end with a named error or a result",
    arguments: [
      "li:nth-last-of-type(2n)", "li:nth-child(3 of :nth-child(2 of li))", "li:has(~ li:has(~ li))",
      "li:not(:has(+ li))",
      "*:contains(x)", ":lang(de)", "li ~ li ~ li ~ b", "li:nth-of-type(2n+1):nth-last-child(odd)",
    ])
  func selectors(_ selector: String) {
    let page = "<body>" + repeated("<div>", 400) + repeated("<li>x<b></b>", 6_000)
    within {
      do throws(ParseError) {
        _ = try DocumentParser.parse(Array(page.utf8), by: ParseRules(select: selector))
      } catch { #expect(error.class == .bounds) }
    }
  }

  /// Pages made for those who look sideways, upwards, or into one tag.
  enum Wide: String {
    case siblings, names, comments, fences, chains, attributes

    var page: String {
      func repeated(_ text: String, _ count: Int) -> String { String(repeating: text, count: count) }
      return switch self {
      case .siblings: "<ul>" + repeated("<li>x", 100_000)
      case .names: "<ul>" + (0..<50_000).map { "<x\($0)></x\($0)>" }.joined()
      case .comments: "<ul>" + repeated("<!---->", 400_000) + repeated("<li>x", 4_000)
      case .fences:
        repeated("<fieldset disabled><legend>", 300) + repeated("<legend></legend>", 50_000)
          + repeated("<input>", 50_000)
      case .chains: repeated(repeated("<i>", 500) + repeated("</i>", 500), 600)
      case .attributes:
        repeated("<p " + (0..<900).map { "a\($0)" }.joined(separator: " ") + "></p>", 1_000)
      }
    }
  }

  @Test(
    "many combinators over a wide page end with a named error or a result",
    arguments: [
      (":nth-last-of-type(3)", .siblings), (":nth-last-of-type(2n+1):not(:nth-of-type(3n))", .names),
      (":last-of-type", .names), ("* ~ * ~ * ~ * ~ .x", .siblings), ("x ~ y ~ li", .comments),
      (":not(:has(~ :has(~ .x)))", .siblings), ("*:has(+ * + * + .x)", .comments),
      (":not(:has(:not(:has(*))))", .chains),
      (":has(:has(:has(:has(.x))))", .chains), (":is(:not(* ~ .x), :not(.x ~ *)):has(~ *:not(* ~ .y))", .siblings),
      (":disabled", .fences), (":enabled", .fences), (":dir(rtl)", .chains), (":lang(en)", .attributes),
      ("[zz] ~ [zz]", .attributes), (":not([zz]) ~ :not([zy]) ~ [zx]", .attributes),
      (":nth-child(5 of :not(:has(~ .x)))", .siblings), (":nth-last-child(1 of * ~ *)", .comments),
    ] as [(String, Wide)])
  func wideSelectors(_ selector: String, _ wide: Wide) {
    let page = Array(wide.page.utf8)
    within {
      do throws(ParseError) { _ = try DocumentParser.parse(page, by: ParseRules(select: selector)) } catch {
        #expect(error.class == .bounds)
      }
    }
  }

  @Test(
    "XPath over a wide page ends with a named error or a result",
    arguments: [
      ("//*[following-sibling::*[last()]]", .siblings), ("//*/following::*", .names),
      ("//*[preceding::*[5]]", .comments),
      ("//*[. = //*]", .siblings), ("//*/ancestor::*/descendant::*", .chains), ("//*[contains(/, .)]", .siblings),
      ("//@*[. != //@*]", .attributes), ("//*[@zz]/preceding-sibling::*", .attributes), ("//*//*//*[1]", .chains),
      ("//*/../*/../*/../*", .siblings), ("id(//@*)", .attributes), ("//*[lang('en')]", .chains),
      ("//*[substring(concat(/, /, /, /), 2)]", .siblings), ("//*[sum(//*) >= count(//@*)]", .names),
    ] as [(String, Wide)])
  func wideExpressions(_ expression: String, _ wide: Wide) {
    let page = Array(wide.page.utf8)
    within {
      do throws(ParseError) { _ = try DocumentParser.parse(page, by: Self.rules { $0.xpath = expression }) } catch {
        #expect(error.class == .bounds)
      }
    }
  }

  @Test("the bound is reached where it must be") func bounded() throws {
    let error = try #require(throws: ParseError.self) {
      try within { try DocumentParser.parse(Array(Wide.names.page.utf8), by: ParseRules(select: ":last-of-type")) }
    }
    #expect(error.class == .bounds && error.reason.contains("takes too long"))
    let slow = try #require(throws: ParseError.self) {
      try within {
        try DocumentParser.parse(Array(Wide.siblings.page.utf8), by: Self.rules { $0.xpath = "//li[. = //li/text()]" })
      }
    }
    #expect(slow.class == .bounds && slow.reason.contains("takes too long"))
    var rules = ParseRules(kind: .json)
    rules.items = "$..a..a..a..a..a..a"
    let far = try #require(throws: ParseError.self) {
      try within { try DocumentParser.parse(Array(Far.deep.json.utf8), by: rules) }
    }
    #expect(far.class == .bounds && far.reason.contains("take too long"))
  }

  /// Documents made for those who look deep, far, or at one long text.
  enum Far: String {
    case deep, wide, names, nested, texts

    var json: String {
      func repeated(_ text: String, _ count: Int) -> String { String(repeating: text, count: count) }
      return switch self {
      case .deep: repeated(#"{"a":["#, 120) + "1" + repeated("]}", 120)
      case .wide: "[" + repeated(#"{"a":{"b":{"c":{"d":[1]}}}},"#, 50_000) + "{}]"
      case .names: "{" + (0..<100_000).map { "\"a\($0)\":\($0)" }.joined(separator: ",") + "}"
      case .nested: "[" + repeated(#"{"a":[{"b":["#, 60) + repeated("[[]],", 60_000) + "1" + repeated("]}]}", 60) + "]"
      case .texts:
        "{\"s\":\"\(repeated("x", 1 << 20))\",\"t\":\"\(repeated("x", 1 << 20))\",\"n\":[\(repeated("1,", 100_000))2]}"
      }
    }
  }

  @Test(
    "paths that look far end with a named error or a result",
    arguments: [
      ("$..a..b..c..d", .wide), ("$..a..a..a..a..a..a", .deep), ("$..*..*..*..*", .deep), ("$..[?@..a]", .deep),
      ("$..[?@..b..c]..d", .wide), ("$..[?$..a]", .names), ("$..[?count(@..*) > 1]", .nested), ("$..[?$.zz]", .names),
      ("$..[?$.s == $.t]", .texts), ("$..[?length($.s) > 1]", .texts), ("$..[?$.s < $.t]", .texts),
      ("$..[?search($.s, '(x+)+y')]", .texts), ("$..[0,0,0,0]..[0,0,0,0]..[0,0,0,0]", .nested), ("$..[?@ == $]", .wide),
      ("$..['a','b','c','d','a1','a2','a3','a4']", .names), ("$..[::-1]..[::2]", .nested),
    ] as [(String, Far)])
  func farPaths(_ path: String, _ far: Far) {
    var rules = ParseRules(kind: .json)
    rules.items = path
    rules.map[.title] = "$..a"
    let document = Array(far.json.utf8)
    within {
      do throws(ParseError) { _ = try DocumentParser.parse(document, by: rules) } catch {
        #expect(error.class == .bounds)
      }
    }
  }

  @Test("places are counted in one pass") func places() throws {
    let page = "<ul>" + repeated("<li>x", 50_000)
    let rules = ParseRules(select: "li:nth-of-type(50000), :nth-child(49999)")
    #expect(try within { try DocumentParser.parse(Array(page.utf8), by: rules).items.count } == 2)
  }

  @Test("looking a hostile document over is bounded")
  func surveys() throws {
    let pages = [
      repeated("<div class=news><ul>", 400) + repeated("<li>headline of the usual length here", 5_000),
      repeated("<div><p>x</p><p>y</p>", 900), repeated("<link rel=alternate type=application/rss+xml href=/x>", 20_000),
      "<pre>" + repeated("breaking\n", 50_000), repeated("BREAKING\n", 100_000), "[" + repeated("[{\"title\":[", 80),
      "{" + (0..<50_000).map { "\"k\($0)\":[{\"title\":\"x\"}]" }.joined(separator: ",") + "}", repeated("[", 100_000),
    ]
    for page in pages {
      let survey = within { try? Survey(of: Array(page.utf8), by: ParseRules(baseURL: "https://x.example/")) }
      #expect((survey?.blocks.count ?? 0) <= PageCandidates.most && (survey?.feeds.count ?? 0) <= 50)
    }
  }

  @Test("lists of feeds without end") func lists() throws {
    let deep = "<opml><body>" + repeated("<outline text=a>", 100_000)
    let wide = "<opml><body>" + repeated("<outline text=\"a\" xmlUrl=\"https://a.example/\"/>", 30_000)
    #expect(try within { try OPML.read(Array(deep.utf8)).outlines.isEmpty })
    #expect(try within { try OPML.read(Array(wide.utf8)).outlines.count } == OPML.most)
  }
}
