import TestSupport
import Testing
import TickerFetch
import TickerModel

/// Certificates of each kind, made here.
@Suite(.timeLimit(.minutes(2)), .enabled(if: TestAuthority.isAvailable, "there is no openssl program"))
struct TLSTests {
  @Test(
    arguments: [
      (.expired, true, "certificate has expired"), (.selfSigned, true, "self-signed certificate"),
      (.none, false, "unable to get local issuer certificate"),
      (.otherHost, true, "no alternative certificate subject name matches target host name '127.0.0.1'"),
    ] as [(TestAuthority.Flaw, Bool, String)])
  func namesWhatIsWrong(_ flaw: TestAuthority.Flaw, _ trusts: Bool, _ words: String) async throws {
    let authority = try await TestAuthority()
    let server = try await TLSServer(try await authority.certificate(flaw))
    let fetcher = try startFetcher()
    let error = await fetcher.failure(
      makeRequest(server.url()) { $0.access.caFile = trusts ? authority.file : nil })
    #expect(error?.class == .tls)
    #expect(error?.message.hasPrefix("\(server.url()): TLS failed: ") == true)
    #expect(error?.message.contains(words) == true, "\(error?.message ?? "fetched")")
    // Whoever says so takes it all the same; a kept connection is nobody else's.
    let taken = try await fetcher.fetch(makeRequest(server.url()) { $0.access.insecure = true })
    #expect(taken.status == 200)
    #expect(await fetcher.failure(makeRequest(server.url()))?.class == .tls)
  }

  @Test func trustsTheFileThatIsNamed() async throws {
    let authority = try await TestAuthority()
    let server = try await TLSServer(try await authority.certificate())
    let fetcher = try startFetcher()
    let response = try await fetcher.fetch(makeRequest(server.url()) { $0.access.caFile = authority.file })
    #expect(response.status == 200 && response.timing.secured > .zero)
    let missing = await fetcher.failure(makeRequest(server.url()) { $0.access.caFile = "/nowhere/ca.pem" })
    #expect(missing?.class == .tls)
  }

  /// The server takes HTTP/2, which it cannot speak: it understands nothing of what comes, and answers nothing. Whoever
  /// did not offer it would get its page.
  @Test func offersHTTP2() async throws {
    let authority = try await TestAuthority()
    let certificate = try await authority.certificate()
    let error = try await outcome(of: TLSServer(certificate, options: ["-www", "-alpn", "h2"]), authority)
    #expect(error?.class == .timeout, "\(error?.message ?? "fetched")")
    let http1 = try await outcome(of: TLSServer(certificate, options: ["-www", "-alpn", "http/1.1"]), authority)
    #expect(http1 == nil)
  }

  private func outcome(of server: TLSServer, _ authority: TestAuthority) async throws -> FetchError? {
    try await startFetcher().failure(
      makeRequest(server.url()) {
        $0.access.caFile = authority.file
        $0.timeout = .milliseconds(1500)
      })
  }
}
