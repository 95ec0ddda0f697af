/// What a request carries for its server, and what it goes through, besides URL and protocol. A value that may hold
/// secrets: it must not be logged.
public struct FetchAccess: Sendable, Equatable {
  /// Sent to the host of the request's URL, and to no other that it redirects to.
  public var headers: [Header]
  /// An `http`, `https` or `socks5h` URL; nil: none, whatever the environment says. The address guard lets it pass, and
  /// refuses literal addresses behind it: what a name is behind it, only the proxy knows.
  public var proxy: String?
  /// A file of certificates to trust in place of the system's.
  public var caFile: String?
  /// Takes any certificate.
  public var insecure: Bool

  /// Nothing, directly, with certificates that the system trusts.
  public init(headers: [Header] = [], proxy: String? = nil, caFile: String? = nil, insecure: Bool = false) {
    self.headers = headers
    self.proxy = proxy
    self.caFile = caFile
    self.insecure = insecure
  }
}
