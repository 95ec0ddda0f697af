import TestSupport
import Testing
import TickerFetch

/// Webhook answers: whoever answered has the event, however the answer goes on.
@Suite(.timeLimit(.minutes(2))) struct FetcherCutTests {
  static let bound = 64 << 10
  static let large = [UInt8](repeating: 0x61, count: 100_000)

  static let responses: [(String, LoopbackServer.Response, kept: Int, isCut: Bool)] = [
    ("small", .text("ok", status: 202), 2, false),
    ("long by length", .answer(status: 202, headers: [], body: large), bound, true),
    ("long by chunks", .chunked(status: 202, headers: [], chunks: [large], pause: .zero), bound, true),
    ("truncated", .raw(Array("HTTP/1.1 202 OK\r\nContent-Length: 9\r\n\r\nhalf".utf8)), 4, true),
    ("endless", .chunked(status: 202, headers: [], chunks: [[1], [2]], pause: .seconds(60)), 0, true),
  ]

  @Test(arguments: responses.indices) func theStatusDecides(index: Int) async throws {
    let (name, response, kept, isCut) = Self.responses[index]
    let server = try LoopbackServer { _ in response }
    let answer = try await startFetcher().fetch(
      makeRequest(server.url(), .post([1])) {
        $0.overflow = .cut
        $0.maxBody = Self.bound
        $0.timeout = name == "endless" ? .seconds(2) : .seconds(20)
      })
    #expect(answer.status == 202, "\(name)")
    #expect(answer.body.count == kept, "\(name)")
    #expect(answer.isCut == isCut, "\(name)")
  }

  static let noAnswers: [(LoopbackServer.Response, FetchError.Class)] = [
    (.close, .connect), (.hang, .timeout), (.raw(Array("HTTP/1.1 200 OK\r\nX: 1".utf8)), .protocol),
    (.raw(Array("HTTP/1.1 103 Early Hints\r\n\r\n".utf8)), .connect),
  ]

  @Test(arguments: noAnswers.indices) func withoutACompleteHeadNothingIsAnswered(index: Int) async throws {
    let server = try LoopbackServer { _ in Self.noAnswers[index].0 }
    let error = try await startFetcher().failure(
      makeRequest(server.url(), .post([1])) {
        $0.overflow = .cut
        $0.timeout = .milliseconds(500)
      })
    #expect(error?.class == Self.noAnswers[index].1)
  }
}
