public import TickerModel

/// One HTTP request with all its bounds. Pure value.
public struct FetchRequest: Sendable, Equatable {
  /// What is asked.
  public enum Method: Sendable, Equatable {
    case get
    /// With this body, sent as it is.
    case post([UInt8])
  }

  /// What becomes of an answer that is larger than `maxBody`.
  public enum Overflow: Sendable, Equatable {
    /// An error of class `body`: half a document is worse than none.
    case fail
    /// The rest is not read, and the status decides. Nor does anything else matter that happens after a complete head
    /// (a broken or slow body): whoever answered has the request.
    case cut
  }

  /// GET, or POST with its body.
  public var method: Method
  /// `http` or `https`; anything else is an error of class `url`.
  public var url: String
  /// In this order; `Host`, `Content-Length` and the like are libcurl's. A `User-Agent` here replaces the fetcher's.
  public var headers: [Header] = []
  /// From the start of the transfer (not of the wait for a free place) to the last byte, redirects included.
  public var timeout: Duration
  /// For name lookup, connection and TLS together.
  public var connectTimeout: Duration = FetchRequest.connectTimeout
  /// Bytes after decompression.
  public var maxBody: Int
  /// What becomes of an answer beyond `maxBody`.
  public var overflow: Overflow = .fail
  /// 0 hands a redirect back as an answer; more are followed within http and https.
  public var maxRedirects: Int = 0
  /// Private networks this request may reach.
  public var allowNet: [NetworkRange] = []
  /// Headers of the operator's, a proxy, certificates.
  public var access = FetchAccess()
  /// Errors name the host alone.
  public var urlIsSecret: Bool = false

  /// A request without headers, redirects and private networks.
  public init(_ method: Method = .get, url: String, timeout: Duration, maxBody: Int) {
    self.method = method
    self.url = url
    self.timeout = timeout
    self.maxBody = maxBody
  }

  /// What is sent to the host of the URL: the operator's headers take the place of the program's own.
  var sentHeaders: [Header] {
    access.headers.isEmpty ? headers : headers.filter { access.headers.first($0.name) == nil } + access.headers
  }

  /// A host that takes longer to be reached is down for a news desk.
  public static let connectTimeout = Duration.seconds(5)
  /// Redirects a source may take: a moved page, its https, its host, its language, and one to spare.
  public static let sourceRedirects = 5
}
