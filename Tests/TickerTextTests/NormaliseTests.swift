import Testing
import TickerText

@Test(arguments: [
  ("Breaking:  Quake\t", "breaking: quake"),
  ("Caf\u{E9} closed", "cafe\u{301} closed"),
  ("Breaking:\u{A0}Quake", "Breaking: Quake"),
  ("Quake\u{200B} hits", "Quake hits"),
  ("\u{202B}عاجل\u{202C}: انفجار ", "عاجل: انفجار"),
  ("“Yes” — minister", "\"Yes\" - Minister"),
  ("‘so’ `so` ´so´", "'so' 'so' 'so'"),
  ("«Ja» „nein“", "\"ja\" \"nein\""),
  ("ﬁre x²", "fire x2"),
  ("Ｆｕｌｌ　ｗｉｄｔｈ", "full width"),
  ("STRASSE", "straße"),
  ("soft\u{AD}hyphen", "softhyphen"),
])
func comparableFormsAreEqual(_ one: String, _ other: String) {
  #expect(Normalise.comparable(one) == Normalise.comparable(other))
}

@Test(arguments: [("5 dead", "6 dead"), ("x-y", "xy"), ("'a'", "\"a\""), ("Ägypten", "Agypten")])
func comparableFormsDiffer(_ one: String, _ other: String) {
  #expect(Normalise.comparable(one) != Normalise.comparable(other))
}

@Test func whiteSpaceFolds() {
  #expect(Normalise.foldWhitespace("  a \u{A0}\n b\u{3000}c\u{2028}") == "a b c")
  #expect(Normalise.foldWhitespace("\u{85}\t") == "")
}
