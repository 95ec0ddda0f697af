import Testing

@testable import TickerParse

@Suite struct PlainTextTests {
  @Test(arguments: [
    ("plain", "plain"), ("  a \n\t b ", "a b"), ("<b>a</b>b", "ab"), ("<p>a</p><p>b</p>", "a b"), ("a<br/>b", "a b"),
    ("a < b > c", "a < b > c"),
    ("1<2", "1<2"), ("<", "<"), ("a<", "a<"), ("</", "</"), ("a<!-- <b> -->b", "ab"), ("a<!-->b", "ab"),
    ("<!doctype x>a", "a"), ("<?php x ?>a", "a"),
    ("a<!-- open", "a"), ("a<b open", "a"), ("<a title='x>y'>z</a>", "z"), ("<a title=it's>z</a>", "z"),
    ("x<script>1<2</script>y", "xy"),
    ("x<SCRIPT>1</script >y", "xy"), ("x<script>never closed", "xnever closed"), ("&lt;b&gt;", "<b>"),
    ("&amp;lt;", "&lt;"), ("&eacute;&nbsp;x", "é x"),
    ("&eacute", "é"), ("&hellip", "&hellip"), ("&hellip;", "…"), ("&#233;&#xE9;&#XE9;", "ééé"), ("&#146;", "’"),
    ("&#0;&#xD800;&#x110000;", "\u{FFFD}\u{FFFD}\u{FFFD}"),
    ("&#99999999999;", "&#99999999999;"), ("&", "&"), ("&;", "&;"), ("&#;", "&#;"), ("AT&T", "AT&T"),
    ("&nonsense;", "&nonsense;"), ("don\u{92}t", "don’t"),
    ("a\u{0}\u{1}b \u{1F}c", "ab c"), ("\u{8}", ""),
    ("🚢 &ldquo;漢字&rdquo;", "🚢 “漢字”"),
  ])
  func reduces(_ html: String, _ expected: String) { #expect(PlainText.ofHTML(html) == expected) }

  @Test func cutsBetweenCharacters() {
    #expect(PlainText.cut("aé", to: 2) == "a")
    #expect(PlainText.cut("aé", to: 3) == "aé")
    #expect(PlainText.cut("é", to: 1) == "")
    #expect(PlainText.cut("🚢🚢", to: 7) == "🚢")
  }

  @Test(
    "time grows with length alone", arguments: ["<script>", "<", "&", "<!--", "<a '", "</script", "&amp", "<b =\""])
  func isLinear(_ piece: String) {
    let text = String(repeating: piece, count: 100_000 / piece.utf8.count)
    let time = ContinuousClock().measure { _ = PlainText.ofHTML(text) }
    #expect(time < .seconds(10))
  }
}

@Suite struct FoldingTests {
  @Test("every white space of Unicode folds, nothing else does") func whiteSpace() {
    for value in UInt32(0x20)...0x3100 where value != 0x85 {
      guard let scalar = Unicode.Scalar(value), !(0x80...0x9F).contains(value) else { continue }
      let folded = PlainText.folded("a\(scalar)\(scalar)b\(scalar)")
      #expect(folded == (scalar.properties.isWhitespace ? "a b" : "a\(scalar)\(scalar)b\(scalar)"))
    }
  }

  @Test func edges() {
    #expect(PlainText.folded("") == "")
    #expect(PlainText.folded(" \t\r\n\u{3000}") == "")
    #expect(PlainText.folded("\u{93}quoted\u{94}\u{85}") == "“quoted”…")
  }
}
