import TestSupport
import Testing
import TickerFetch

@Suite(.timeLimit(.minutes(2))) struct FetcherRedirectTests {
  /// `/n` redirects to `/n-1`; `/0` answers.
  private func startChain() throws -> LoopbackServer {
    try LoopbackServer { request in
      let left = Int(request.path.dropFirst()) ?? 0
      return left == 0
        ? .text("arrived", headers: [.init("X-Hop", "last")])
        : .answer(
          status: [301, 302, 303, 307, 308][left % 5],
          headers: [.init("Location", "/\(left - 1)"), .init("X-Hop", "\(left)")], body: Array("moved".utf8))
    }
  }

  @Test func followsWithinTheLimit() async throws {
    let server = try startChain()
    let response = try await startFetcher().fetch(makeRequest(server.url("/5")) { $0.maxRedirects = 5 })
    #expect(response.text == "arrived")
    #expect(response.headers.filter { $0.name == "X-Hop" }.map(\.text) == ["last"])
    #expect(response.finalURL == server.url("/0"))
    #expect(server.requests.count == 6)
  }

  @Test func stopsBeyondTheLimit() async throws {
    let server = try startChain()
    let error = try await startFetcher().failure(makeRequest(server.url("/6")) { $0.maxRedirects = 5 })
    #expect(error?.class == .redirect)
    #expect(error?.message.hasSuffix("more than 5 redirects") == true)
    #expect(server.requests.count == 6)
  }

  @Test func handsBackWithoutALimit() async throws {
    let server = try startChain()
    let response = try await startFetcher().fetch(makeRequest(server.url("/3"), .post([1])))
    #expect(response.status == 307 || response.status == 308)
    #expect(response.text == "moved")
    #expect(server.requests.count == 1)
  }

  @Test(arguments: ["file:///etc/passwd", "gopher://127.0.0.1:25/x", "ftp://127.0.0.1/x", "http://[::1/"])
  func neverLeavesHTTP(location: String) async throws {
    let server = try LoopbackServer { _ in .redirect(to: location) }
    let error = try await startFetcher().failure(makeRequest(server.url()) { $0.maxRedirects = 5 })
    #expect(error?.class == .redirect)
  }

  @Test func credentialsStayWithTheirHost() async throws {
    let other = try LoopbackServer { _ in .text("other") }
    let server = try LoopbackServer { _ in .redirect(to: "http://localhost:\(other.port)/") }
    let userinfo = "http://user:hunter2@127.0.0.1:\(server.port)/"
    _ = try await startFetcher().outcome(
      makeRequest(userinfo) {
        $0.maxRedirects = 5
        $0.headers = [Header("Cookie", "a=b")]
      })
    #expect(server.requests.first?["Authorization"] != nil)
    #expect(server.requests.first?["Cookie"] == "a=b")
    let sent = try #require(other.requests.first)
    #expect(sent["Authorization"] == nil && sent["Cookie"] == nil)
  }
}
