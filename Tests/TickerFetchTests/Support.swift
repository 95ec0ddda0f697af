import TestSupport
import TickerFetch
import TickerModel

let loopback = networks("127.0.0.0/8")

func networks(_ texts: String...) -> [NetworkRange] { texts.compactMap { NetworkRange($0) } }

func startFetcher(maxTransfers: Int = 16) throws -> Fetcher {
  try Fetcher(maxTransfers: maxTransfers, userAgent: "tickerd-test/1")
}

/// A request that may reach loopback; `change` adds what a test is about.
func makeRequest(
  _ url: String, _ method: FetchRequest.Method = .get, change: (inout FetchRequest) -> Void = { _ in }
) -> FetchRequest {
  var request = FetchRequest(method, url: url, timeout: .seconds(20), maxBody: 1 << 20)
  request.allowNet = loopback
  change(&request)
  return request
}

extension Fetcher {
  func outcome(_ request: FetchRequest) async -> Result<FetchResponse, FetchError> {
    do throws(FetchError) {
      return .success(try await fetch(request))
    } catch {
      return .failure(error)
    }
  }

  /// The error of a request that should fail; nil when it does not.
  func failure(_ request: FetchRequest) async -> FetchError? {
    if case .failure(let error) = await outcome(request) { error } else { nil }
  }
}

extension FetchResponse {
  var text: String { String(decoding: body, as: UTF8.self) }
}
