import FoundationEssentials
import Glibc
import Testing
import TickerModel
import TickerParse

/// Documents made to hang, crash or spy. Each must end soon, with items, an empty document or a named error.
@Suite(.serialized) struct HostileDocumentTests {
  /// Far above what any takes, far below what an unbounded one would.
  private static let patience = Duration.seconds(30)

  /// The document or the error, within the time.
  private func outcome(_ document: String, _ rules: ParseRules) -> Result<ParsedDocument, ParseError> {
    outcome(Array(document.utf8), rules)
  }

  private func outcome(_ document: [UInt8], _ rules: ParseRules) -> Result<ParsedDocument, ParseError> {
    var result: Result<ParsedDocument, ParseError>?
    let time = ContinuousClock().measure {
      do throws(ParseError) { result = .success(try DocumentParser.parse(document, by: rules)) } catch {
        result = .failure(error)
      }
    }
    #expect(time < Self.patience)
    return result ?? .failure(ParseRules.impossible)
  }

  private func repeated(_ text: String, _ count: Int) -> String { String(repeating: text, count: count) }

  @Test("entities inside entities are not looked into") func entityBomb() throws {
    var entities = "<!ENTITY e0 \"ha\">"
    for level in 1...30 { entities += "<!ENTITY e\(level) \"&e\(level - 1);&e\(level - 1);\">" }
    let feed =
      "<!DOCTYPE rss [\(entities)]><rss><channel><item><title>a &e30; b &e0;</title><link>http://x.example/?&e30;</link></item></channel></rss>"
    let parsed = try outcome(feed, ParseRules()).get()
    #expect(parsed.items.map(\.title) == ["a &e30; b ha"])
  }

  @Test("an entity used a million times does not grow the document") func quadraticEntity() throws {
    let word = repeated("x", 63)
    let feed =
      "<!DOCTYPE rss [<!ENTITY e \"\(word)\">]><rss><channel><item><title>\(repeated("&e;", 1_000_000))</title></item></channel></rss>"
    let parsed = try outcome(feed, ParseRules()).get()
    #expect(parsed.items.count == 1)
    #expect((parsed.items.first?.title?.utf8.count ?? 0) <= 64 << 10)
  }

  @Test(
    "no external entity, DTD or stylesheet is opened",
    arguments: [
      "<!DOCTYPE rss SYSTEM \"{}\"><rss>{body}</rss>",
      "<!DOCTYPE rss PUBLIC \"-//X//Y\" \"{}\"><rss>{body}</rss>",
      "<!DOCTYPE rss [<!ENTITY x SYSTEM \"{}\">]><rss>{body}</rss>",
      "<!DOCTYPE rss [<!ENTITY % x SYSTEM \"{}\"> %x;]><rss>{body}</rss>",
      "<?xml-stylesheet href=\"{}\" type=\"text/xsl\"?><rss>{body}</rss>",
      "<rss xmlns:xi=\"http://www.w3.org/2001/XInclude\"><xi:include href=\"{}\"/>{body}</rss>",
    ])
  func externalEntities(_ template: String) throws {
    // Opening a FIFO that nobody writes to blocks for ever; that the test ends shows that nobody opened it. A writer that
    // comes later and finds no reader proves it.
    let fifo =
      FileManager.default.temporaryDirectory.path + "/tickerd-parse-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    try #require(mkfifo(fifo, 0o600) == 0)
    defer { unlink(fifo) }
    let body = "<channel><item><title>t &x;</title></item></channel>"
    let feed = template.replacing("{}", with: fifo).replacing("{body}", with: body)
    #expect(try outcome(feed, ParseRules(kind: .rss)).get().items.map(\.title) == ["t &x;"])
    let writer = open(fifo, O_WRONLY | O_NONBLOCK)
    #expect(writer == -1 && errno == ENXIO)
    if writer >= 0 { close(writer) }
  }

  @Test("nesting without end", arguments: ["div", "b", "ul><li", "table><tr><td", "font", "a", "x"])
  func deepPage(_ element: String) throws {
    switch outcome(repeated("<\(element)>", 100_000) + "deep", ParseRules(select: "*")) {
    case .success(let parsed): #expect(parsed.items.count <= ParseRules.mostItems)
    case .failure(let error): #expect(error.class == .bounds)
    }
  }

  @Test func deepDivsAreRefused() throws {
    #expect(throws: Never.self) { try outcome(repeated("<div>", 900) + "deep", ParseRules(select: "div div")).get() }
    let error = try #require(throws: ParseError.self) {
      try outcome(repeated("<div>", 100_000) + "deep", ParseRules(select: "div")).get()
    }
    #expect(error.class == .bounds)
  }

  @Test func deepFeed() throws {
    let feed = "<rss><channel><item><title>before</title></item><item><title>" + repeated("<b>", 100_000) + "deep"
    let parsed = try outcome(feed, ParseRules()).get()
    #expect(parsed.items.first?.title == "before")
    #expect(parsed.fault != nil)
  }

  @Test(
    "attributes without end",
    arguments: ["<rss", "<rss><channel><item", "<feed xmlns='http://www.w3.org/2005/Atom'><entry><link"])
  func attributesOfFeed(_ opening: String) throws {
    let attributes = (0..<400_000).map { " a\($0)=''" }.joined()
    let parsed = try? outcome(opening + attributes + ">", ParseRules()).get()
    #expect((parsed?.items.count ?? 0) <= 1)
  }

  @Test func namespacesOfFeed() throws {
    let attributes = (0..<400_000).map { " xmlns:a\($0)='u\($0)'" }.joined()
    let feed = "<rss" + attributes + "><channel><item><title>t</title></item></channel></rss>"
    #expect(try outcome(feed, ParseRules()).get().items.map(\.title) == ["t"])
  }

  @Test func attributesOfPage() throws {
    let attributes = (0..<400_000).map { " a\($0)" }.joined()
    let error = try #require(throws: ParseError.self) {
      try outcome("<p" + attributes + ">x", ParseRules(select: "p")).get()
    }
    #expect(error.class == .bounds)
  }

  @Test(
    "selectors that look far, on pages made for them",
    arguments: [
      "li:nth-last-of-type(2n+1):nth-child(3n+1)", "li ~ li ~ li ~ li:last-child", "* * * * * * * * :not(* * * * * .x)",
      "li:not(li + li + li ~ .y)",
    ])
  func slowSelectors(_ selector: String) throws {
    for page in ["<ul>" + repeated("<li>x</li>", 100_000), repeated("<div>", 900) + repeated("<li>x</li>", 50_000)] {
      if case .failure(let error) = outcome(page, ParseRules(select: selector)) { #expect(error.class == .bounds) }
    }
  }

  @Test("elements inside elements are not read again and again") func nestedSelection() throws {
    let page = repeated("<div>", 900) + repeated("<i></i>", 300_000)
    let error = try #require(throws: ParseError.self) { try outcome(page, ParseRules(select: "div")).get() }
    #expect(error.class == .bounds)
  }

  @Test(
    "megabytes on one line",
    arguments: [
      ("", 10), ("<p>", 1), ("<rss><channel><item><title>", 10), ("<rss><channel><item><title><![CDATA[", 1),
      ("<!--", 1), ("<p title='", 1),
      ("&", 1), ("<p x=", 1), ("<script>", 1),
    ])
  func longLine(_ opening: String, _ megabytes: Int) throws {
    let document = opening + repeated("0123456789", megabytes * 100_000)
    for rules in [ParseRules(kind: .text), ParseRules(kind: .html, select: "*"), ParseRules(kind: .rss)] {
      switch outcome(document, rules) {
      case .success(let parsed): #expect(parsed.items.allSatisfy { ($0.title?.utf8.count ?? 0) <= 64 << 10 })
      case .failure(let error): #expect([.bounds, .document, .kind].contains(error.class))
      }
    }
  }

  @Test(
    "one piece of markup again and again",
    arguments: [
      "<", "&", "<!", "</", "<a ", "<![CDATA[", "]]>", "<?", "&#", "<!--", "<!DOCTYPE ", "<a b='", "\u{0}", "<svg:a>",
      "<p></b>",
    ])
  func repetition(_ piece: String) throws {
    for prefix in ["", "<rss><channel><item><title>", "<html><body>"] {
      let document = prefix + repeated(piece, 200_000 / piece.utf8.count)
      for rules in [ParseRules(kind: .html, select: "a"), ParseRules(kind: .rss)] { _ = outcome(document, rules) }
    }
  }

  @Test("a document cut at every byte") func cutAnywhere() throws {
    let feed = Array(
      "<?xml version='1.0' encoding='utf-8'?><!DOCTYPE rss [<!ENTITY e 'é'>]><rss><channel><item><title>a &e; <![CDATA[<b>]]> &amp; ü</title><link a='&lt;'>http://x/</link></item></channel></rss>"
        .utf8)
    let page = Array(
      "<!DOCTYPE html><meta charset=utf-8><ul class='é'><li><a href='x?a&amp;b'>ü</a><!-- c --><script>1</script></ul>"
        .utf8)
    for length in feed.indices { _ = outcome(Array(feed[..<length]), ParseRules()) }
    for length in page.indices { _ = outcome(Array(page[..<length]), ParseRules(select: "li")) }
  }

  @Test("random damage") func damage() throws {
    var random = SplitMix(seed: UInt64.random(in: 0 ... .max))
    print("seed of random damage: \(random.seed)")
    let feed = Array(
      "<?xml version='1.0'?><rss xmlns:dc='d'><channel><item><title>a &eacute; <![CDATA[<b>]]></title><dc:date>2026</dc:date></item></channel></rss>"
        .utf8)
    let page = Array("<html><base href='/x'><ul><li><a href=x>ü</a><li>&copy;<table><td>x</ul></html>".utf8)
    for _ in 0..<3000 {
      var (damagedFeed, damagedPage) = (feed, page)
      for _ in 0..<(1 + random.next() % 8) {
        damagedFeed[Int(random.next() % UInt64(feed.count))] = UInt8(truncatingIfNeeded: random.next())
        damagedPage[Int(random.next() % UInt64(page.count))] = UInt8(truncatingIfNeeded: random.next())
      }
      _ = outcome(damagedFeed, ParseRules(kind: .rss))
      _ = outcome(damagedPage, ParseRules(kind: .html, select: "li, li > a:first-child"))
    }
  }
}

extension ParseRules {
  /// Stands where a closure was not run.
  fileprivate static var impossible: ParseError {
    do { _ = try DocumentParser.parse([], by: ParseRules(kind: .html)) } catch { return error }
    preconditionFailure("an HTML source without select was read")
  }
}

/// Sebastiano Vigna's splitmix64: repeatable from its seed.
private struct SplitMix {
  let seed: UInt64
  private var state: UInt64

  init(seed: UInt64) { (self.seed, state) = (seed, seed) }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}
