public import TickerFetch
public import TickerModel
import TickerText

/// Where an endpoint's webhooks go, with its secrets resolved. A value that must not be logged.
public struct EndpointAddress: Sendable, Equatable {
  /// The endpoint's name in the configuration.
  public let name: String
  /// `http` or `https`; may hold secrets.
  public let url: String
  /// Errors and kept answers show no part of the URL but its host.
  public let urlIsSecret: Bool
  /// Newest first; a signature for each. Empty: unsigned.
  public let keys: [WebhookKey]
  /// Private networks the endpoint may be in.
  public let allowNet: [NetworkRange]
  /// For one whole attempt.
  public let timeout: Duration
  /// Headers of the operator's, and a proxy.
  public let access: FetchAccess

  /// `url` is `http` or `https`.
  public init(
    name: String, url: String, urlIsSecret: Bool = false, keys: [WebhookKey] = [], allowNet: [NetworkRange] = [],
    timeout: Duration = Defaults.webhookTimeout, access: FetchAccess = FetchAccess()
  ) {
    self.name = name
    self.url = url
    self.urlIsSecret = urlIsSecret
    self.keys = keys
    self.allowNet = allowNet
    self.timeout = timeout
    self.access = access
  }
}

/// An endpoint whose URL and headers were checked once, for many attempts. A class only because every attempt holds it.
/// Immutable; must not be logged.
public final class PreparedEndpoint: Sendable {
  public let address: EndpointAddress
  /// What each attempt adds its body and headers to; or why there can be none.
  fileprivate let place: Result<PreparedRequest, FetchError>
  /// What no kept answer may show.
  fileprivate let secrets: [String]

  public init(_ address: EndpointAddress) {
    self.address = address
    var headers = address.access.headers
    do throws(FetchError) {
      let request = try PreparedRequest(WebhookSender.request(to: address))
      // With the login of the URL.
      headers = request.request.access.headers
      place = .success(request)
    } catch {
      place = .failure(error)
    }
    secrets = KeptAnswer.secrets(
      in: address.url, urlIsSecret: address.urlIsSecret, headers: headers, proxy: address.access.proxy)
  }
}

/// Makes single attempts to deliver webhooks. It decides nothing: when to try again is ``RetryPolicy``'s. Any task.
public struct WebhookSender: Sendable {
  private let fetcher: Fetcher

  /// Sends through `fetcher`, whose places it shares with the sources.
  public init(fetcher: Fetcher) { self.fetcher = fetcher }

  /// Bytes of an answer that are read; the status decides, the rest is for people.
  public static let longestAnswer = 64 << 10
  /// To resolve, connect and agree on TLS.
  public static let connectTimeout = Duration.seconds(5)

  /// Attempt number `number` (the first is 1) to bring `message` to `endpoint`, stamped and signed with `now`. Nil when
  /// it was cancelled, or the fetcher stopped: then nothing is known, and nothing is to be counted.
  public func attempt(
    _ message: WebhookMessage, number: Int, to endpoint: PreparedEndpoint, now: Timestamp
  ) async -> AttemptOutcome? {
    let start = ContinuousClock.now
    let result: Result<FetchResponse, FetchError>
    do throws(FetchError) {
      result = .success(try await fetcher.fetch(Self.request(message, number: number, to: endpoint, now: now)))
    } catch {
      result = .failure(error)
    }
    return Self.outcome(result, of: endpoint, after: start.duration(to: .now), from: now)
  }

  /// The same for a caller that has no task: `completion` is called once, on the fetcher's thread or before this
  /// returns, and must not block.
  public func start(
    _ message: WebhookMessage, number: Int, to endpoint: PreparedEndpoint, now: Timestamp,
    completion: @escaping @Sendable (AttemptOutcome?) -> Void
  ) {
    let start = ContinuousClock.now
    let complete: @Sendable (Result<FetchResponse, FetchError>) -> Void = { result in
      completion(Self.outcome(result, of: endpoint, after: start.duration(to: .now), from: now))
    }
    do throws(FetchError) {
      fetcher.start(try Self.request(message, number: number, to: endpoint, now: now), completion: complete)
    } catch {
      complete(.failure(error))
    }
  }
}

extension WebhookSender {
  /// What ``attempt(_:number:to:now:)`` sends.
  public static func request(
    _ message: WebhookMessage, number: Int, to endpoint: EndpointAddress, now: Timestamp
  ) -> FetchRequest {
    var request = request(to: endpoint)
    request.method = .post(message.body)
    request.headers = headers(message, number: number, keys: endpoint.keys, now: now)
    return request
  }

  fileprivate static func request(
    _ message: WebhookMessage, number: Int, to endpoint: PreparedEndpoint, now: Timestamp
  ) throws(FetchError) -> PreparedRequest {
    let place = try endpoint.place.get()
    var headers = place.headerText()
    fill(&headers, message, number: number, keys: endpoint.address.keys, now: now)
    return try PreparedRequest(to: place, body: message.body, headers: headers)
  }

  /// The same for a request that is made once.
  private static func headers(
    _ message: WebhookMessage, number: Int, keys: [WebhookKey], now: Timestamp
  ) -> [Header] {
    var headers = HeaderText()
    fill(&headers, message, number: number, keys: keys, now: now)
    return headers.headers
  }

  private static func fill(
    _ headers: inout HeaderText, _ message: WebhookMessage, number: Int, keys: [WebhookKey], now: Timestamp
  ) {
    let seconds = now.milliseconds / 1000
    let signature = WebhookSignature.sign(id: message.id, timestamp: seconds, body: message.body, keys: keys)
    headers.add("content-type", message.contentType.utf8)
    headers.add("webhook-id", message.id.utf8)
    headers.add("webhook-timestamp", String(seconds).utf8)
    if !signature.isEmpty { headers.add("webhook-signature", signature.utf8) }
    headers.add("tickerd-attempt", String(number).utf8)
  }

  /// Without body and the headers of an attempt.
  fileprivate static func request(to endpoint: EndpointAddress) -> FetchRequest {
    var request = FetchRequest(.post([]), url: endpoint.url, timeout: endpoint.timeout, maxBody: longestAnswer)
    request.connectTimeout = connectTimeout
    request.overflow = .cut
    request.maxRedirects = 0
    request.allowNet = endpoint.allowNet
    request.urlIsSecret = endpoint.urlIsSecret
    request.access = endpoint.access
    return request
  }

  private static func outcome(
    _ result: Result<FetchResponse, FetchError>, of endpoint: PreparedEndpoint, after duration: Duration,
    from now: Timestamp
  ) -> AttemptOutcome? {
    switch result {
    case .success(let response): outcome(response, of: endpoint, after: duration, from: now)
    case .failure(let error) where error.class == .cancelled: nil
    case .failure(let error):
      AttemptOutcome(result: .failed(class: error.class.rawValue, message: error.message), duration: duration)
    }
  }

  private static func outcome(
    _ response: FetchResponse, of endpoint: PreparedEndpoint, after duration: Duration, from now: Timestamp
  ) -> AttemptOutcome {
    let control = DeliveryControl(response.headers)
    // What a receiver says to a success nobody reads.
    guard !(200...299).contains(response.status) else {
      return AttemptOutcome(
        result: .answered(status: response.status), address: response.address, duration: duration, control: control)
    }
    let header = response.headers.first("retry-after").flatMap { RetryAfter.wait($0.text, from: now + duration) }
    return AttemptOutcome(
      result: .answered(status: response.status), address: response.address, duration: duration,
      retryAfter: header ?? (response.status == 429 ? ThrottledBody.wait(response.body) : nil),
      control: control,
      keptAnswer: KeptAnswer.text(response.body, hiding: endpoint.secrets))
  }
}
