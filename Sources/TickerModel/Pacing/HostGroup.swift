import TickerText

/// Which hosts answer for each other: the owner of a public name, one service of a private host (DECISIONS 36). Pure.
public struct HostGroup: Sendable, Hashable {
  public let name: String
  /// On this machine or in a private network, as far as the URL tells.
  public let isLocal: Bool

  /// - Parameters:
  ///   - url: what is asked.
  ///   - override: `host_group`, where the source has one.
  public init(url: String, override: String?) {
    let parts = URLParts(url)
    let host = parts.host
    let domain = RegistrableDomain.of(host)
    isLocal = Self.isLocal(host, scheme: parts.scheme)
    if let override {
      name = override
    } else if parts.scheme == "file" {
      name = "file"
    } else if let domain {
      name = domain
    } else {
      // Of a host without an owner's name each port is a service of its own: a bridge, a mirror, a test.
      name = host + (parts.port.map { ":\($0)" } ?? "")
    }
  }

  private static func isLocal(_ host: String, scheme: String) -> Bool {
    if scheme == "file" || !host.contains(".") && !host.contains(":") || host.hasSuffix(".localhost") { return true }
    guard let address = NetworkAddress(host) else { return false }
    return AddressPolicy.refusal(of: address, allowing: []) != nil
  }
}
