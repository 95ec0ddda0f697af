import Testing
import TickerDelivery
import TickerModel

/// The first vector is Standard Webhooks' own; the others were computed with another implementation of HMAC.
@Suite struct WebhookSignatureTests {
  static let old = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
  static let new = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
  static let item = "itm_0123456789ABCDEFGHJKMNPQRS"
  static let headline = "{\"title\":\"Żółw — 速報\"}"

  @Test(
    arguments: [
      (
        old, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, "{\"test\": 2432232314}",
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
      ),
      (old, item, 1_700_000_000, headline, "v1,1zUnTs/8iP2LTMtCHNh5LBjLX0RkdzLMyIg+3vR3aiU="),
      (new, item, 1_700_000_000, headline, "v1,TSd+sggb28k6AFJJf0BFGKK1tg5lyJKPiQaEupT3gqI="),
      (old, item, 1_700_000_000, "", "v1,F+G+r8PeBlb22LMVB5ZyCPFR1B5DQVbmf6kiuh1vkhc="),
    ] as [(String, String, Int64, String, String)])
  func signs(_ key: String, _ id: String, _ timestamp: Int64, _ body: String, _ expected: String) throws {
    let keys = [try WebhookKey(key)]
    let signature = WebhookSignature.sign(id: id, timestamp: timestamp, body: Array(body.utf8), keys: keys)
    #expect(signature == expected)
    let verdict = WebhookSignature.verify(
      header: signature, id: id, timestamp: "\(timestamp)", body: Array(body.utf8), keys: keys,
      now: Timestamp(seconds: timestamp))
    #expect(verdict == .authentic)
  }

  @Test func signsWithEveryKeyNewestFirst() throws {
    let keys = [try WebhookKey(Self.new), try WebhookKey(Self.old)]
    let body = Array(Self.headline.utf8)
    let signature = WebhookSignature.sign(id: Self.item, timestamp: 1_700_000_000, body: body, keys: keys)
    #expect(
      signature
        == "v1,TSd+sggb28k6AFJJf0BFGKK1tg5lyJKPiQaEupT3gqI= v1,1zUnTs/8iP2LTMtCHNh5LBjLX0RkdzLMyIg+3vR3aiU=")
    #expect(WebhookSignature.sign(id: Self.item, timestamp: 1_700_000_000, body: body, keys: []) == "")
  }

  static let valid = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
  /// Name, header, id, timestamp, body, seconds from the timestamp to now, and whether that is authentic.
  typealias Case = (String, String?, String?, String?, String, Int64, Bool)
  static let id = "msg_p5jXN8AQM9LWM0D4loKWxJek"
  static let body = "{\"test\": 2432232314}"
  static let sent = "1614265330"

  @Test(
    arguments: [
      ("as sent", valid, id, sent, body, 0, true),
      ("no id", valid, nil, sent, body, 0, false),
      ("empty id", valid, "", sent, body, 0, false),
      ("no timestamp", valid, id, nil, body, 0, false),
      ("no signature", nil, id, sent, body, 0, false),
      ("timestamp is a word", valid, id, "hello", body, 0, false),
      ("timestamp with a sign", valid, id, "+1614265330", body, 0, false),
      ("timestamp beyond any clock", valid, id, "9999999999999999999999", body, 0, false),
      ("version alone", "v1,", id, sent, body, 0, false),
      ("first eight characters", "v1,g0hM9SsE", id, sent, body, 0, false),
      ("without version", "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", id, sent, body, 0, false),
      ("another version only", "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", id, sent, body, 0, false),
      ("among others", "v1,wrong v2,wrong \(valid) v1,wrong", id, sent, body, 0, true),
      ("other body", valid, id, sent, body + " ", 0, false),
      ("other id", valid, id + "x", sent, body, 0, false),
      ("other timestamp", valid, id, "1614265331", body, 0, false),
      ("300 seconds old", valid, id, sent, body, 300, true),
      ("301 seconds old", valid, id, sent, body, 301, false),
      ("300 seconds ahead", valid, id, sent, body, -300, true),
      ("301 seconds ahead", valid, id, sent, body, -301, false),
    ] as [Case])
  func judges(_ example: Case) throws {
    let (name, header, id, timestamp, body, age, isAuthentic) = example
    let verdict = WebhookSignature.verify(
      header: header, id: id, timestamp: timestamp, body: Array(body.utf8), keys: [try WebhookKey(Self.old)],
      now: Timestamp(seconds: 1_614_265_330 + age))
    #expect((verdict == .authentic) == isAuthentic, "\(name): \(verdict)")
  }

  @Test func anyKeyWillDoDuringRotation() throws {
    let now = Timestamp(seconds: 1_614_265_330)
    let verdict = { (keys: [WebhookKey]) in
      WebhookSignature.verify(
        header: Self.valid, id: Self.id, timestamp: Self.sent, body: Array(Self.body.utf8), keys: keys, now: now)
    }
    #expect(try verdict([WebhookKey(Self.new), WebhookKey(Self.old)]) == .authentic)
    #expect(try verdict([WebhookKey(Self.new)]) != .authentic)
    #expect(verdict([]) != .authentic)
  }

  // MARK: ed25519

  /// The seed of RFC 8032 §7.1, test 3, and its public key.
  static let signing = "whsk_xaqN9D+fg3vtt0QvMdy3sWbThTUHbwlLhc46LgtEWPc="
  static let verifying = "whpk_/FHNjmIYoaONpH7QAjDwWAgW7RO6MwOsXeuRFUiQgCU="

  @Test func signsWithAnEd25519Key() throws {
    let signature = WebhookSignature.sign(
      id: Self.item, timestamp: 1_700_000_000, body: Array(Self.headline.utf8),
      keys: [try WebhookKey(Self.signing), try WebhookKey(Self.old), try WebhookKey(Self.verifying)])
    // Computed with openssl pkeyutl -sign -rawin.
    let asymmetric =
      "v1a,pPSpPty6Ym5Hm2bFN0YTPgg1rFRMRdt29YQSzdSH4VAqlR4dmAgf8w5WpeKART9+NEXzpz1eNcwA5Eivl6sOAw=="
    #expect(signature == asymmetric + " v1,1zUnTs/8iP2LTMtCHNh5LBjLX0RkdzLMyIg+3vR3aiU=")
    let verdict = { (header: String, key: String) in
      WebhookSignature.verify(
        header: header, id: Self.item, timestamp: "1700000000", body: Array(Self.headline.utf8),
        keys: [try WebhookKey(key)], now: Timestamp(seconds: 1_700_000_000))
    }
    for key in [Self.signing, Self.verifying, Self.old] { #expect(try verdict(signature, key) == .authentic) }
    #expect(try verdict(asymmetric, Self.old) != .authentic)
    #expect(try verdict(asymmetric.replacing("v1a,", with: "v1,"), Self.verifying) != .authentic)
    #expect(try verdict(asymmetric.replacing("v1a,", with: "v1a,AAAA"), Self.verifying) != .authentic)
  }

  @Test func aPairAndItsHalves() throws {
    let pair = try WebhookKey(
      "whsk_xaqN9D+fg3vtt0QvMdy3sWbThTUHbwlLhc46LgtEWPf8Uc2OYhiho42kftACMPBYCBbtE7ozA6xd65EVSJCAJQ==")
    #expect(try pair == WebhookKey(Self.signing))
    #expect(pair.canSign)
    #expect(try !WebhookKey(Self.verifying).canSign)
    #expect(try pair != WebhookKey(Self.verifying))
    // The halves of two pairs.
    #expect(throws: WebhookKeyError.pair) {
      try WebhookKey(
        "whsk_xaqN9D+fg3vtt0QvMdy3sWbThTUHbwlLhc46LgtEWPf8Uc2OYhiho42kftACMPBYCBbtE7ozA6xd65EVSJCAJg==")
    }
  }

  @Test func withoutToleranceAnyAgeWillDo() throws {
    let verdict = WebhookSignature.verify(
      header: Self.valid, id: Self.id, timestamp: Self.sent, body: Array(Self.body.utf8),
      keys: [try WebhookKey(Self.old)], now: Timestamp(seconds: 0), tolerance: nil)
    #expect(verdict == .authentic)
  }
}
