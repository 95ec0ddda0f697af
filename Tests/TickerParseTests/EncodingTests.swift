import Testing
import TickerModel

@testable import TickerParse

@Suite struct EncodingTests {
  @Test(
    "the label that a page declares",
    arguments: [
      ("<meta charset=gbk>", "gbk"), ("<META CHARSET='Shift_JIS' />", "shift_jis"),
      ("<!-- <meta charset=gbk> --><meta charset=koi8-r>", "koi8-r"), ("<!--><meta charset=koi8-r>", "koi8-r"),
      ("<meta http-equiv=Content-Type content=\"text/html; charset=gbk\">", "gbk"),
      ("<meta content='text/html; charset = \"gbk\"; x' http-equiv='content-type'>", "gbk"),
      ("<p title='<meta charset=gbk>'></p><meta charset=koi8-r>", "koi8-r"),
      ("<meta charset=made-up><meta charset=gbk>", "gbk"), ("<meta x=1 x=2 / charset=gbk>", "gbk"),
      ("<?xml version='1.0' encoding='gbk'?><html>", "gbk"),
      (String(repeating: "<script>/* */</script>", count: 400) + "<meta charset=gbk>", "gbk"),
    ])
  func declared(_ page: String, _ expected: String) {
    let label = EncodingDeclaration.inside(Array(page.utf8), as: .html)
    #expect(label.flatMap(EncodingLabel.iconvName) == EncodingLabel.iconvName(expected))
  }

  @Test(
    "what looks like a declaration and is none",
    arguments: [
      "<metacharset=gbk>", "<meta charset=gbk", "<meta content='text/html; charset=gbk'>",
      "<meta name=Content-Type content='text/html; charset=gbk'>", "<meta test='charset=gbk'>", "</meta charset=gbk>",
      "<!-- <meta charset=gbk>", "<p title='<meta charset=gbk>", "<", "<meta", "<meta =", "<meta charset=gbk\">",
      "<meta charset=", "<!", "</",
    ])
  func undeclared(_ page: String) { #expect(EncodingDeclaration.inside(Array(page.utf8), as: .html) == nil) }

  @Test("ISO-8859-1 that is valid UTF-8 is UTF-8, whoever declares it") func servers() throws {
    let text = Array("Überraschung – “à”".utf8)
    for label in ["iso-8859-1", "windows-1251", "koi8-r"] {
      let rules = ParseRules(kind: .text, contentType: "text/plain; charset=\(label)")
      #expect(try DocumentParser.parse(text, by: rules).items.first?.title == "Überraschung – “à”")
    }
    let french = try DocumentParser.parse(
      [0xC3, 0xE0], by: ParseRules(kind: .text, contentType: "text/plain; charset=iso-8859-1"))
    #expect(french.items.first?.title == "Ãà")
    // What the operator writes is not doubted.
    let rules = ParseRules(kind: .text, encoding: "iso-8859-1")
    #expect(try DocumentParser.parse(Array("é".utf8), by: rules).items.first?.title == "Ã©")
  }
}
