import TestSupport
import Testing
import TickerFetch
import TickerModel

/// Headers of the operator's, proxies, and where neither goes.
@Suite(.timeLimit(.minutes(2))) struct FetchAccessTests {
  private static let login = Header("Authorization", "Bearer tok-access")
  private static let key = Header("X-Api-Key", "key-access")

  @Test func headersAreSentAndTakeThePlaceOfOurs() async throws {
    let server = try LoopbackServer { _ in .text("x") }
    let request = makeRequest(server.url()) {
      $0.headers = [Header("User-Agent", "tickerd/1"), Header("If-None-Match", "\"a\"")]
      $0.access.headers = [Self.login, Self.key, Header("user-agent", "desk/2")]
    }
    _ = try await startFetcher().fetch(request)
    let sent = try #require(server.requests.first)
    #expect(sent["Authorization"] == "Bearer tok-access" && sent["X-Api-Key"] == "key-access")
    #expect(sent["If-None-Match"] == "\"a\"")
    #expect(sent.headers.filter { $0.name.lowercased() == "user-agent" }.map(\.value) == ["desk/2"])
  }

  @Test func aProxyIsAskedWhateverItsAddress() async throws {
    let proxy = try LoopbackServer { _ in .text("from the proxy") }
    let request = makeRequest("http://news.example/feed") {
      $0.allowNet = []
      $0.access = FetchAccess(headers: [Self.key], proxy: proxy.url(""))
    }
    let response = try await startFetcher().fetch(request)
    #expect(response.text == "from the proxy")
    #expect(proxy.requests.map(\.path) == ["http://news.example/feed"])
    #expect(proxy.requests[0]["X-Api-Key"] == "key-access")
  }

  /// Addresses in the URL itself, and names that always mean one.
  @Test(arguments: [
    "http://127.0.0.1/", "http://10.1.2.3/", "http://0x7f.1/", "http://[::1]/", "http://169.254.169.254/",
    "http://localhost/", "http://a.localhost./", "http://127.0.0.1./", "https://127.0.0.1/", "http://①②⑦.⓪.⓪.①/",
  ])
  func literalPrivateTargetsBehindAProxyStayRefused(url: String) async throws {
    let proxy = try LoopbackServer { _ in .text("x") }
    let error = try await startFetcher().failure(
      makeRequest(url) {
        $0.allowNet = []
        $0.access.proxy = proxy.url("")
      })
    #expect(error?.class == .address, "\(error?.message ?? "fetched")")
    #expect(error?.message.contains("allow_net = [\"") == true)
    #expect(proxy.connections == 0)
  }

  @Test func redirectsBehindAProxyAreJudgedToo() async throws {
    let proxy = try LoopbackServer { request in
      request.path == "http://news.example/" ? .redirect(to: "http://10.1.2.3/inside") : .text("inside")
    }
    let error = try await startFetcher().failure(
      makeRequest("http://news.example/") {
        $0.allowNet = []
        $0.maxRedirects = 5
        $0.access.proxy = proxy.url("")
      })
    #expect(error?.class == .address)
    #expect(error?.message.contains("allow_net = [\"10.1.2.3/32\"]") == true, "\(error?.message ?? "")")
    #expect(proxy.requests.count == 1)
  }

  @Test func aProxyThatRefusesIsNamed() async throws {
    let proxy = try LoopbackServer { _ in .status(407) }
    let error = try await startFetcher().failure(
      makeRequest("https://news.example/") { $0.access.proxy = proxy.url("") })
    #expect(error?.class == .connect)
    #expect(error?.message == "https://news.example/: the proxy answered 407 to CONNECT")
    #expect(proxy.requests.map(\.method) == ["CONNECT"])
    proxy.stop()
    let gone = try await startFetcher().failure(
      makeRequest("https://news.example/") { $0.access.proxy = "http://127.0.0.1:1" })
    #expect(gone?.class == .connect)
  }
}
