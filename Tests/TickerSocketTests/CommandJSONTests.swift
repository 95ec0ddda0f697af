import Testing

@testable import TickerSocket

@Suite("The JSON of commands")
struct CommandJSONTests {
  private func read(_ text: String) -> Arguments.Value? { try? CommandJSON.read(Array(text.utf8), depth: 4) }

  @Test(
    "what JSON says",
    arguments: [
      (#""""#, Arguments.Value.text("")), (#" "a b" "#, .text("a b")), (#""é速報🦆""#, .text("é速報🦆")),
      (#""\"\\\/\b\f\n\r\t""#, .text("\"\\/\u{8}\u{c}\n\r\t")), (#""\u00e9\u901f""#, .text("é速")),
      (#""\uD83E\uDD86""#, .text("🦆")), (#""\u0000""#, .text("\0")),
      ("0", .number(0)), ("-0", .number(0)), ("17", .number(17)), ("-9223372036854775808", .number(.min)),
      ("1e3", .number(1000)), ("2.0", .number(2)), ("1.5", .other), ("9223372036854775808", .other), ("1e999", .other),
      ("true", .boolean(true)), ("false", .boolean(false)), ("null", .other),
      ("[]", .list([])), ("[ 1 , [ \"a\" ] ]", .list([.number(1), .list([.text("a")])])),
      ("{}", .object([:])),
      (
        "\t{ \"a\" : {\"b\":[true]} , \"c\" : 1 }\r\n",
        .object(["a": .object(["b": .list([.boolean(true)])]), "c": .number(1)])
      ),
      (#"{"a":1,"a":2}"#, .object(["a": .number(2)])), ("[[[[]]]]", .list([.list([.list([.list([])])])])),
    ])
  func reads(_ text: String, _ value: Arguments.Value) { #expect(read(text) == value) }

  @Test(
    "what is no JSON",
    arguments: [
      "", " ", "x", "tru", "truee", "nul", "'a'", "\"", "\"a", #""\"#, #""\x""#, #""\u12""#, #""\u12G4""#, #""\uD83E""#,
      #""\uD83Ex""#, #""\uD83E\u0041""#, #""\uDD86""#, "\"a\nb\"", "\"\u{1}\"", "01", "-", "+1", "1.", ".5", "1e",
      "1e+",
      "0x1", "[", "]", "[1", "[1,]", "[,1]", "[1 2]", "{", "}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{1:1}",
      "{\"a\":1 \"b\":2}", "1 2", "{} x", "[[[[[]]]]]", "{\"a\":{\"b\":{\"c\":{\"d\":{}}}}}",
    ])
  func refuses(_ text: String) { #expect(read(text) == nil) }

  @Test("bytes that are no UTF-8 are no text")
  func encoding() {
    for bytes: [UInt8] in [[0xFF], [0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80]] {
      let quote = UInt8(ascii: "\"")
      #expect(throws: CommandJSON.Malformed.syntax) { try CommandJSON.read([quote] + bytes + [quote], depth: 4) }
    }
  }

  @Test("too deep is told from malformed")
  func depth() {
    #expect(throws: CommandJSON.Malformed.depth) { try CommandJSON.read(Array("[[[[[]]]]]".utf8), depth: 4) }
  }
}
