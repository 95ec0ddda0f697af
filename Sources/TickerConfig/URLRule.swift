import TickerModel

/// What a URL must be to be fetched or posted to. Pure.
public enum URLRule {
  /// Where a source may be. `file` is taken only as written in the configuration, never from a redirect.
  public static let sourceSchemes = ["https", "http", "file"]
  /// Where a webhook, or a URL that is a secret, may point to.
  public static let webSchemes = ["https", "http"]

  /// Why `url` cannot be used, without showing any of it; nil when it can.
  public static func fault(in url: String, schemes: [String]) -> String? {
    guard url.utf8.count <= Bounds.urlBytes else { return "is longer than \(Bounds.urlBytes) bytes" }
    guard !url.unicodeScalars.contains(where: isForbidden) else {
      return "holds a space, control character, quote or backslash; such are written %20, %22, %5C"
    }
    let parts = URLParts(url)
    guard schemes.contains(parts.scheme) else {
      return "must begin with " + schemes.map { $0 + "://" }.joined(separator: " or ")
    }
    return parts.scheme == "file" ? faultInFile(parts) : faultInAuthority(parts)
  }

  /// How a proxy may be spoken to. With socks5h the proxy resolves names, as with http.
  static let proxySchemes = ["http", "https", "socks5h"]

  /// Why `url` cannot be a proxy, without showing any of it; nil when it can.
  public static func faultInProxy(_ url: String) -> String? {
    if let reason = fault(in: url, schemes: proxySchemes) { return reason }
    let parts = URLParts(url)
    guard ["", "/"].contains(parts.path), parts.query == nil, parts.fragment == nil else {
      return "must be a proxy's scheme, host and port alone"
    }
    return nil
  }

  /// The address that stands in `url` itself, where it is refused and no network of `allowed` covers it.
  static func refusal(of url: String, allowing allowed: [NetworkRange]) -> AddressPolicy.Refusal? {
    let host = URLParts(url).host
    // RFC 6761 §6.3: the name always means loopback.
    guard let address = NetworkAddress(host == "localhost" ? "127.0.0.1" : host) else { return nil }
    return AddressPolicy.refusal(of: address, allowing: allowed)
  }

  private static func faultInFile(_ parts: URLParts) -> String? {
    guard parts.authority.isEmpty || parts.authority == "localhost", parts.path.hasPrefix("/"), parts.path.count > 1
    else { return "must name an absolute path: file:///path" }
    return nil
  }

  private static func faultInAuthority(_ parts: URLParts) -> String? {
    let authority = parts.authority
    let bracketed = authority.hasPrefix("[")
    let hostEnd = bracketed ? authority.firstIndex(of: "]").map(authority.index(after:)) : authority.firstIndex(of: ":")
    let port = authority[(hostEnd ?? authority.endIndex)...]
    if bracketed {
      guard NetworkAddress(parts.host)?.bytes.count == 16 else { return "has a malformed IPv6 address in its brackets" }
    } else {
      guard authority.startIndex != hostEnd, !authority.isEmpty else { return "has no host" }
      guard !parts.host.contains(where: { "%{}|[]".contains($0) }) else { return "has a malformed host" }
    }
    guard port.isEmpty || isPort(port) else {
      return "has a port that is none of 1 to 65535 (an IPv6 address stands in brackets)"
    }
    return nil
  }

  private static func isPort(_ text: Substring) -> Bool {
    let digits = text.dropFirst()
    guard text.first == ":", digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = Int(digits) else {
      return false
    }
    return (1...65_535).contains(port)
  }

  private static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
    // A look into the tables of Unicode costs more than all else that is asked of a URL here.
    guard scalar.isASCII else {
      return scalar.properties.generalCategory == .control || scalar.properties.isWhitespace
    }
    return scalar.value <= 0x20 || scalar.value == 0x7F || "\"\\<>^`".unicodeScalars.contains(scalar)
  }
}
