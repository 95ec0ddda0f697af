import CCurl  // whose headers own SOCK_STREAM where a whole module is compiled at once
import Glibc
public import TickerModel

/// What this machine's resolver says of a name (getaddrinfo(3)). Pure value.
public enum NameAnswer: Sendable, Equatable {
  /// At least one, at most ``mostAddresses``, the most promising first (RFC 6724).
  case addresses([NetworkAddress])
  /// The name has no address.
  case absent
  /// Nobody could say, with the resolver's words.
  case failed(String)

  /// The largest answers seen in the wild have some sixteen; all are tried within one connect timeout.
  public static let mostAddresses = 16
}

/// Asks the resolver of the machine.
public enum NameLookup {
  /// The longest name that DNS can hold (RFC 1035 §2.3.4).
  static let longestName = 253

  /// What `name` stands for. Blocks for as long as the resolver takes, which may be half a minute.
  public static func system(_ name: String) -> NameAnswer {
    guard !name.utf8.contains(0), name.utf8.count <= longestName + 1 else { return .absent }
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(name, nil, &hints, &list)
    guard code == 0 else {
      return code == EAI_NONAME || code == EAI_NODATA ? .absent : .failed(String(cString: gai_strerror(code)))
    }
    defer { freeaddrinfo(list) }
    var addresses: [NetworkAddress] = []
    var next = list
    while let entry = next, addresses.count < NameAnswer.mostAddresses {
      if let address = address(entry.pointee), !addresses.contains(address) { addresses.append(address) }
      next = entry.pointee.ai_next
    }
    return addresses.isEmpty ? .absent : .addresses(addresses)
  }

  /// "No address of the family asked for", which Glibc's module hides (netdb.h).
  private static let EAI_NODATA: Int32 = -5

  private static func address(_ entry: addrinfo) -> NetworkAddress? {
    guard let form = entry.ai_addr else { return nil }
    switch entry.ai_family {
    case AF_INET:
      return form.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { form in
        withUnsafeBytes(of: form.pointee.sin_addr) { NetworkAddress(bytes: Array($0)) }
      }
    case AF_INET6:
      return form.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { form in
        withUnsafeBytes(of: form.pointee.sin6_addr) { NetworkAddress(bytes: Array($0)) }
      }
    default: return nil
    }
  }
}
