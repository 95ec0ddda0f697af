import Glibc
import Synchronization
import TestSupport
import Testing
import TickerFetch
import TickerModel

@Suite(.timeLimit(.minutes(2))) struct FetcherTests {
  @Test func answersWithStatusHeadersAndBody() async throws {
    let server = try LoopbackServer { _ in .text("hello", headers: [.init("X-One", "1"), .init("X-Two", " 2 ")]) }
    let response = try await startFetcher().fetch(makeRequest(server.url("/a?b=c")))
    #expect(response.status == 200)
    #expect(response.text == "hello")
    #expect(response.headers.map(\.name) == ["X-One", "X-Two", "Content-Length"])
    #expect(response.headers.first("x-two")?.text == "2")
    #expect(response.headers.first("X-Three") == nil)
    #expect(response.finalURL == server.url("/a?b=c"))
    #expect(response.address == NetworkAddress("127.0.0.1"))
    #expect(!response.isCut)
    #expect(response.timing.total >= response.timing.firstByte)
    #expect(response.timing.firstByte >= response.timing.connected)
    #expect(server.requests.map(\.path) == ["/a?b=c"])
    #expect(server.requests.first?["User-Agent"] == "tickerd-test/1")
  }

  @Test func everyStatusIsAnAnswer() async throws {
    let server = try LoopbackServer { request in .text("body", status: Int(request.path.dropFirst()) ?? 0) }
    let fetcher = try startFetcher()
    for status in [201, 400, 404, 410, 429, 500, 503] {
      let response = try await fetcher.fetch(makeRequest(server.url("/\(status)")))
      #expect(response.status == status)
      #expect(response.text == "body")
    }
  }

  @Test func validatorsComeAndGoByteForByte() async throws {
    let tag: [UInt8] = Array("W/\"a,  b\\".utf8) + [0xE9] + Array("\"".utf8)
    let server = try LoopbackServer { request in
      request["If-None-Match"] == nil
        ? .raw(
          Array("HTTP/1.1 200 OK\r\nETag: ".utf8) + tag
            + Array(" \t\r\nLast-Modified:Mon\r\nConnection: close\r\n\r\n".utf8))
        : .status(304, headers: [.init("ETag", "\"new\"")])
    }
    let fetcher = try startFetcher()
    let first = try await fetcher.fetch(makeRequest(server.url()))
    #expect(first.headers.first("etag")?.value == tag)
    #expect(first.headers.first("last-modified")?.text == "Mon")
    let second = try await fetcher.fetch(
      makeRequest(server.url()) {
        $0.headers = [Header("If-None-Match", "W/\"é,  b\""), Header("If-Modified-Since", "Mon")]
      })
    #expect(second.status == 304)
    #expect(second.body.isEmpty)
    #expect(second.headers.first("ETag")?.text == "\"new\"")
    #expect(server.requests.last?["If-None-Match"] == "W/\"é,  b\"")
    #expect(server.requests.last?["If-Modified-Since"] == "Mon")
  }

  @Test func decompressesDocuments() async throws {
    let body = Array("breaking news".utf8)
    let server = try LoopbackServer { request in
      request["Accept-Encoding"]?.contains("gzip") == true
        ? .answer(status: 200, headers: [.init("Content-Encoding", "gzip")], body: Gzip.stored(body)) : .status(400)
    }
    let response = try await startFetcher().fetch(makeRequest(server.url()))
    #expect(response.status == 200)
    #expect(response.body == body)
  }

  @Test func postsTheBodyAndNothingInvented() async throws {
    let server = try LoopbackServer { _ in .status(204) }
    let body = Array("{\"a\":\"\u{0}é\"}".utf8)
    let fetcher = try startFetcher()
    let headers = [Header("Content-Type", "application/json"), Header("webhook-id", "itm_1"), Header("X-Empty", "")]
    let response = try await fetcher.fetch(makeRequest(server.url("/hook"), .post(body)) { $0.headers = headers })
    #expect(response.status == 204)
    let sent = try #require(server.requests.first)
    #expect(sent.method == "POST")
    #expect(sent.body == body)
    #expect(sent["Content-Length"] == "\(body.count)")
    let expected = ["Host", "User-Agent", "Accept", "Content-Type", "webhook-id", "X-Empty", "Content-Length"]
    #expect(Set(sent.headers.map(\.name)) == Set(expected))
    #expect(sent["webhook-id"] == "itm_1")
    #expect(sent["X-Empty"] == "")

    let large = [UInt8](repeating: 7, count: 300_000)
    _ = try await fetcher.fetch(makeRequest(server.url("/hook"), .post(large)))
    let second = try #require(server.requests.last)
    #expect(second.body == large)
    #expect(second["Expect"] == nil)
    #expect(second["Content-Type"] == nil)
    _ = try await fetcher.fetch(makeRequest(server.url("/hook"), .post([])))
    #expect(server.requests.last?.method == "POST")
    #expect(server.requests.last?["Content-Length"] == "0")
  }

  @Test func keepsConnections() async throws {
    let server = try LoopbackServer { _ in .text("x") }
    let fetcher = try startFetcher()
    var reused: [Bool] = []
    for _ in 0..<5 { reused.append(try await fetcher.fetch(makeRequest(server.url())).timing.reused) }
    #expect(reused == [false, true, true, true, true])
    #expect(server.connections == 1)
  }

  @Test func survivesAServerThatClosesItsKeptConnection() async throws {
    let answers = Array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".utf8)
    let server = try LoopbackServer { _ in .raw(answers) }  // promises to keep the connection, then closes
    let fetcher = try startFetcher()
    for _ in 0..<20 { #expect(try await fetcher.fetch(makeRequest(server.url())).text == "ok") }
  }

  @Test func ignoresProxiesOfTheEnvironment() async throws {
    setenv("http_proxy", "http://127.0.0.1:1/", 1)
    let server = try LoopbackServer { _ in .text("direct") }
    #expect(try await startFetcher().fetch(makeRequest(server.url())).text == "direct")
  }

  @Test func runsNoMoreThanItsLimitAtOnce() async throws {
    let gate = Gate()
    let present = Mutex((now: 0, most: 0))
    let server = try LoopbackServer { request in
      present.withLock { present in
        present.now += 1
        present.most = max(present.most, present.now)
      }
      gate.wait()
      present.withLock { $0.now -= 1 }
      return .text(request.path)
    }
    let fetcher = try startFetcher(maxTransfers: 8)
    let answers = try await withThrowingTaskGroup(of: Bool.self) { group in
      for number in 0..<200 {
        group.addTask { try await fetcher.fetch(makeRequest(server.url("/\(number)"))).text == "/\(number)" }
      }
      await server.received(count: 8)
      gate.open()
      return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
    }
    #expect(answers == 200)
    #expect(present.withLock { $0.most } == 8)
    #expect(server.connections == 8)
  }
}
