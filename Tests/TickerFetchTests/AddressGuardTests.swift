import TestSupport
import Testing
import TickerFetch
import TickerModel

@Suite(.timeLimit(.minutes(2))) struct AddressGuardTests {
  @Test func refusesLoopbackAndSaysWhatToAdd() async throws {
    let server = try LoopbackServer { _ in .text("secret") }
    let fetcher = try startFetcher()
    let error = await fetcher.failure(makeRequest(server.url("/x")) { $0.allowNet = [] })
    #expect(error?.class == .address)
    #expect(
      error?.message == "\(server.url("/x")): 127.0.0.1 is refused, it is in 127.0.0.0/8 (loopback); "
        + "if it is meant, add allow_net = [\"127.0.0.1/32\"] to this source")
    let post = await fetcher.failure(makeRequest(server.url("/x"), .post([1])) { $0.allowNet = [] })
    #expect(post?.message.hasSuffix("add allow_net = [\"127.0.0.1/32\"] to this webhook") == true)
    #expect(server.connections == 0)
    let remedied = makeRequest(server.url("/x")) { $0.allowNet = networks("127.0.0.1/32") }
    #expect(try await fetcher.fetch(remedied).text == "secret")
  }

  /// Every spelling that reaches 127.0.0.1; the last ones by the machine's own name table.
  @Test(arguments: [
    "127.0.0.1", "127.1", "0x7f000001", "2130706433", "017700000001", "0177.0.0.1", "127.0.0.1.", "127%2e0%2e0%2e1",
    "①②⑦.⓪.⓪.①", "user:pw@127.0.0.1", "example.org@127.0.0.1", "0.0.0.0", "0", "[::1]", "[::]", "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[2001::1]", "localhost", "LOCALHOST.",
  ])
  func refusesEverySpelling(host: String) async throws {
    let error = try await startFetcher().failure(makeRequest("http://\(host):1/") { $0.allowNet = [] })
    #expect(error?.class == .address, "\(error?.message ?? "fetched")")
  }

  @Test func aKeptConnectionServesOnlyWhoMayUseIt() async throws {
    let server = try LoopbackServer { _ in .text("x") }
    let fetcher = try startFetcher()
    _ = try await fetcher.fetch(makeRequest(server.url("/1")))
    #expect(try await fetcher.fetch(makeRequest(server.url("/2"))).timing.reused)
    let error = await fetcher.failure(makeRequest(server.url("/3")) { $0.allowNet = [] })
    #expect(error?.class == .address)
    #expect(error?.message.contains("127.0.0.1/32") == true)
    #expect(server.requests.map(\.path) == ["/1", "/2"])
  }

  @Test(arguments: [
    "http://127.0.0.2:PORT/", "http://[::ffff:127.0.0.2]:PORT/", "//2130706434:PORT/x", "http://169.254.169.254/",
  ])
  func judgesRedirectTargets(location: String) async throws {
    let server = try LoopbackServer { request in
      let port = request["Host"].map { String($0.drop { $0 != ":" }.dropFirst()) } ?? ""
      return .redirect(to: location.split(separator: "PORT", omittingEmptySubsequences: false).joined(separator: port))
    }
    let request = makeRequest(server.url()) {
      $0.maxRedirects = 5
      $0.allowNet = networks("127.0.0.1/32")
    }
    let error = try await startFetcher().failure(request)
    #expect(error?.class == .address)
    #expect(error?.message.contains("redirected to") == true)
    #expect(server.requests.count == 1)
  }

  @Test func aMappedAddressIsNamedByItsIPv4Network() async throws {
    let server = try LoopbackServer { _ in .text("x") }
    let response = try await startFetcher().fetch(makeRequest("http://[::ffff:127.0.0.1]:\(server.port)/"))
    #expect(response.status == 200)
  }
}
