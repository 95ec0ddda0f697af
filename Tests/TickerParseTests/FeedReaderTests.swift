import FoundationEssentials
import Testing
import TickerModel
import TickerParse

/// Each fixture is a feed named by the fact it shows, with what must come out of it beside it.
@Suite struct FeedReaderTests {
  private struct Expectation: Decodable {
    struct Item: Decodable, Equatable {
      var id, title, link, published, updated, summary, author: String?
      var tags: [String]?
    }
    var kind: String
    var items: [Item]?
    /// Where only the titles matter.
    var titles: [String]?
    /// `*` is any fault; absent, the feed must be sound.
    var fault: String?
    var baseURL: String?
    var contentType: String?
  }

  static let fixtures: [String] = {
    let names = try? FileManager.default.contentsOfDirectory(atPath: folder)
    return (names ?? []).filter { !$0.hasSuffix(".expect.json") }.sorted()
  }()
  private static let folder = #filePath.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/Fixtures"

  @Test("there are fixtures") func fixturesExist() { #expect(Self.fixtures.count > 25) }

  @Test(arguments: fixtures) func reads(_ name: String) throws {
    let document = try #require(FileManager.default.contents(atPath: "\(Self.folder)/\(name)"))
    let stem = name[..<(name.lastIndex(of: ".") ?? name.endIndex)]
    let text = try #require(FileManager.default.contents(atPath: "\(Self.folder)/\(stem).expect.json"))
    let expected = try JSONDecoder().decode(Expectation.self, from: text)
    for kind in name.hasSuffix(".json") ? [SourceKind.auto, .jsonfeed] : [.auto, .rss, .atom] {
      let rules = ParseRules(kind: kind, baseURL: expected.baseURL, contentType: expected.contentType)
      let parsed = try DocumentParser.parse(Array(document), by: rules)
      #expect(parsed.form == .feed)
      #expect(parsed.kind.rawValue == expected.kind)
      if let items = expected.items { #expect(parsed.items.map(Self.item) == items) }
      if let titles = expected.titles { #expect(parsed.items.compactMap(\.title).filter(titles.contains) == titles) }
      if expected.fault == "*" { #expect(parsed.fault != nil) } else { #expect(parsed.fault == expected.fault) }
    }
  }

  private static func item(_ item: ParsedItem) -> Expectation.Item {
    Expectation.Item(
      id: item.guid, title: item.title, link: item.link, published: item.published?.text, updated: item.updated?.text,
      summary: item.summary, author: item.author, tags: item.tags.isEmpty ? nil : item.tags)
  }

  @Test func keepsNoMoreThanAllowed() throws {
    let feed = "<rss><channel>" + String(repeating: "<item><title>a</title></item>", count: 50) + "</channel></rss>"
    let parsed = try DocumentParser.parse(Array(feed.utf8), by: ParseRules(maxItems: 7))
    #expect(parsed.items.count == 7)
    #expect(parsed.fault == nil)
  }

  @Test(arguments: [
    ("<html><body>Not found</body></html>", ParseError.Class.kind, "<html>"),
    ("<urlset><url/></urlset>", .kind, "<urlset>"),
    ("", .document, "holds no feed"),
    ("no markup at all", .document, "holds no feed"),
    ("<rss><channel><title>", .document, "broken before its first item"),
  ])
  func refuses(_ document: String, _ expected: ParseError.Class, _ words: String) throws {
    let error = try #require(throws: ParseError.self) {
      try DocumentParser.parse(Array(document.utf8), by: ParseRules(kind: .rss))
    }
    #expect(error.class == expected)
    #expect(error.reason.contains(words))
  }
}
