import Testing
import TickerDelivery

@Suite struct WebhookKeyTests {
  static let text = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

  @Test func readsWithAndWithoutPrefix() throws {
    #expect(try WebhookKey(Self.text) == WebhookKey("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
  }

  @Test(arguments: [
    ("", WebhookKeyError.empty),
    ("whsec_", .size(0)),
    ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa_-", .notBase64),
    ("whsec_MfKQ9", .notBase64),
    (text + "\n", .notBase64),
    ("whsec_MTIzNDU2Nzg5MDEyMzQ1", .size(15)),
    (String(repeating: "AAAA", count: 21) + "AAA=", .size(65)),
    ("whsk_VEVTVA==", .pair),
    ("whsk_" + String(repeating: "AAAA", count: 21) + "AA==", .pair),
    ("whpk_VEVTVA==", .publicSize(4)),
    ("whsk_*", .notBase64),
  ])
  func refuses(_ text: String, _ error: WebhookKeyError) {
    #expect(throws: error) { try WebhookKey(text) }
  }

  /// Reference libraries decode base64 without its padding, and take keys of any size.
  @Test(arguments: [
    ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaQ="),
    ("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwBr", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwBg=="),
  ])
  func readsWithoutPadding(_ loose: String, _ strict: String) throws {
    #expect(try WebhookKey(loose) == WebhookKey(strict))
  }

  @Test(arguments: [16, 24, 64])
  func takesTheWholeRange(_ size: Int) throws {
    let base64 = String(repeating: "AAAA", count: size / 3) + (size.isMultiple(of: 3) ? "" : "AA==")
    _ = try WebhookKey(base64)
  }

  @Test func neverShowsItself() throws {
    let key = try WebhookKey(Self.text)
    var dumped = ""
    dump(key, to: &dumped)
    let shown = [dumped, "\(key)", String(reflecting: key), String(reflecting: [key])].joined()
    #expect(!shown.contains("MfKQ9r8G") && !shown.contains("49"))
    let errors = ["whsec_SECRETSECRET!", "SECRETSECRET", "whsk_SECRETSECRET"].map { text in
      #expect(throws: WebhookKeyError.self) { try WebhookKey(text) }.map { "\($0)" } ?? ""
    }
    #expect(!errors.joined().contains("SECRETSECRET"))
  }
}
