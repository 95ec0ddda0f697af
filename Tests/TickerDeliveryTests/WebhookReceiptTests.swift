import Testing
import TickerDelivery
import TickerModel

@Suite struct WebhookReceiptTests {
  static let now = Timestamp(seconds: 1_700_000_000)
  static let body = "{\"type\":\"item.new\",\"timestamp\":\"…\",\"data\":{\"title\":\"Quake\\u001b[2J\",\"n\":[1]}}"

  static func request(_ headers: [(String, String)], body: String = body) -> WebhookRequest {
    WebhookRequest(
      method: "POST", target: "/", headers: headers.map { .init(name: $0.0, value: $0.1) }, body: Array(body.utf8),
      keepsAlive: true)
  }

  static func signed(_ id: String, key: WebhookKey, body: String = body) -> WebhookRequest {
    let signature = WebhookSignature.sign(
      id: id, timestamp: 1_700_000_000, body: Array(body.utf8), keys: [key])
    return request(
      [("webhook-id", id), ("webhook-timestamp", "1700000000"), ("webhook-signature", signature)], body: body)
  }

  @Test func tellsWhatCame() throws {
    let key = try WebhookKey(WebhookKeyTests.text)
    let authentic = WebhookReceipt(Self.signed("itm_A", key: key), keys: [key], now: Self.now)
    #expect(authentic.text(answered: 204) == "2023-11-14T22:13:20.000Z 204 authentic itm_A item.new Quake\\u{1B}[2J")
    let unchecked = WebhookReceipt(Self.signed("itm_A", key: key), keys: [], now: Self.now)
    #expect(unchecked.text(answered: 503) == "2023-11-14T22:13:20.000Z 503 unchecked itm_A item.new Quake\\u{1B}[2J")
    let forged = WebhookReceipt(Self.request([("webhook-id", "itm\u{202E}_A")]), keys: [key], now: Self.now)
    #expect(
      forged.text(answered: 401)
        == "2023-11-14T22:13:20.000Z 401 NOT AUTHENTIC: webhook-timestamp is missing: itm\\u{202E}_A item.new Quake\\u{1B}[2J"
    )
    #expect(
      String(decoding: forged.json(answered: 401), as: UTF8.self)
        == "{\"at\":\"2023-11-14T22:13:20.000Z\",\"verdict\":\"not authentic\",\"reason\":\"webhook-timestamp is missing\","
        + "\"id\":\"itm\\u202e_A\",\"type\":\"item.new\",\"title\":\"Quake\\u001b[2J\",\"status\":401}")
  }

  @Test(arguments: ["", "hello", "{}", "[1]", "{\"type\":7}", String(repeating: "[", count: 100_000)])
  func anyBodyGivesALine(_ body: String) {
    let receipt = WebhookReceipt(Self.request([], body: body), keys: [], now: Self.now)
    #expect(receipt.text(answered: 204) == "2023-11-14T22:13:20.000Z 204 unchecked - - ")
  }

  @Test func longTextIsCut() {
    let long = String(repeating: "é", count: 300_000)
    let receipt = WebhookReceipt(
      Self.request([("webhook-id", long)], body: "{\"type\":\"\(long)\",\"data\":{\"title\":\"\(long)\"}}"), keys: [],
      now: Self.now)
    #expect(receipt.id.utf8.count == 256 && receipt.type.utf8.count == 256 && receipt.title.utf8.count == 4096)
  }

  @Test func answersAsTold() throws {
    let key = try WebhookKey(WebhookKeyTests.text)
    let receipt = { (id: String) in WebhookReceipt(Self.signed(id, key: key), keys: [key], now: Self.now) }
    let forged = WebhookReceipt(Self.request([]), keys: [key], now: Self.now)

    var plain = AnswerPlan()
    #expect(plain.answer(to: receipt("a")).status == 204)
    #expect(plain.answer(to: forged).status == 401)

    var always = AnswerPlan(status: 429, retryAfter: 2)
    for _ in 0..<3 { #expect(always.answer(to: receipt("a")) == WebhookAnswer(status: 429, retryAfter: 2)) }
    #expect(always.answer(to: forged).status == 401)

    var twice = AnswerPlan(failures: 2, retryAfter: 7)
    #expect(twice.answer(to: receipt("a")).status == 503)
    #expect(twice.answer(to: receipt("b")).retryAfter == 7)
    #expect(twice.answer(to: receipt("a")).status == 503)
    #expect(twice.answer(to: receipt("a")) == WebhookAnswer(status: 204))
    #expect(twice.answer(to: receipt("b")).status == 503)
    #expect(twice.answer(to: receipt("b")).status == 204)
  }

  @Test(arguments: [
    (WebhookAnswer(status: 204), true, "HTTP/1.1 204 No Content\r\n\r\n"),
    (
      WebhookAnswer(status: 429, retryAfter: 2), true,
      "HTTP/1.1 429 Too Many Requests\r\nretry-after: 2\r\ncontent-length: 0\r\n\r\n"
    ),
    (
      WebhookAnswer(status: 401, text: "no"), false,
      "HTTP/1.1 401 Unauthorized\r\nconnection: close\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: 3\r\n\r\nno\n"
    ),
    (WebhookAnswer(status: 299), true, "HTTP/1.1 299 \r\ncontent-length: 0\r\n\r\n"),
  ])
  func writesAnswers(_ answer: WebhookAnswer, _ keepsAlive: Bool, _ expected: String) {
    #expect(String(decoding: answer.bytes(keepsAlive: keepsAlive), as: UTF8.self) == expected)
  }
}
