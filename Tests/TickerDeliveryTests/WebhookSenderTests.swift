import TestSupport
import Testing
import TickerDelivery
import TickerFetch
import TickerModel
import TickerText

/// Attempts over real sockets on loopback.
@Suite struct WebhookSenderTests {
  static let message = WebhookMessage(
    id: "itm_0123456789ABCDEFGHJKMNPQRS", contentType: "application/json",
    body: Array("{\"type\":\"item.new\",\"data\":{\"title\":\"Żółw — 速報\"}}".utf8))
  static let now = Timestamp(milliseconds: 1_700_000_000_999)
  static let loopback = ["127.0.0.0/8"].compactMap { NetworkRange($0) }

  let sender: WebhookSender
  let fetcher: Fetcher

  init() throws {
    fetcher = try Fetcher(maxTransfers: 8, userAgent: "tickerd/test")
    sender = WebhookSender(fetcher: fetcher)
  }

  func attempt(
    _ url: String, number: Int = 1, urlIsSecret: Bool = false, keys: [WebhookKey] = [],
    allowNet: [NetworkRange] = loopback,
    timeout: Duration = .seconds(10), message: WebhookMessage = message
  ) async throws -> AttemptOutcome {
    let endpoint = EndpointAddress(
      name: "desk", url: url, urlIsSecret: urlIsSecret, keys: keys, allowNet: allowNet, timeout: timeout)
    return try #require(
      await sender.attempt(message, number: number, to: PreparedEndpoint(endpoint), now: Self.now))
  }

  @Test func sendsWhatStandardWebhooksAsksFor() async throws {
    let server = try LoopbackServer { _ in .status(204) }
    let keys = [try WebhookKey(WebhookSignatureTests.new), try WebhookKey(WebhookSignatureTests.old)]
    let outcome = try await attempt(server.url("/hook?a=b"), keys: keys)
    #expect(
      outcome.status == 204 && outcome.isSuccess && outcome.address?.text == "127.0.0.1" && outcome.keptAnswer == "")

    let request = try #require(server.requests.first)
    #expect(request.method == "POST" && request.path == "/hook?a=b" && request.body == Self.message.body)
    #expect(request["webhook-id"] == Self.message.id)
    #expect(request["webhook-timestamp"] == "1700000000")
    #expect(request["content-type"] == "application/json")
    #expect(request["tickerd-attempt"] == "1")
    #expect(request["user-agent"] == "tickerd/test")
    #expect(request["expect"] == nil)
    let content = Array("\(Self.message.id).1700000000.".utf8) + request.body
    let expected = [WebhookSignatureTests.new, WebhookSignatureTests.old].map { text in
      let key = BinaryText.bytes(base64: String(text.dropFirst("whsec_".count))) ?? []
      return "v1," + BinaryText.base64(Self.hmac(key: key, content))
    }
    #expect(request["webhook-signature"] == expected.joined(separator: " "))
  }

  /// RFC 2104 spelled out, for keys of at most one block.
  static func hmac(key: [UInt8], _ message: [UInt8]) -> [UInt8] {
    let padded = key + [UInt8](repeating: 0, count: 64 - key.count)
    return Digest.sha256(padded.map { $0 ^ 0x5C } + Digest.sha256(padded.map { $0 ^ 0x36 } + message))
  }

  @Test func isUnsignedWithoutKeys() async throws {
    let server = try LoopbackServer { _ in .text("ok") }
    let outcome = try await attempt(server.url(), number: 3)
    #expect(outcome.isSuccess && outcome.keptAnswer.isEmpty)
    let request = try #require(server.requests.first)
    #expect(request["webhook-signature"] == nil && request["tickerd-attempt"] == "3")
  }

  @Test func theLongestBodyArrivesWhole() async throws {
    let server = try LoopbackServer { _ in .status(202) }
    let body = [UInt8](repeating: UInt8(ascii: "x"), count: WebhookMessage.longestBody)
    let message = WebhookMessage(id: "itm_x", contentType: "application/json", body: body)
    #expect(try await attempt(server.url(), message: message).isSuccess)
    let request = try #require(server.requests.first)
    #expect(request.body == body && request["expect"] == nil)
  }

  @Test func tellsWhatTheServerSaid() async throws {
    let server = try LoopbackServer { _ in .text("the queue\nis \u{1B}[31mfull\u{1B}[0m", status: 500) }
    let outcome = try await attempt(server.url())
    #expect(outcome.status == 500 && !outcome.isSuccess && outcome.retryAfter == nil)
    #expect(outcome.summary == "answered 500: the queue is \\u{1B}[31mfull\\u{1B}[0m")
  }

  @Test(
    arguments: [
      ("abort-message", 500, .abortMessage), ("Disable", 204, .disable), ("disable ", 410, .disable),
      ("later", 500, nil),
      ("", 204, nil),
    ] as [(String, Int, DeliveryControl?)])
  func hearsWhatTheReceiverAsksFor(_ value: String, _ status: Int, _ control: DeliveryControl?) async throws {
    let server = try LoopbackServer { _ in .status(status, headers: [.init("WEBHOOK-delivery", value)]) }
    let outcome = try await attempt(server.url())
    #expect(outcome.status == status && outcome.control == control)
  }

  @Test func understandsBothFormsOfRetryAfter() async throws {
    let server = try LoopbackServer { request in
      // A minute after the attempt's own time, 2023-11-14T22:13:20Z.
      let value = request.path == "/seconds" ? "7" : "Tue, 14 Nov 2023 22:14:20 GMT"
      return .status(429, headers: [.init("Retry-After", value)])
    }
    let seconds = try await attempt(server.url("/seconds"))
    #expect(seconds.status == 429 && seconds.retryAfter == .seconds(7))
    let date = try await attempt(server.url("/date"))
    let wait = try #require(date.retryAfter)
    // Counted from the end of the attempt, which began 999 ms after that second.
    #expect(wait <= .milliseconds(59_001) && wait > .milliseconds(59_001) - .seconds(10))
  }

  @Test func aSilentServerTimesOut() async throws {
    let server = try LoopbackServer { _ in .hang }
    let outcome = try await attempt(server.url(), timeout: .milliseconds(300))
    guard case .failed("timeout", _) = outcome.result else {
      Issue.record("\(outcome)")
      return
    }
    #expect(outcome.status == nil && outcome.duration >= .milliseconds(300) && outcome.duration < .seconds(60))
  }

  @Test(arguments: [301, 302, 303, 307, 308])
  func aRedirectIsAFailureAndNotFollowed(_ status: Int) async throws {
    let target = try LoopbackServer { _ in .status(204) }
    let url = target.url("/elsewhere")
    let server = try LoopbackServer { _ in .redirect(to: url, status: status) }
    let outcome = try await attempt(server.url())
    #expect(outcome.status == status && !outcome.isSuccess)
    #expect(outcome.summary.contains("redirects of webhooks are not followed"))
    #expect(target.connections == 0 && server.requests.count == 1)
  }

  @Test func aPrivateAddressIsRefusedWithTheLineThatAllowsIt() async throws {
    let server = try LoopbackServer { _ in .status(204) }
    let outcome = try await attempt(server.url(), allowNet: [])
    guard case .failed("address", let message) = outcome.result else {
      Issue.record("\(outcome)")
      return
    }
    #expect(message.contains("allow_net = [\"127.0.0.1/32\"]"))
    #expect(server.connections == 0)
  }

  @Test func aRefusedAddressStaysRefusedWhileOthersKeepAConnection() async throws {
    let server = try LoopbackServer { _ in .status(204) }
    #expect(try await attempt(server.url()).isSuccess)
    #expect(try await attempt(server.url(), allowNet: []).status == nil)
    #expect(server.requests.count == 1)
  }

  @Test(arguments: [
    LoopbackServer.Response.close, .raw(Array("SSH-2.0-OpenSSH_9.2\r\n".utf8)), .raw(Array("HTTP/1.1".utf8)),
  ])
  func aBrokenAnswerIsAFailure(_ response: LoopbackServer.Response) async throws {
    let server = try LoopbackServer { _ in response }
    let outcome = try await attempt(server.url())
    #expect(outcome.status == nil && !outcome.isSuccess && !outcome.summary.isEmpty)
  }

  @Test func nobodyListening() async throws {
    let server = try LoopbackServer { _ in .close }
    let url = server.url()
    server.stop()
    guard case .failed("connect", _) = try await attempt(url).result else {
      Issue.record("reached a stopped server")
      return
    }
  }

  @Test(arguments: [200, 500])
  func aHugeAnswerIsCutAndTheStatusDecides(_ status: Int) async throws {
    let huge = [UInt8](repeating: UInt8(ascii: "a"), count: 4 << 20)
    let server = try LoopbackServer { _ in .answer(status: status, headers: [], body: huge) }
    let outcome = try await attempt(server.url())
    #expect(outcome.status == status && outcome.keptAnswer.utf8.count == (status == 200 ? 0 : 1024))
  }

  @Test func anEndlessAnswerDoesNotHoldTheAttempt() async throws {
    let piece = [UInt8](repeating: UInt8(ascii: "a"), count: 32 << 10)
    let server = try LoopbackServer { _ in
      .chunked(status: 200, headers: [], chunks: [[UInt8]](repeating: piece, count: 1000), pause: .zero)
    }
    #expect(try await attempt(server.url()).isSuccess)
  }

  @Test func everyAttemptCarriesTheSameMessage() async throws {
    let server = try LoopbackServer { $0["tickerd-attempt"] == "1" ? .status(503) : .status(204) }
    #expect(try await attempt(server.url(), number: 1).status == 503)
    #expect(try await attempt(server.url(), number: 2).isSuccess)
    let requests = await server.received(count: 2)
    #expect(requests.map(\.body) == [Self.message.body, Self.message.body])
    #expect(requests.map { $0["webhook-id"] } == [Self.message.id, Self.message.id])
  }

  @Test func noSecretAppearsInAnyOutcome() async throws {
    let server = try LoopbackServer { request in
      request.path.hasSuffix("/hang") ? .hang : .text("Cannot POST \(request.path)", status: 404)
    }
    let key = try WebhookKey(WebhookSignatureTests.old)
    let base = server.url("/services/T0TOPSECRET/TOPSECRETB0?sig=TOPSECRETQUERY")
    let stopped = try LoopbackServer { _ in .close }
    let unreachable = stopped.url("/TOPSECRET/x")
    stopped.stop()
    let outcomes = [
      try await attempt(base, urlIsSecret: true, keys: [key]),
      try await attempt(base, urlIsSecret: true, keys: [key], allowNet: []),
      try await attempt(server.url("/TOPSECRET/hang"), urlIsSecret: true, keys: [key], timeout: .milliseconds(200)),
      try await attempt(unreachable, urlIsSecret: true, keys: [key]),
      try await attempt("gopher://user:TOPSECRET@127.0.0.1/TOPSECRET", urlIsSecret: true, keys: [key]),
      try await attempt("http://user:TOPSECRET@127.0.0.1:1/?token=TOPSECRET", keys: [key], allowNet: []),
    ]
    #expect(outcomes[0].summary == "answered 404: Cannot POST (hidden)?sig=(hidden)")
    for outcome in outcomes {
      let everything = "\(outcome) \(outcome.summary)"
      #expect(!everything.contains("TOPSECRET") && !everything.contains("MfKQ9r8G"), "\(everything)")
    }
  }

  @Test func aCancelledAttemptCountsForNothing() async throws {
    let server = try LoopbackServer { _ in .hang }
    let endpoint = PreparedEndpoint(EndpointAddress(name: "desk", url: server.url(), allowNet: Self.loopback))
    let task = Task { [sender] in await sender.attempt(Self.message, number: 1, to: endpoint, now: Self.now) }
    await server.received(count: 1)
    task.cancel()
    #expect(await task.value == nil)
    fetcher.stop()
    #expect(await sender.attempt(Self.message, number: 1, to: endpoint, now: Self.now) == nil)
  }
}
