import TickerModel

/// Where a request's connection goes: to the host of its URL, or to its proxy. Pure value.
struct Destination: Sendable {
  /// How its addresses are known.
  enum Place: Sendable {
    /// libcurl reads the address from the URL.
    case url
    /// It is spelled in a way that libcurl would ask a name server for.
    case address(NetworkAddress)
    case name(String)
  }

  /// As in the URL, lower-cased.
  let host: String
  let port: Int
  let place: Place

  /// libcurl's defaults for a proxy (https://curl.se/libcurl/c/CURLOPT_PROXY.html).
  private static let proxyPort = 1080
  private static let secureProxyPort = 443

  init(_ url: HTTPURL, proxy: String?) {
    if let proxy {
      let parts = URLParts(proxy)
      self.init(host: parts.host, port: parts.port ?? (parts.scheme == "https" ? Self.secureProxyPort : Self.proxyPort))
    } else {
      self.init(host: url.host, port: url.port)
    }
  }

  private init(host: String, port: Int) {
    self.host = host
    self.port = port
    let plain = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
    // The machine may know another address for this name.
    let isLocal = host.contains("localhost")
    place =
      if NetworkAddress(plain) != nil || host.contains("%") {
        .url
      } else if !isLocal,
        let address = LiteralHost.address(host)
      { .address(address) } else { .name(host) }
  }

  /// The name of libcurl's entry.
  var key: String { "\(host):\(port)" }

  /// An entry of CURLOPT_RESOLVE: all of `addresses`, tried as libcurl sees fit (RFC 8305).
  func entry(_ addresses: [NetworkAddress]) -> String {
    let texts = addresses.map { $0.bytes.count == 16 ? "[\($0.text)]" : $0.text }
    return "\(key):\(texts.joined(separator: ","))"
  }
}
