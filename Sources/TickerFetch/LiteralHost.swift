import Glibc
public import TickerModel

/// Hosts that stand for an address without a name server. Pure; any thread.
public enum LiteralHost {
  /// The address that `host` is in one of its spellings: decimal, octal and hexadecimal numbers of one to four parts, IPv6
  /// with or without brackets and zone, a dot at the end, and the names that always mean loopback (RFC 6761 §6.3). Nil for
  /// any other name.
  public static func address(_ host: String) -> NetworkAddress? {
    var name = host.lowercased()
    if name.hasPrefix("["), name.hasSuffix("]") { name = String(name.dropFirst().dropLast()) }
    if name.hasSuffix(".") { name.removeLast() }
    if name == "localhost" || name.hasSuffix(".localhost") { return NetworkAddress(bytes: [127, 0, 0, 1]) }
    // A zone names an interface of this machine, not another address (RFC 4007 §11).
    if name.contains(":"), let zone = name.firstIndex(of: "%") { name = String(name[..<zone]) }
    return NetworkAddress(name) ?? oldForm(name)
  }

  /// What inet_aton(3) reads, as the resolver does with every name before it asks anyone.
  private static func oldForm(_ name: String) -> NetworkAddress? {
    // inet_aton reads up to a blank and is content.
    guard !name.isEmpty, name.utf8.allSatisfy({ isDigit($0) }) else { return nil }
    var address = in_addr()
    guard inet_aton(name, &address) != 0 else { return nil }
    return withUnsafeBytes(of: address) { NetworkAddress(bytes: Array($0)) }
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "x"),
      UInt8(ascii: "."):
      true
    default: false
    }
  }
}
