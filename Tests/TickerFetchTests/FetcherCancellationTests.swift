import TestSupport
import Testing
import TickerFetch

@Suite(.timeLimit(.minutes(2))) struct FetcherCancellationTests {
  @Test func beforeTheRequestItStillTakesEffect() async throws {
    let server = try LoopbackServer { _ in .text("x") }
    let fetcher = try startFetcher()
    let gate = Gate()
    let task = Task {
      await gate.opened()  // returns at once when cancelled
      return await fetcher.failure(makeRequest(server.url()))
    }
    task.cancel()
    #expect(await task.value?.class == .cancelled)
    // A later request goes through; had the cancelled one been sent, it would stand before it.
    _ = try await fetcher.fetch(makeRequest(server.url("/later")))
    #expect(server.requests.map(\.path) == ["/later"])
  }

  @Test func duringTheRequestItFreesThePlace() async throws {
    let server = try LoopbackServer { request in request.path == "/hang" ? .hang : .text("x") }
    let fetcher = try startFetcher(maxTransfers: 1)
    let running = Task { await fetcher.failure(makeRequest(server.url("/hang"))) }
    await server.received(count: 1)
    let queued = Task { await fetcher.failure(makeRequest(server.url("/queued"))) }
    queued.cancel()
    #expect(await queued.value?.class == .cancelled)
    running.cancel()
    #expect(await running.value?.class == .cancelled)
    #expect(try await fetcher.fetch(makeRequest(server.url("/next"))).text == "x")
    #expect(server.requests.map(\.path) == ["/hang", "/next"])
  }

  @Test func stopFailsWhatIsPending() async throws {
    let server = try LoopbackServer { _ in .hang }
    let fetcher = try startFetcher(maxTransfers: 2)
    let pending = (0..<6).map { _ in Task { await fetcher.failure(makeRequest(server.url())) } }
    await server.received(count: 2)
    fetcher.stop()
    for task in pending { #expect(await task.value?.class == .cancelled) }
    #expect(await fetcher.failure(makeRequest(server.url()))?.class == .cancelled)
    fetcher.stop()
  }

  @Test func randomCancellationsLoseNobody() async throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    print("randomCancellationsLoseNobody seed \(seed)")
    var random = SeededGenerator(seed: seed)
    let server = try LoopbackServer { request in .text(request.path) }
    let fetcher = try startFetcher(maxTransfers: 8)
    var tasks: [Task<Result<FetchResponse, FetchError>, Never>] = []
    for number in 0..<400 {
      tasks.append(Task { await fetcher.outcome(makeRequest(server.url("/\(number)"))) })
      if Bool.random(using: &random) { tasks[Int.random(in: 0...number, using: &random)].cancel() }
    }
    for (number, task) in tasks.enumerated() {
      switch await task.value {
      case .success(let response): #expect(response.text == "/\(number)")
      case .failure(let error): #expect(error.class == .cancelled && task.isCancelled, "\(error.message)")
      }
    }
  }
}

/// SplitMix64 (https://prng.di.unimi.it/splitmix64.c).
private struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}
