import Testing

@testable import TickerParse

@Suite struct JSONPathTests {
  private static let store = """
    {"book": [{"t": "A", "price": 8.95, "isbn": "x"}, {"t": "B", "price": 12.99}, {"t": "C", "price": 22, "isbn": "y"}],
    "bicycle": {"price": 399}, "née": [1, 2, 3, 4, 5], "s": "a.c"}
    """

  private func found(_ path: String, in json: String = store) throws -> [String] {
    let document = try JSONDocument.parse(Array(json.utf8))
    var query = JSONQuery(document)
    return try query.nodes(JSONPath(path), in: document).map(JSONWriting.text)
  }

  @Test(
    "what a path finds",
    arguments: [
      ("$.book[*].t", #""A" "B" "C""#), ("$..price", "8.95 12.99 22 399"), ("$.book[-1].t", #""C""#),
      ("$['book'][0,2]['t']", #""A" "C""#), ("$.book[?@.price<10].t", #""A""#),
      ("$.book[?@.isbn && @.price > 10].t", #""C""#),
      ("$.book[?!@.isbn || @.t=='A'].t", #""A" "B""#), ("$.née[1:4:2]", "2 4"), ("$.née[::-2]", "5 3 1"),
      ("$.née[?@>=4]", "4 5"),
      ("$.book[?length(@.t)==1 && count(@.*)==3].t", #""A" "C""#), ("$.book[?match(@.t, '[AB]')].t", #""A" "B""#),
      ("$[?search(@, 'a.c')]", #""a.c""#), ("$.book[?value(@..isbn)=='y'].t", #""C""#), ("$.nope", ""),
      ("$.book[9]", ""),
      ("$[\"n\\u00e9e\"][0]", "1"), ("$.book[?@.price==$.bicycle.price]", ""), ("$ .book [ 1 ] .t", #""B""#),
    ])
  func finds(_ path: String, _ expected: String) throws {
    #expect(try found(path).joined(separator: " ") == expected)
  }

  @Test(
    "what is no path is named with its place",
    arguments: [
      ("", 0), ("$.", 2), ("$ ", 1), ("$[", 2), ("$[01]", 2), ("$[-0]", 2), ("$[1", 3), ("$['a]", 2), ("$[?@.a=1]", 6),
      ("$[?1]", 4),
      ("$[?@.*==1]", 9), ("$[?nope(@)]", 3), ("$[?count(1)==1]", 9), ("$[?length(@)]", 12), ("$[9007199254740992]", 2),
      ("$['\\x']", 3),
      ("$['\\ud800']", 9), ("$[?(@.a]", 7), ("é$", 0), ("$.é[", 5),
    ])
  func faults(_ path: String, _ offset: Int) throws {
    let fault = try #require(throws: PathFault.self) { try JSONPath(path) }
    #expect(fault.offset == offset, "\(fault.message)")
  }

  @Test("paths are bounded") func bounds() throws {
    #expect(throws: PathFault.self) { try JSONPath("$" + String(repeating: ".a", count: 600)) }
    #expect(throws: PathFault.self) {
      try JSONPath("$[?" + String(repeating: "(", count: 17) + "@" + String(repeating: ")", count: 17) + "]")
    }
    #expect(throws: Never.self) { try JSONPath("$" + String(repeating: ".a", count: 500)) }
  }

  @Test("characters are compared one by one, never by equivalence") func codePoints() throws {
    let json = "[{\"e\\u0301\": 1}, {\"\u{E9}\": 2}]"
    #expect(try found("$[*]['\u{E9}']", in: json) == ["2"])
    #expect(try found("$[?@ == '\u{E9}']", in: "[\"e\\u0301\", \"\u{E9}\"]") == ["\"\u{E9}\""])
  }

  @Test(
    "pointers",
    arguments: [
      ("", "{\"a/b\":[10,{\"m~n\":2}]}"), ("/a~1b/0", "10"), ("/a~1b/1/m~0n", "2"), ("#/a~1b/1/m%7E0n", "2"),
      ("/a~1b/01", nil),
      ("/a~1b/-", nil), ("/a~1b/2", nil), ("/x", nil), ("/a~1b/0/x", nil),
    ])
  func pointers(_ pointer: String, _ expected: String?) throws {
    let document = try JSONDocument.parse(Array(#"{"a/b": [10, {"m~n": 2}]}"#.utf8))
    #expect(try JSONPointer(pointer).value(in: document).map(JSONWriting.text) == expected)
  }

  @Test(arguments: ["a", "/~2", "/~", "#/%", "#/%zz", "#/%ff", "#a"])
  func pointerFaults(_ pointer: String) { #expect(throws: PathFault.self) { try JSONPointer(pointer) } }
}
