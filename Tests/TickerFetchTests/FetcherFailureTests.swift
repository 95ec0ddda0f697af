import Glibc
import TestSupport
import Testing
import TickerFetch
import TickerModel

@Suite(.timeLimit(.minutes(2))) struct FetcherFailureTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let response: LoopbackServer.Response
    let error: FetchError.Class
    let words: String
  }

  static let maxBody = 64 << 10
  static let chunk = [UInt8](repeating: 0x61, count: 20_000)

  static let cases: [Case] = [
    Case(
      testDescription: "a length beyond the bound", response: .truncated(headers: [], body: [], length: maxBody + 1),
      error: .body, words: "larger than max_body, 64KiB"),
    Case(
      testDescription: "chunks beyond the bound",
      response: .chunked(status: 200, headers: [], chunks: [chunk, chunk, chunk, chunk], pause: .zero), error: .body,
      words: "larger than max_body, 64KiB"),
    Case(
      testDescription: "a compression bomb",
      response: .answer(status: 200, headers: [.init("Content-Encoding", "gzip")], body: Gzip.bomb(matches: 20_000)),
      error: .body, words: "larger than max_body, 64KiB"),
    Case(
      testDescription: "damaged compression",
      response: .answer(status: 200, headers: [.init("Content-Encoding", "gzip")], body: Array("no gzip".utf8)),
      error: .body, words: "compression"),
    Case(
      testDescription: "a truncated body", response: .truncated(headers: [], body: Array("half".utf8), length: 8),
      error: .body, words: "ended early"),
    Case(
      testDescription: "a truncated chunked body",
      response: .raw(Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf".utf8)), error: .body,
      words: "ended early"),
    Case(testDescription: "no answer", response: .close, error: .connect, words: "without an answer"),
    Case(testDescription: "no HTTP", response: .raw(Array("SSH-2.0-x\r\n".utf8)), error: .protocol, words: ""),
    Case(
      testDescription: "too many header lines",
      response: .raw(head(lines: (0..<257).map { "X-\($0): 1" })), error: .protocol, words: "head is larger"),
    Case(
      testDescription: "too many header bytes",
      response: .raw(head(lines: (0..<70).map { "X-\($0): \(String(repeating: "y", count: 1000))" })), error: .protocol,
      words: "head is larger"),
    Case(
      testDescription: "interim answers without end",
      response: .raw(Array(String(repeating: "HTTP/1.1 103 Early Hints\r\n\r\n", count: 40).utf8)), error: .protocol,
      words: "head is larger"),
    Case(
      testDescription: "one endless header line",
      response: .raw(Array("HTTP/1.1 200 OK\r\nX: \(String(repeating: "y", count: 400_000))".utf8)), error: .protocol,
      words: "head is larger"),
    Case(
      testDescription: "an answer that ends within its head", response: .raw(Array("HTTP/1.1 200 OK\r\nX: 1".utf8)),
      error: .protocol, words: "ended within its head"),
    Case(
      testDescription: "an answer that ends before the empty line", response: .raw(Array("HTTP/1.1 200 OK\r\n".utf8)),
      error: .protocol, words: "ended within its head"),
  ]

  static func head(lines: [String]) -> [UInt8] {
    Array((["HTTP/1.1 200 OK", "Content-Length: 0"] + lines + ["", ""]).joined(separator: "\r\n").utf8)
  }

  @Test(arguments: cases) func namesItsClass(_ test: Case) async throws {
    let server = try LoopbackServer { _ in test.response }
    let error = try await startFetcher().failure(makeRequest(server.url()) { $0.maxBody = Self.maxBody })
    #expect(error?.class == test.error)
    #expect(error?.message.contains(test.words) == true, "\(error?.message ?? "")")
    #expect(error?.message.hasPrefix(server.url()) == true)
  }

  @Test func headsWithinTheBoundsPass() async throws {
    let lines = (0..<250).map { "X-\($0): \(String(repeating: "y", count: 200))" }
    let server = try LoopbackServer { _ in .raw(Self.head(lines: lines)) }
    #expect(try await startFetcher().fetch(makeRequest(server.url())).headers.count == 251)
  }

  @Test func bodyOfExactlyTheBoundPasses() async throws {
    let body = [UInt8](repeating: 1, count: Self.maxBody)
    let server = try LoopbackServer { request in
      request.path == "/length"
        ? .answer(status: 200, headers: [], body: body)
        : .chunked(status: 200, headers: [], chunks: [body], pause: .zero)
    }
    let fetcher = try startFetcher()
    for path in ["/length", "/chunked"] {
      let response = try await fetcher.fetch(makeRequest(server.url(path)) { $0.maxBody = Self.maxBody })
      #expect(response.body == body)
    }
  }

  @Test(arguments: ["/hang", "/dribble", "/half"]) func timesOutWithinBounds(path: String) async throws {
    let server = try LoopbackServer { request in
      switch request.path {
      case "/hang": .hang
      case "/dribble":
        .chunked(status: 200, headers: [], chunks: [[UInt8]](repeating: [1], count: 10_000), pause: .milliseconds(20))
      default: .chunked(status: 200, headers: [], chunks: [[1], [2]], pause: .seconds(60))
      }
    }
    let fetcher = try startFetcher()
    let clock = ContinuousClock()
    let start = clock.now
    let error = await fetcher.failure(makeRequest(server.url(path)) { $0.timeout = .milliseconds(1500) })
    #expect(error?.class == .timeout)
    #expect(error?.message.hasSuffix("no complete answer within 1500ms") == true)
    #expect(start.duration(to: clock.now) >= .milliseconds(1499))
    #expect(start.duration(to: clock.now) < .seconds(10))
  }

  @Test func timesOutWhereNobodyAccepts() async throws {
    let listener = try FullListener()
    let error = try await startFetcher().failure(
      makeRequest("http://127.0.0.1:\(listener.port)/") { $0.connectTimeout = .milliseconds(300) })
    #expect(error?.class == .timeout)
    #expect(error?.message.hasSuffix("no connection within 300ms") == true, "\(error?.message ?? "")")
  }

  @Test func refusedConnection() async throws {
    let server = try LoopbackServer { _ in .text("x") }
    let fetcher = try startFetcher()
    _ = try await fetcher.fetch(makeRequest(server.url()))
    server.stop()
    let error = await fetcher.failure(makeRequest("http://127.0.0.1:1/"))
    #expect(error?.class == .connect)
    #expect(error?.message == "http://127.0.0.1:1/: no connection: Connection refused")
  }

  @Test func unknownName() async throws {
    let error = try await startFetcher().failure(makeRequest("http://tickerd-test.invalid/"))
    #expect(error?.class == .dns)
  }

  @Test func noTLS() async throws {
    let server = try LoopbackServer { _ in .text("x") }
    let error = try await startFetcher().failure(makeRequest("https://127.0.0.1:\(server.port)/"))
    #expect(error?.class == .tls)
    #expect(error?.message.contains("TLS failed: ") == true)
  }

  @Test(arguments: [
    "", "example.org/feed", "ftp://example.org/", "file:///etc/passwd", "http://", "http://:80/",
    "http://a b/", "http://a:99999/", "gopher://127.0.0.1/", "javascript:1", "http://a/\u{0}",
    "http://a/\r\nX: 1", "http://[::1/", "http://a/" + String(repeating: "x", count: 9000),
  ])
  func badURL(_ url: String) async throws {
    let error = try await startFetcher().failure(makeRequest(url))
    #expect(error?.class == .url)
    #expect(error?.message.contains("\n") == false)
    #expect(error.map { $0.message.count < 500 } == true)
  }

  @Test(arguments: [("X\r\nY", "1"), ("X", "1\r\nY: 2"), ("X", "a\u{0}b"), ("", "1"), ("X:", "1"), ("X Y", "1")])
  func badHeader(name: String, value: String) async throws {
    let server = try LoopbackServer { _ in .text("x") }
    let error = try await startFetcher().failure(makeRequest(server.url()) { $0.headers = [Header(name, value)] })
    #expect(error?.class == .protocol)
    #expect(server.requests.isEmpty)
  }
}

/// A listener whose queue is full: the system drops every further SYN.
private final class FullListener {
  let port: UInt16
  private var descriptors: [Int32] = []

  init() throws {
    func make() -> Int32 {
      socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
    }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listener = make()
    var all = [listener]
    withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { socketAddress in
        #expect(bind(listener, socketAddress, length) == 0 && listen(listener, 0) == 0)
        #expect(getsockname(listener, socketAddress, &length) == 0)
        for _ in 0..<4 {
          let client = make()
          all.append(client)
          connect(client, socketAddress, length)
        }
      }
    }
    port = UInt16(bigEndian: address.sin_port)
    descriptors = all
  }

  deinit { descriptors.forEach { close($0) } }
}
