/// Which addresses a request may reach: public ones, and others that the operator named. Pure.
public enum AddressPolicy {
  /// Why `address` is refused (`loopback`, `private`, …, with the network that matched); nil when it may be reached.
  ///
  /// What names an address exactly allows it. A wider network allows what lies in it, with two exceptions: metadata
  /// services must be named exactly, and an address that stands for another (NAT64, 6to4) is judged by that one too.
  public static func refusal(of address: NetworkAddress, allowing allowed: [NetworkRange]) -> Refusal? {
    if allowed.contains(where: { $0.isExactly(address) }) { return nil }
    guard let refusal = special(address) else { return nil }
    let inner = embedded(in: address)
    // For the kernel a mapped address is the IPv4 address: what names that one, names it.
    let names = [address] + (mapped.contains(address) ? inner.map { [$0] } ?? [] : [])
    let isNamed = allowed.contains { network in names.contains { network.contains($0) } }
    guard isNamed, refusal.reason != metadata else { return refusal }
    return inner.flatMap { Self.refusal(of: $0, allowing: allowed) }
      .map { Refusal(address: address, network: $0.network, reason: "\(refusal.reason) of \($0.reason)") }
  }

  /// A refused address with the reason.
  public struct Refusal: Error, Sendable, Equatable {
    /// As it would have been connected to.
    public let address: NetworkAddress
    /// The special network it is in, or the one the embedded address is in.
    public let network: NetworkRange
    /// A word or two: `loopback`, `private`, …
    public let reason: String

    /// The line an operator would add to allow exactly this address.
    public var remedy: String { "allow_net = [\"\(address.text)/\(address.bytes.count * 8)\"]" }
  }

  private static func special(_ address: NetworkAddress) -> Refusal? {
    if let network = networks.first(where: { $0.range.contains(address) }) {
      return Refusal(address: address, network: network.range, reason: network.reason)
    }
    // ISATAP (RFC 5214 §6.1) in anybody's public network: what the last four bytes spell is reached by its router.
    guard isatap.contains(where: { address.bytes.dropFirst(8).starts(with: $0) }),
      let inner = NetworkAddress(bytes: Array(address.bytes.suffix(4))).flatMap(special)
    else { return nil }
    return Refusal(address: address, network: inner.network, reason: "ISATAP of \(inner.reason)")
  }

  private static let isatap: [[UInt8]] = [[0, 0, 0x5E, 0xFE], [2, 0, 0x5E, 0xFE]]

  /// The IPv4 address inside an IPv4-mapped (RFC 4291 §2.5.5.2), NAT64 (RFC 6052) or 6to4 (RFC 3056) address.
  private static func embedded(in address: NetworkAddress) -> NetworkAddress? {
    let bytes = address.bytes
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
  /// Credentials of the machine itself are handed out there: a slip of the pen in a wider network must not reach them.
  private static let metadata = "cloud metadata"

  /// IANA's special-purpose registries (RFC 6890 and its updates), multicast (RFC 5771, RFC 4291 §2.7), reserved space and
  /// well-known metadata services; the first match gives the reason.
  /// https://www.iana.org/assignments/iana-ipv4-special-registry https://www.iana.org/assignments/iana-ipv6-special-registry
  private static let networks: [(range: NetworkRange, reason: String)] = [
    // EC2 and most others, ECS, EKS, Alibaba, Azure's WireServer, Oracle; EC2, EKS and Google over IPv6.
    ("169.254.169.254/32", metadata), ("169.254.170.2/32", metadata), ("169.254.170.23/32", metadata),
    ("100.100.100.200/32", metadata), ("168.63.129.16/32", metadata), ("192.0.0.192/32", metadata),
    ("fd00:ec2::254/128", metadata), ("fd00:ec2::23/128", metadata), ("fd20:ce::254/128", metadata),

    ("0.0.0.0/8", "this network"), ("10.0.0.0/8", "private"), ("100.64.0.0/10", "shared address space"),
    ("127.0.0.0/8", "loopback"), ("169.254.0.0/16", "link-local"), ("172.16.0.0/12", "private"),
    ("192.0.0.0/24", "reserved"), ("192.0.2.0/24", "documentation"), ("192.88.99.0/24", "6to4 relay"),
    ("192.168.0.0/16", "private"), ("198.18.0.0/15", "benchmarking"), ("198.51.100.0/24", "documentation"),
    ("203.0.113.0/24", "documentation"), ("224.0.0.0/4", "multicast"), ("240.0.0.0/4", "reserved"),

    ("::/128", "unspecified"), ("::1/128", "loopback"), ("::ffff:0:0/96", "IPv4-mapped"), ("::/96", "IPv4-compatible"),
    ("::ffff:0:0:0/96", "IPv4-translated"), ("64:ff9b::/96", "NAT64"), ("64:ff9b:1::/48", "local NAT64"),
    ("100::/64", "discard only"), ("2001::/32", "Teredo"), ("2001::/23", "reserved"),
    ("2001:db8::/32", "documentation"),
    ("2002::/16", "6to4"), ("3fff::/20", "documentation"), ("5f00::/16", "segment routing"), ("fc00::/7", "private"),
    ("fe80::/10", "link-local"), ("fec0::/10", "site-local"), ("ff00::/8", "multicast"),
    // IANA assigns global unicast from 2000::/3 alone (RFC 4291 §2.4): the rest is nobody's.
    ("::/3", "reserved"), ("4000::/2", "reserved"), ("8000::/1", "reserved"),
  ].map { (range($0.0), $0.1) }
}

extension NetworkRange {
  fileprivate func isExactly(_ other: NetworkAddress) -> Bool {
    prefix == address.bytes.count * 8 && contains(other)
  }
}
