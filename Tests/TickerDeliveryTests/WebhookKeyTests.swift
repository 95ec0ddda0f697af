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
    ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS", .notBase64),
    ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwBr", .notBase64),
    ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa_-", .notBase64),
    (text + "\n", .notBase64),
    ("whsec_MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM=", .size(23)),
    (String(repeating: "AAAA", count: 21) + "AAA=", .size(65)),
    ("whsk_VEVTVFNJR05JTkdLRVlET05PVFVTRVRISVNGT1JBTlk=", .asymmetric),
  ])
  func refuses(_ text: String, _ error: WebhookKeyError) {
    #expect(throws: error) { try WebhookKey(text) }
  }

  @Test(arguments: [24, 64])
  func takesTheWholeRange(_ size: Int) throws {
    let base64 = String(repeating: "AAAA", count: size / 3) + (size % 3 == 0 ? "" : "AA==")
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
