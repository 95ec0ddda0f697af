import Testing

@testable import TickerParse

@Suite struct JSONDocumentTests {
  private func parse(_ text: String) throws -> JSONValue { try JSONDocument.parse(Array(text.utf8)) }

  @Test("values, in the order in which they are written")
  func values() throws {
    let value = try parse(#" {"b":[1,-0.5e+3,true,false,null,""],"a":{"b":"x"},"b2":[],"c":{}} "#)
    #expect(
      value
        == .object([
          JSONMember(
            name: "b", value: .array([.number("1"), .number("-0.5e+3"), .bool(true), .bool(false), .null, .string("")])),
          JSONMember(name: "a", value: .object([JSONMember(name: "b", value: .string("x"))])),
          JSONMember(name: "b2", value: .array([])), JSONMember(name: "c", value: .object([])),
        ]))
    #expect(try parse(#"{"a":1,"a":2}"#)["a"] == .number("2"))
  }

  @Test(
    "escape sequences",
    arguments: [
      (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u00e9\u20AC""#, "é€"), (#""\ud83d\ude00!""#, "😀!"),
      (#""\ud83d""#, "\u{FFFD}"), (#""\ud83d\u0041""#, "\u{FFFD}A"), (#""\ude00""#, "\u{FFFD}"), ("\"a\tb\"", "a\tb"),
      (#""\u0000""#, "\u{0}"),
    ])
  func escapes(_ json: String, _ text: String) throws { #expect(try parse(json) == .string(text)) }

  @Test(
    "what is no JSON, and where",
    arguments: [
      ("", 0), ("{", 1), ("[1,]", 3), ("[1 2]", 3), (#"{"a" 1}"#, 5), (#"{"a":1,}"#, 7), ("{a:1}", 1), ("01", 1),
      ("-", 1),
      ("1.", 2), (".5", 0), ("1e", 2), ("+1", 0), ("tru", 0), ("\"abc", 4), (#""\x""#, 3), (#""\u12g4""#, 3),
      ("[1]x", 3),
      ("NaN", 0), ("'a'", 0),
    ])
  func faults(_ json: String, _ offset: Int) throws {
    let fault = try #require(throws: JSONFault.self) { try parse(json) }
    #expect(fault.offset == offset)
    #expect(fault.reason == (offset == json.utf8.count ? .end : .syntax))
  }

  @Test("what is complete of a cut document")
  func cut() throws {
    let json = Array(#"{"a":"x","items":[{"id":1},{"id":2,"b":[1,2],"c":{"d":"e"}}],"z":1}"#.utf8)
    let whole = try JSONDocument.parse(json)
    for length in json.indices {
      let part = JSONDocument.reading(Array(json[..<length]))
      #expect(part.fault?.reason == .end || part.fault?.reason == .syntax)
      let items = part.value?["items"]?.array ?? []
      #expect(items.elementsEqual((whole["items"]?.array ?? []).prefix(items.count)))
      #expect(items.count == (length < 26 ? 0 : length < 59 ? 1 : 2))
    }
  }

  @Test(
    "objects with the names of one before are read as any other",
    arguments: [
      #"[{"a":1,"b":2},{"a":3,"b":4},{"a":5},{"a":6,"b":7,"c":8},{"a":9,"c":1},{"b":1},{},{"a":1,"b":2}]"#,
      #"[{"a\"b":1},{"a\"b":2},{"a\\":3},{"a\\":4},{"\u0061":5},{"a":6},{"\u0061":7}]"#,
      #"[{"a":1,"a":2},{"a":3,"a":4},{"":1},{"":2},{"ab":1},{"a":2},{"ab":3},{"aé":1},{"aé":2}]"#,
      #"[{"p":{"x":1},"q":{"y":1,"z":2}},{"p":{"x":2},"q":{"y":1,"z":2}},{"q":{"z":3},"p":{}}]"#,
      #"[{"a":1},{"b":1},{"c":1},{"d":1},{"e":1},{"a":2,"b":3},{"e":1,"f":{"a":{"a":1}}}]"#,
    ])
  func shapes(_ json: String) throws {
    let elements = try #require(try parse(json).array)
    // Each read alone is read without memory.
    var (depth, start, alone) = (0, json.startIndex, [JSONValue]())
    for index in json.indices {
      if json[index] == "{" {
        if depth == 0 { start = index }
        depth += 1
      } else if json[index] == "}" {
        depth -= 1
        if depth == 0 { alone.append(try parse(String(json[start...index]))) }
      }
    }
    #expect(elements == alone)
  }

  @Test("nesting is bounded exactly") func depth() throws {
    let deepest = JSONDocument.deepest
    for open in ["[", #"{"a":"#] {
      let close = open == "[" ? "]" : "}"
      let text = { (depth: Int) in
        String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)
      }
      #expect(throws: Never.self) { try parse(text(deepest)) }
      let fault = try #require(throws: JSONFault.self) { try parse(text(deepest + 1)) }
      #expect(fault.reason == .depth)
    }
    #expect(throws: JSONFault.self) { try parse(String(repeating: "[", count: 1_000_000)) }
  }

  @Test("the number of values is bounded") func size() throws {
    let fault = try #require(throws: JSONFault.self) {
      try parse("[" + String(repeating: "0,", count: JSONDocument.mostValues) + "0]")
    }
    #expect(fault.reason == .size)
  }

  @Test("bytes that are no UTF-8 become replacement characters") func brokenText() throws {
    #expect(try JSONDocument.parse([0x22, 0x61, 0xFF, 0x22]) == .string("a\u{FFFD}"))
  }
}
