import Testing
import TickerText

@Test func membersInOrder() {
  var text = JSONText()
  text.member("a", "x")
  text.member("b", 2)
  text.member("c", true)
  text.member("d", ["1", "2"])
  text.member("absent", String?.none)
  var inner = JSONText()
  inner.member("y", "z")
  text.member("e", object: inner)
  text.member("f", objects: [inner, inner])
  #expect(
    String(decoding: text.object, as: UTF8.self)
      == #"{"a":"x","b":2,"c":true,"d":["1","2"],"e":{"y":"z"},"f":[{"y":"z"},{"y":"z"}]}"#)
}

@Test(arguments: [
  ("quote \" backslash \\", #""quote \" backslash \\""#), ("line\nfeed\ttab", #""line\nfeed\ttab""#),
  ("\u{1B}[31m", #""\u001b[31m""#), ("\u{9B}31m", #""\u009b31m""#), ("a\u{202E}b", #""a\u202eb""#),
  ("Żółw — 速報 🚨", "\"Żółw — 速報 🚨\""), ("\u{0}", #""\u0000""#),
])
func strings(_ text: String, _ json: String) {
  var bytes: [UInt8] = []
  JSONText.append(string: text, to: &bytes)
  #expect(String(decoding: bytes, as: UTF8.self) == json)
}

@Test func terminalText() {
  #expect(VisibleText.escaped("a\u{1B}[2Jb\n\u{202E}c") == "a\\u{1B}[2Jb\\u{A}\\u{202E}c")
  #expect(VisibleText.escaped("plain 速報") == "plain 速報")
}
