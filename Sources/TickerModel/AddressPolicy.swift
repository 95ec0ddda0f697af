/// Which addresses a request may reach: public ones, and private ones that the operator named. Pure.
public enum AddressPolicy {
  /// Why `address` is refused (`loopback`, `private`, …, with the network that matched); nil when it may be reached.
  /// Judges the address that embeds another (IPv4-mapped, NAT64, 6to4) by both.
  public static func refusal(of address: NetworkAddress, allowing allowed: [NetworkRange]) -> Refusal? {
    guard !allowed.contains(where: { $0.contains(address) }) else { return nil }
    if let inner = embedded(in: address) {
      return allowed.contains(where: { $0.contains(inner) })
        ? nil : refusal(of: inner, allowing: allowed) ?? reserved(address)
    }
    return reserved(address)
  }

  /// A refused address with the reason.
  public struct Refusal: Error, Sendable, Equatable {
    public let address: NetworkAddress
    public let network: NetworkRange
    public let reason: String

    /// The line an operator would add to allow exactly this address.
    public var remedy: String { "allow_net = [\"\(address.text)/\(address.bytes.count * 8)\"]" }
  }

  private static func reserved(_ address: NetworkAddress) -> Refusal? {
    networks.first { $0.range.contains(address) }.map {
      Refusal(address: address, network: $0.range, reason: $0.reason)
    }
  }

  /// The IPv4 address inside an IPv4-mapped (`::ffff:0:0/96`) or NAT64 (`64:ff9b::/96`) or 6to4 (`2002::/16`) address.
  private static func embedded(in address: NetworkAddress) -> NetworkAddress? {
    let bytes = address.bytes
    guard bytes.count == 16 else { return nil }
    if mapped.contains(address) || nat64.contains(address) { return NetworkAddress(bytes: Array(bytes[12...])) }
    return sixToFour.contains(address) ? NetworkAddress(bytes: Array(bytes[2..<6])) : nil
  }

  private static func range(_ text: String) -> NetworkRange {
    guard let range = NetworkRange(text) else { preconditionFailure("not a network: \(text)") }
    return range
  }

  private static let mapped = range("::ffff:0:0/96")
  private static let nat64 = range("64:ff9b::/96")
  private static let sixToFour = range("2002::/16")

  /// IANA's special-purpose registries (RFC 6890 and its updates), narrower reasons before wider ones.
  private static let networks: [(range: NetworkRange, reason: String)] = [
    ("169.254.169.254/32", "cloud metadata"), ("169.254.170.2/32", "cloud metadata"),
    ("100.100.100.200/32", "cloud metadata"), ("fd00:ec2::254/128", "cloud metadata"),
    ("0.0.0.0/8", "this network"), ("10.0.0.0/8", "private"), ("100.64.0.0/10", "shared address space"),
    ("127.0.0.0/8", "loopback"), ("169.254.0.0/16", "link-local"), ("172.16.0.0/12", "private"),
    ("192.0.0.0/24", "reserved"), ("192.0.2.0/24", "documentation"), ("192.88.99.0/24", "6to4 relay"),
    ("192.168.0.0/16", "private"), ("198.18.0.0/15", "benchmarking"), ("198.51.100.0/24", "documentation"),
    ("203.0.113.0/24", "documentation"), ("224.0.0.0/4", "multicast"), ("240.0.0.0/4", "reserved"),
    ("::/128", "unspecified"), ("::1/128", "loopback"), ("::/96", "IPv4-compatible"), ("::ffff:0:0:0/96", "translated"),
    ("64:ff9b::/96", "NAT64"), ("64:ff9b:1::/48", "local NAT64"), ("100::/64", "discard only"), ("2001::/32", "Teredo"),
    ("2001::/23", "reserved"), ("2001:db8::/32", "documentation"), ("2002::/16", "6to4"),
    ("3fff::/20", "documentation"),
    ("5f00::/16", "segment routing"), ("fc00::/7", "private"), ("fe80::/10", "link-local"), ("fec0::/10", "site-local"),
    ("ff00::/8", "multicast"),
  ].map { (range($0.0), $0.1) }
}
