import Testing

@testable import TickerDelivery

@Suite struct KeptAnswerTests {
  static let url = "https://me:hunter2x@hooks.example.org/services/T0SECRET/B0SECRET?token=QUERYSECRET&v=1"

  @Test(arguments: [
    ("ok", true, "ok"),
    ("<pre>Cannot POST\n /services/T0SECRET/B0SECRET</pre>", true, "<pre>Cannot POST (hidden)</pre>"),
    ("no team T0SECRET", true, "no team (hidden)"),
    ("no team T0SECRET", false, "no team T0SECRET"),
    ("token QUERYSECRET of me:hunter2x, v 1", false, "token (hidden) of (hidden), v 1"),
    ("\u{1B}]0;evil\u{7}", true, "\\u{1B}]0;evil\\u{7}"),
  ])
  func isOneSafeLineWithoutSecrets(_ body: String, _ urlIsSecret: Bool, _ expected: String) {
    #expect(KeptAnswer.text(Array(body.utf8), url: Self.url, urlIsSecret: urlIsSecret) == expected)
  }

  @Test(arguments: 980...1030)
  func aSecretAcrossTheCutIsMasked(_ offset: Int) {
    let body = String(repeating: "a", count: offset) + "/services/T0SECRET/B0SECRET and more"
    let kept = KeptAnswer.text(Array(body.utf8), url: Self.url, urlIsSecret: true)
    #expect(kept.utf8.count <= KeptAnswer.longest)
    #expect(!kept.contains("T0") && !kept.contains("services"))
  }

  @Test func bytesThatAreNoTextAreBoundedToo() {
    let kept = KeptAnswer.text([UInt8](repeating: 0xFF, count: 60_000), url: Self.url, urlIsSecret: true)
    #expect(kept.utf8.count <= KeptAnswer.longest && !kept.isEmpty)
  }
}
