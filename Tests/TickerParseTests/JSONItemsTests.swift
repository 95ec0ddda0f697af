import Testing
import TickerModel

@testable import TickerParse

@Suite struct JSONItemsTests {
  private func parse(_ json: String, items: String, _ map: [ItemMap.Name: String] = [:]) throws -> ParsedDocument {
    var rules = ParseRules(kind: .json, baseURL: "https://api.example/v1/list.json")
    rules.items = items
    for (name, path) in map { rules.map[name] = path }
    return try DocumentParser.parse(Array(json.utf8), by: rules)
  }

  @Test("every field, by path or pointer") func fields() throws {
    let json = """
      {"features": [{"id": 7, "properties": {"title": "M 5.0 &amp; more <b>x</b>", "url": "/e/7", "time": 1537603200000,
      "updated": 1537603201.5, "who": {"name": " A  B "}, "tags": ["a", "b", "a", 3], "text": "One\\n\\ntwo"}}]}
      """
    let parsed = try parse(
      json, items: "$.features[*]",
      [
        .id: "$.id", .title: "/properties/title", .link: "$.properties.url", .published: "$.properties.time",
        .updated: "/properties/updated", .author: "$..name", .tags: "$.properties.tags[*]",
        .summary: "$.properties.text",
      ])
    let item = try #require(parsed.items.first)
    #expect(parsed.kind == .json && parsed.form == .feed)
    #expect(item.guid == "7" && item.title == "M 5.0 & more x" && item.link == "https://api.example/e/7")
    #expect(item.published?.text == "2018-09-22T08:00:00.000Z" && item.updated?.text == "2018-09-22T08:00:01.500Z")
    #expect(item.author == "A B" && item.tags == ["a", "b", "3"] && item.summary == "One two")
  }

  @Test("items without id are a window") func window() throws {
    let parsed = try parse(#"{"news": ["One", "Two", 3, null]}"#, items: "$.news")
    #expect(parsed.form == .window)
    #expect(parsed.items.map(\.title) == ["One", "Two", "3", nil])
  }

  @Test(
    "a path that names one array means its elements; one that finds several means those",
    arguments: [
      ("$.a", 2), ("/a", 2), ("$.a[*]", 2), ("$[*]", 1), ("#/a", 2), ("$.a[0]", 1), ("$.b", 0), ("/b", 0),
      ("$.a[?@.t]", 1),
    ])
  func itemsPath(_ path: String, _ count: Int) throws {
    let parsed = try parse(#"{"a": [{"t": "x"}, {"u": "y"}]}"#, items: path, [.title: "$.t"])
    #expect(parsed.items.count == count)
  }

  @Test("a headline that is a structure shows it") func structure() throws {
    let parsed = try parse(#"[{"t": {"en": "x"}}, {"t": null}, {}, {"t": ""}]"#, items: "$[*]", [.title: "$.t"])
    #expect(parsed.items.map(\.title) == [#"{"en":"x"}"#, nil, nil, nil])
  }

  @Test("a cut document gives what is whole, and says so") func cut() throws {
    let parsed = try parse(#"{"a": [{"t": "x"}, {"t": "y"}, {"t": "z"#, items: "$.a[*]", [.title: "$.t"])
    #expect(parsed.items.map(\.title) == ["x", "y"])
    #expect(parsed.fault?.contains("byte") == true)
  }

  @Test(
    "faults say where to look",
    arguments: [
      ("[1]", "x", "neither $", ParseError.Class.selector), ("[1]", "$[", "missing", .selector),
      ("<p>", "$", "no JSON", .document),
      (#"[{"a":1}]"#, "$[*]", "of a): write map", .selector), ("{\"a\":", "$.a[*]", "broken before", .document),
      (String(repeating: "[", count: 100_000), "$", "deeper", .bounds),
    ])
  func faults(_ json: String, _ items: String, _ words: String, _ expected: ParseError.Class) throws {
    let error = try #require(throws: ParseError.self) { try parse(json, items: items) }
    #expect(error.class == expected)
    #expect(error.reason.contains(words), "\(error.reason)")
  }

  @Test(
    "a path that explodes ends",
    arguments: ["$..*..*..*", "$[?$..[?$..*]]", "$..[?@..[?@..a]]", "$[?search(@, '(a+)+b')]"])
  func bombs(_ path: String) throws {
    let inner = String(repeating: "[", count: 200) + String(repeating: "]", count: 200)
    let text = "\"" + String(repeating: "a", count: 500) + "\""
    let json = "[" + (0..<2000).map { $0 % 2 == 0 ? inner : text }.joined(separator: ",") + "]"
    let error = try #require(throws: ParseError.self) { try parse(json, items: path, [.title: "$"]) }
    #expect(error.class == .bounds)
  }
}

@Suite struct EpochDateTests {
  @Test(
    arguments: [
      (1_537_603_200.0, "2018-09-22T08:00:00.000Z"), (1_537_603_200_250, "2018-09-22T08:00:00.250Z"),
      (1_537_603_200_250_000, "2018-09-22T08:00:00.250Z"), (1.53760320025e18, "2018-09-22T08:00:00.250Z"),
      (20_180_922, nil), (2018, nil), (0, nil), (.nan, nil), (.infinity, nil), (1e300, nil),
      (-1_537_603_200, "1921-04-11T16:00:00.000Z"),
    ] as [(Double, String?)])
  func epochs(_ number: Double, _ expected: String?) {
    #expect(EpochDate.timestamp(number)?.text == expected)
  }
}
