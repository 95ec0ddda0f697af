import Testing
import TickerModel

@Test(arguments: [
  ("Quake  Hits the Coast", "quake hits the coast"),
  ("東京で地震", "東京 京で で地 地震 震"),
  ("NHK東京2", "nhk 東京 京 2"),
  ("ไทย", "ไท ทย ย"),
  ("지진이", "지진 진이 이"),
  ("زلزال في طوكيو", "زلزال في طوكيو"),
  ("רעידת אדמה", "רעידת אדמה"),
  ("", ""),
])
func textAsTheIndexHoldsIt(_ text: String, _ expected: String) {
  #expect(SearchText.indexed(text) == expected)
}

@Test(arguments: [
  ("quake coast", #""quake" AND "coast""#),
  ("Quake*", #""quake*" *"#),
  (#""the coast" quake"#, #""the coast" AND "quake""#),
  ("“the coast”", #""the coast""#),
  (#"unclosed "the coast"#, #""unclosed" AND "the coast""#),
  ("東京", #""東京""#),
  ("東京で", #""東京 京で""#),
  ("東", #""東" *"#),
  ("東京2号", #""東京 京 2 号" *"#),
  ("a OR b NEAR(c)", #""a" AND "or" AND "b" AND "near(c)""#),
  ("title:x -y ^z", #""title:x" AND "-y" AND "^z""#),
])
func whatIsLookedFor(_ words: String, _ expected: String) {
  #expect(SearchText.query(words) == expected)
}

@Test(arguments: ["", "  ", "\"\"", "*", "-- !", "🔥", "\u{202E}"])
func nothingToLookFor(_ words: String) {
  #expect(SearchText.query(words) == nil)
}
