import TestSupport
import Testing
import TickerModel

@testable import TickerFetch

/// Names through a resolver of the test's own.
@Suite(.timeLimit(.minutes(2))) struct NamesTests {
  private static func addresses(_ texts: String...) -> NameAnswer {
    .addresses(texts.compactMap { NetworkAddress($0) })
  }

  private func start(
    asked: Watched<[String]> = Watched([]), _ lookUp: @escaping @Sendable (String) -> NameAnswer
  ) throws -> Fetcher {
    try Fetcher(maxTransfers: 16, userAgent: "tickerd-test/1") { name in
      asked.change { $0.append(name) }
      return lookUp(name)
    }
  }

  @Test func oneLookupServesAllRequests() async throws {
    let server = try LoopbackServer { request in .text(request["Host"] ?? "") }
    let asked = Watched<[String]>([])
    let fetcher = try start(asked: asked) { _ in Self.addresses("127.0.0.1") }
    let url = "http://News.example:\(server.port)/"
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 1...20 {
        group.addTask {
          let response = try await fetcher.fetch(makeRequest(url))
          #expect(response.text == "News.example:\(server.port)")
          #expect(response.address?.text == "127.0.0.1")
        }
      }
      try await group.waitForAll()
    }
    _ = try await fetcher.fetch(makeRequest("http://other.example:\(server.port)/"))
    _ = try await fetcher.fetch(makeRequest("http://127.0.0.1:\(server.port)/"))
    _ = try await fetcher.fetch(makeRequest("http://127.1:\(server.port)/"))
    _ = try await fetcher.fetch(makeRequest("http://127.0.0.1.:\(server.port)/"))
    _ = try await fetcher.fetch(makeRequest(url))
    #expect(asked.value == ["news.example", "other.example"])
  }

  @Test func theNextAddressIsTakenWhereOneIsDead() async throws {
    let server = try LoopbackServer { _ in .text("x") }
    let fetcher = try start { _ in Self.addresses("127.0.0.9", "::1", "127.0.0.1") }
    let request = makeRequest("http://news.example:\(server.port)/") {
      $0.allowNet = networks("127.0.0.0/8", "::1/128")
    }
    #expect(try await fetcher.fetch(request).address?.text == "127.0.0.1")
  }

  @Test func onlyAllowedAddressesAreAsked() async throws {
    let server = try LoopbackServer { _ in .text("x") }
    let other = try LoopbackServer(place: 9) { _ in .text("x") }
    let fetcher = try start { name in
      name == "inside.example" ? Self.addresses("10.1.2.3") : Self.addresses("127.0.0.9", "127.0.0.1")
    }
    let refused = await fetcher.failure(makeRequest("http://inside.example:\(server.port)/"))
    #expect(refused?.class == .address)
    #expect(refused?.message.contains("10.1.2.3 is refused, it is in 10.0.0.0/8 (private)") == true)
    #expect(refused?.message.contains("allow_net = [\"10.1.2.3/32\"]") == true)
    for _ in 1...3 {
      let request = makeRequest("http://mixed.example:\(server.port)/") { $0.allowNet = networks("127.0.0.1") }
      #expect(try await fetcher.fetch(request).address?.text == "127.0.0.1")
    }
    #expect(other.connections == 0)
  }

  @Test func whatTheResolverSaysIsNamed() async throws {
    let asked = Watched<[String]>([])
    let fetcher = try start(asked: asked) { $0 == "no.example" ? .absent : .failed("Temporary failure") }
    for _ in 1...3 {
      let absent = await fetcher.failure(makeRequest("http://no.example/"))
      #expect(absent?.class == .dns)
      #expect(absent?.message == "http://no.example/: no address was found for the name")
      let failed = await fetcher.failure(makeRequest("http://later.example/"))
      #expect(failed?.class == .dns)
      #expect(failed?.message == "http://later.example/: the name server did not answer: Temporary failure")
    }
    #expect(asked.value.count == 2, "a failure is told to all who ask soon after")
  }

  @Test func aResolverThatHangsHoldsNobodyElseUp() async throws {
    let server = try LoopbackServer { _ in .text("x") }
    let (gate, hangs) = (Gate(), Watched(false))
    let fetcher = try start { _ in
      if hangs.value { gate.wait() }
      return Self.addresses("127.0.0.1")
    }
    // Known before.
    _ = try await fetcher.fetch(makeRequest("http://known.example:\(server.port)/"))
    hangs.change { $0 = true }
    let ended = Watched(0)
    try await withThrowingTaskGroup(of: Void.self) { group in
      // More than there are places and threads, and more patient than the test.
      for index in 1...60 {
        group.addTask {
          let error = await fetcher.failure(
            makeRequest("http://n\(index).example:\(server.port)/") { $0.connectTimeout = TooLate.patience * 10 })
          ended.change { $0 += 1 }
          // They are answered by the stop, not by the resolver.
          #expect(error?.class == .cancelled)
        }
      }
      for host in ["known.example", "127.0.0.1"] {
        for _ in 1...5 { _ = try await fetcher.fetch(makeRequest("http://\(host):\(server.port)/")) }
      }
      let error = await fetcher.failure(
        makeRequest("http://hasty.example:\(server.port)/") { $0.connectTimeout = .milliseconds(700) })
      #expect(error?.class == .dns)
      #expect(error?.message.hasSuffix("the name server did not answer within 700ms") == true)
      #expect(ended.value == 0, "all of that while the resolver hung")
      fetcher.stop()
      try await group.waitForAll()
    }
    gate.open()
  }

  /// A group that is given up while its names are looked up ends at once, and takes no other request along.
  @Test func namesOfRequestsThatAreGivenUpKeepNobody() async throws {
    let server = try LoopbackServer { _ in .text("x") }
    let (gate, asked) = (Gate(), Watched<[String]>([]))
    let fetcher = try start(asked: asked) { _ in
      gate.wait()
      return Self.addresses("127.0.0.1")
    }
    let group = FetchGroup()
    let url = "http://slow.example:\(server.port)/"
    let asking = Asking()
    async let one = asking.failure(of: makeRequest(url), by: fetcher, in: group)
    async let other = asking.failure(of: makeRequest(url), by: fetcher, in: group)
    async let kept = fetcher.fetch(makeRequest(url))
    try await asked.wait(for: "the lookup") { $0.isEmpty ? nil : true }
    fetcher.giveUp(group)
    #expect(await [one?.class, other?.class] == [.cancelled, .cancelled])
    gate.open()
    #expect(try await kept.text == "x")
    #expect(await asking.failure(of: makeRequest(url), by: fetcher, in: group)?.class == .cancelled)
    #expect(asked.value == ["slow.example"])
  }

  @Test func theWaitForANameCountsForTheTimeout() async throws {
    let server = try LoopbackServer { _ in .hang }
    let gate = Gate()
    let fetcher = try start { _ in
      gate.wait()
      return Self.addresses("127.0.0.1")
    }
    let start = ContinuousClock.now
    async let failure = fetcher.failure(
      makeRequest("http://slow.example:\(server.port)/") { $0.timeout = .milliseconds(1500) })
    try await Task.sleep(for: .milliseconds(700))
    gate.open()
    let error = await failure
    #expect(error?.class == .timeout)
    #expect(error?.message.hasSuffix("no complete answer within 1500ms") == true)
    #expect((Duration.milliseconds(1400)..<Duration.seconds(10)).contains(start.duration(to: .now)))
  }
}

/// Redirects, and what they may take along.
@Suite(.timeLimit(.minutes(2))) struct HopTests {
  private static let here = [NetworkAddress("127.0.0.1")].compactMap(\.self)

  private func request(_ url: String) -> FetchRequest {
    makeRequest(url) {
      $0.maxRedirects = 5
      $0.headers = [Header("User-Agent", "tickerd/1"), Header("If-None-Match", "\"a\"")]
      $0.access.headers = [
        Header("Authorization", "Bearer tok"), Header("X-Api-Key", "key"), Header("User-Agent", "desk/1"),
      ]
    }
  }

  @Test func confidentialHeadersStayWithTheirHost() async throws {
    let server = try LoopbackServer { request in
      switch request.path {
      case "/here": .redirect(to: "/there")
      case "/away": .redirect(to: "http://b.example:\(request["Host"]?.split(separator: ":").last ?? "")/back")
      case "/back": .redirect(to: "http://a.example:\(request["Host"]?.split(separator: ":").last ?? "")/there")
      default: .text("x", headers: [.init("ETag", "\"b\"")])
      }
    }
    let fetcher = try Fetcher(maxTransfers: 4, userAgent: "t/1") { _ in .addresses(Self.here) }
    let stayed = try await fetcher.fetch(request("http://a.example:\(server.port)/here"))
    #expect(stayed.finalURL == "http://a.example:\(server.port)/there")
    #expect(server.requests.allSatisfy { $0["Authorization"] == "Bearer tok" && $0["X-Api-Key"] == "key" })
    #expect(server.requests.count == 2)
    _ = try await fetcher.fetch(request("http://a.example:\(server.port)/away"))
    let sent = Array(server.requests.dropFirst(2))
    #expect(sent.map(\.path) == ["/away", "/back", "/there"])
    #expect(sent.map { $0["X-Api-Key"] } == ["key", nil, nil], "nor back again, by the word of another")
    #expect(sent.map { $0["Authorization"] } == ["Bearer tok", nil, nil])
    #expect(sent.map { $0["User-Agent"] } == ["desk/1", "tickerd/1", "tickerd/1"])
    #expect(sent.allSatisfy { $0["If-None-Match"] == "\"a\"" })
  }

  @Test func aLoginInTheURLIsOfTheHostToo() async throws {
    let server = try LoopbackServer { request in request.path == "/" ? .redirect(to: "/there") : .text("x") }
    let response = try await startFetcher().fetch(
      makeRequest("http://me:p%40w@127.0.0.1:\(server.port)/") { $0.maxRedirects = 5 })
    #expect(server.requests.map { $0["Authorization"] } == ["Basic bWU6cEB3", "Basic bWU6cEB3"])
    #expect(response.finalURL == server.url("/there"), "without the login")
  }

  /// Statuses in order, and whether the source has moved for good.
  @Test(arguments: [([301, 308], true), ([301, 302], false), ([302, 301], false), ([307], false), ([], false)])
  func permanentMovesAreTold(statuses: [Int], isForGood: Bool) async throws {
    let server = try LoopbackServer { request in
      let step = Int(request.path.dropFirst()) ?? 0
      return step < statuses.count ? .redirect(to: "/\(step + 1)", status: statuses[step]) : .text("x")
    }
    let response = try await startFetcher().fetch(makeRequest(server.url("/0")) { $0.maxRedirects = 5 })
    #expect(response.isMovedForGood == isForGood)
    #expect(response.finalURL == server.url("/\(statuses.count)"))
  }

  @Test func aRedirectsBodyIsReadOver() async throws {
    let server = try LoopbackServer { request in
      switch request.path {
      case "/small":
        .answer(status: 302, headers: [.init("Location", "/end")], body: [UInt8](repeating: 0x61, count: 5000))
      case "/endless":
        .endless(
          Array("HTTP/1.1 302 Found\r\nLocation: /end\r\n\r\n".utf8), again: [UInt8](repeating: 0x61, count: 9000))
      case "/huge": .truncated(headers: [], body: [], length: 1 << 40)
      default: .text("end")
      }
    }
    let fetcher = try startFetcher()
    for path in ["/small", "/endless"] {
      let response = try await fetcher.fetch(
        makeRequest(server.url(path)) {
          $0.maxRedirects = 5
          $0.maxBody = 1000
        })
      #expect(response.text == "end")
    }
    #expect(server.requests.map(\.connection) == [1, 1, 1, 2], "the connection of the small one was kept")
  }

  @Test func theWholeWayHasOneTimeout() async throws {
    let server = try LoopbackServer { request in
      .chunked(status: 302, headers: [.init("Location", request.path + "x")], chunks: [[1]], pause: .milliseconds(400))
    }
    let start = ContinuousClock.now
    let error = try await startFetcher().failure(
      makeRequest(server.url()) {
        $0.maxRedirects = 20
        $0.timeout = .milliseconds(1000)
      })
    #expect(error?.class == .timeout, "\(error?.message ?? "")")
    #expect(start.duration(to: .now) < .seconds(6))
  }
}

/// Requests in a group are made where somebody lives.
private actor Asking {
  func failure(of request: FetchRequest, by fetcher: Fetcher, in group: FetchGroup) async -> FetchError? {
    do throws(FetchError) {
      _ = try await fetcher.fetch(PreparedRequest(request), in: group, for: self)
      return nil
    } catch {
      return error
    }
  }
}
