import Testing
import TickerDelivery

@Suite struct WebhookRequestParserTests {
  static func steps(_ text: String, pieces: Int = .max) -> [WebhookRequestParser.Step] {
    var parser = WebhookRequestParser()
    var steps: [WebhookRequestParser.Step] = []
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      parser.feed(rest.prefix(pieces))
      rest = rest.dropFirst(pieces)
      while true {
        let step = parser.next()
        if step == .incomplete { break }
        steps.append(step)
        if case .refused = step { return steps }
      }
    }
    if parser.isInsideRequest { steps.append(.incomplete) }
    return steps
  }

  static func request(_ body: String, headers: [(String, String)] = [], keepsAlive: Bool = true)
    -> WebhookRequestParser.Step
  {
    .request(
      WebhookRequest(
        method: "POST", target: "/hook?x=1", headers: headers.map { .init(name: $0.0, value: $0.1) },
        body: Array(body.utf8), keepsAlive: keepsAlive))
  }

  static let cases: [(text: String, steps: [WebhookRequestParser.Step])] = [
    (
      "POST /hook?x=1 HTTP/1.1\r\nContent-Length: 5\r\nWebhook-Id:\t a b \r\n\r\nhello",
      [request("hello", headers: [("content-length", "5"), ("webhook-id", "a b")])]
    ),
    (
      "\r\nPOST /hook?x=1 HTTP/1.1\r\n\r\nPOST /hook?x=1 HTTP/1.1\r\n\r\n",
      [request(""), request("")]
    ),
    (
      "POST /hook?x=1 HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n5;a=b\r\nhello\r\nA\r\n world, hi\r\n0\r\nt: x\r\n\r\n"
        + "POST /hook?x=1 HTTP/1.0\r\n\r\n",
      [
        request("hello world, hi", headers: [("transfer-encoding", "Chunked")]), request("", keepsAlive: false),
      ]
    ),
    (
      "POST /hook?x=1 HTTP/1.1\r\nConnection: Close\r\n\r\n",
      [request("", headers: [("connection", "Close")], keepsAlive: false)]
    ),
    ("POST /hook?x=1 HTTP/1.1\r\nContent-Length: 5\r\n\r\nhell", [.incomplete]),
    ("POST /hook?x=1 HT", [.incomplete]),
  ]

  @Test(arguments: cases.indices, [1, 2, 7, .max])
  func readsRequestsInPiecesOfAnySize(_ index: Int, _ pieces: Int) {
    #expect(Self.steps(Self.cases[index].text, pieces: pieces) == Self.cases[index].steps)
  }

  @Test func asksForABodyThatWaits() {
    var parser = WebhookRequestParser()
    parser.feed(Array("POST / HTTP/1.1\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n".utf8))
    #expect(parser.next() == .continueExpected)
    #expect(parser.next() == .incomplete)
    parser.feed(Array("ok".utf8))
    guard case .request(let request) = parser.next() else {
      Issue.record("no request")
      return
    }
    #expect(request.body == Array("ok".utf8))
    #expect(!parser.isInsideRequest)
  }

  @Test(arguments: [
    ("hello\r\n\r\n", 400), ("POST  / HTTP/1.1\r\n\r\n", 400), ("POST / HTTP/1.1 \r\n\r\n", 400),
    ("P(ST / HTTP/1.1\r\n\r\n", 400), ("POST / HTTP/2\r\n\r\n", 505), ("POST / HTTP/1.1\r\nno colon\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nname : x\r\n\r\n", 400), ("POST / HTTP/1.1\r\na: b\r\n folded\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\na: b\nc: d\r\n\r\n", 400), ("POST / HTTP/1.1\r\na: \u{0}\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\na: \u{1B}[2J\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\ncontent-length: -1\r\n\r\n", 400), ("POST / HTTP/1.1\r\ncontent-length: \r\n\r\n", 400),
    ("POST / HTTP/1.1\r\ncontent-length: 1048577\r\n\r\n", 413),
    ("POST / HTTP/1.1\r\ncontent-length: 99999999999999999999\r\n\r\n", 413),
    ("POST / HTTP/1.1\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\ntransfer-encoding: gzip, chunked\r\n\r\n", 501),
    ("POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nz\r\n", 400),
    ("POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n1\r\nab\r\n", 400),
    ("POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n100001\r\n", 413),
    ("POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n123456789\r\n", 400),
    ("POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n1;" + String(repeating: "a", count: 300), 400),
    ("\u{16}\u{3}\u{1}", 400),
    ("POST / HTTP/1.1\r\na: " + String(repeating: "b", count: WebhookRequestParser.longestHead), 431),
  ])
  func refuses(_ text: String, _ status: Int) {
    for pieces in [5, Int.max] {
      guard case .refused(let fault) = Self.steps(text, pieces: pieces).first else {
        Issue.record("taken: \(text.prefix(80).debugDescription)")
        continue
      }
      #expect(fault.status == status, "\(text.prefix(80).debugDescription)")
    }
  }

  @Test func nothingIsReadBehindAFault() {
    var parser = WebhookRequestParser()
    parser.feed(Array("POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n1\r\nab\r\n".utf8))
    let fault = parser.next()
    parser.feed(Array("\r\n0\r\n\r\n".utf8))
    #expect(parser.next() == fault)
  }

  @Test func theLongestBodyIsTaken() {
    let body = String(repeating: "x", count: WebhookRequestParser.longestBody)
    let head = "POST / HTTP/1.1\r\ncontent-length: \(body.utf8.count)\r\n\r\n"
    guard case .request(let request) = Self.steps(head + body, pieces: 16 << 10).first else {
      Issue.record("refused")
      return
    }
    #expect(request.body.count == WebhookRequestParser.longestBody)
  }

  @Test(arguments: 0..<30)
  func survivesAnything(_ round: UInt64) {
    var random = SeededGenerator(seed: 0xF00D + round)
    let alphabet = Array("POST / HTTP/1.1\r\n\r\n:;0123456789abchunkedtransfer-encodingcontent-length\u{0}é".utf8)
    var parser = WebhookRequestParser()
    parser.feed(Array("POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n".utf8))
    for _ in 0..<200 {
      parser.feed(
        (0..<Int.random(in: 0...20, using: &random)).compactMap { _ in alphabet.randomElement(using: &random) })
      for _ in 0..<20 where parser.next() == .incomplete { break }
      // A refused parser keeps refusing: nothing behind the fault is ever taken for a request.
      if case .refused(let fault) = parser.next() {
        #expect(parser.next() == .refused(fault), "seed \(0xF00D + round)")
      }
    }
  }
}
