import TestSupport
import Testing
import TickerText

@Test func whatWasWrittenIsReadBack() throws {
  var inner = JSONText()
  inner.member("title", "not this one, \"}]\\")
  var text = JSONText()
  text.member("title", "a, \"b\" \\ {[")
  text.member("count", -12)
  text.member("restored", true)
  text.member("tags", ["x,y", "\"", "", "Żółw"])
  text.member("none", [])
  text.member("also", objects: [inner, inner])
  text.member("via", object: inner)
  text.member("last", "")
  let members = Array(JSONMembers(text.bytes))
  #expect(members.map(\.name) == ["title", "count", "restored", "tags", "none", "also", "via", "last"])
  #expect(members[0].string == "a, \"b\" \\ {[" && members[0].integer == nil && members[0].strings == nil)
  #expect(members[1].integer == -12 && members[1].string == nil)
  #expect(members[3].strings == ["x,y", "\"", "", "Żółw"] && members[4].strings == [])
  #expect(members[5].strings == nil && members[7].string == "")
  #expect(Array(text.bytes[members[2].range]) == Array("\"restored\":true".utf8))
}

@Test(arguments: [
  (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u001b[31m""#, "\u{1B}[31m"), (#""\u017C\u00f3""#, "żó"),
  (#""\ud83d\uDEA8!""#, "🚨!"), (#""\ud83d""#, nil), (#""\udea8""#, nil), (#""\ud83dx""#, nil), (#""\u12""#, nil),
  (#""\u+123""#, nil), (#""\x""#, nil), (#""\""#, nil), ("\"", nil), ("", nil), ("12", nil),
])
func escapes(_ json: String, _ text: String?) {
  #expect(JSONMembers(Array("\"a\":\(json)".utf8)).first { $0.name == "a" }?.string == text)
}

@Test func whateverTheBytesAreItEnds() {
  let seed = SeededGenerator.seed()
  print("seed \(seed)")
  var random = SeededGenerator(seed: seed)
  let alphabet = Array(#""\,:[]{}u0a"#.utf8) + [0, 0xFF]
  for _ in 0..<20_000 {
    let bytes = (0..<Int.random(in: 0...24, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? 0 }
    var end = 0
    for member in JSONMembers(bytes) {
      #expect(member.range.lowerBound >= end && member.range.upperBound <= bytes.count)
      end = member.range.upperBound
      _ = (member.name, member.string, member.integer, member.strings)
    }
  }
}
