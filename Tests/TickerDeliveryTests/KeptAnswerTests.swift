import Testing
import TickerFetch

@testable import TickerDelivery

@Suite struct KeptAnswerTests {
  static let url = "https://me:hunter2x@hooks.example.org/services/T0SECRET/B0SECRET?token=QUERYSECRET&v=1"

  static let secrets = KeptAnswer.secrets(in: url, urlIsSecret: true)

  @Test(arguments: [
    ("ok", true, "ok"),
    ("<pre>Cannot POST\n /services/T0SECRET/B0SECRET</pre>", true, "<pre>Cannot POST (hidden)</pre>"),
    ("no team T0SECRET", true, "no team (hidden)"),
    ("no team T0SECRET", false, "no team T0SECRET"),
    ("token QUERYSECRET of me:hunter2x, v 1", false, "token (hidden) of (hidden), v 1"),
    ("\u{1B}]0;evil\u{7}", true, "\\u{1B}]0;evil\\u{7}"),
  ])
  func isOneSafeLineWithoutSecrets(_ body: String, _ urlIsSecret: Bool, _ expected: String) {
    #expect(
      KeptAnswer.text(Array(body.utf8), hiding: KeptAnswer.secrets(in: Self.url, urlIsSecret: urlIsSecret)) == expected)
  }

  @Test(arguments: 980...1030)
  func aSecretAcrossTheCutIsMasked(_ offset: Int) {
    let body = String(repeating: "a", count: offset) + "/services/T0SECRET/B0SECRET and more"
    let kept = KeptAnswer.text(Array(body.utf8), hiding: Self.secrets)
    #expect(kept.utf8.count <= KeptAnswer.longest)
    #expect(!kept.contains("T0") && !kept.contains("services"))
  }

  @Test func bytesThatAreNoTextAreBoundedToo() {
    let kept = KeptAnswer.text(
      [UInt8](repeating: 0xFF, count: 60_000), hiding: Self.secrets)
    #expect(kept.utf8.count <= KeptAnswer.longest && !kept.isEmpty)
  }

  /// Receivers that answer with what they were sent.
  @Test func whatAnEchoRepeatsIsMasked() {
    let headers = [
      Header("authorization", "Bearer TOKEN/SECRET"), Header("x-key", "KEYSECRET"),
      Header("authorization", "Basic bmlnaHQ6TE9HSU5TRUNSRVQ="),
    ]
    let secrets = KeptAnswer.secrets(
      in: Self.url, urlIsSecret: true, headers: headers, proxy: "http://desk:PROXYSECRET@127.0.0.1:3128")
    let echo = """
      {"authorization":"Bearer TOKEN\\/SECRET","token":"TOKEN/SECRET","x-key":"KEYSECRET","basic":"bmlnaHQ6TE9HSU5TRUNSRVQ=",
      "login":"LOGINSECRET","proxy":"desk:PROXYSECRET","via":"ZGVzazpQUk9YWVNFQ1JFVA==","path":"\\/services\\/T0SECRET"}
      """
    let kept = KeptAnswer.text(Array(echo.utf8), hiding: secrets)
    #expect(!kept.contains("SECRET") && !kept.contains("bmlnaHQ6") && !kept.contains("ZGVzazpQ"), "\(kept)")
    #expect(kept.contains(#""x-key":"(hidden)""#))
  }
}
