import ArgumentParser
import Glibc
import TickerModel

/// An address and port to listen on, as written on the command line.
struct ListenAddress: ExpressibleByArgument, Equatable {
  let address: NetworkAddress
  let port: UInt16

  /// Only this machine reaches it; 9099 is in nobody's way.
  static let standard = ListenAddress(address: loopback, port: 9099)

  /// `HOST:PORT` with an IPv4 address, an IPv6 address in brackets, or `localhost`; `PORT` alone is on 127.0.0.1.
  init?(argument: String) {
    let colon = argument.lastIndex(of: ":")
    let host = colon.map { argument[..<$0] } ?? "localhost"
    let digits = colon.map { argument[argument.index(after: $0)...] } ?? argument[...]
    guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(digits),
      let address = Self.address(String(host))
    else { return nil }
    self.init(address: address, port: port)
  }

  init(address: NetworkAddress, port: UInt16) {
    self.address = address
    self.port = port
  }

  var text: String { address.bytes.count == 4 ? "\(address.text):\(port)" : "[\(address.text)]:\(port)" }
  var defaultValueDescription: String { text }

  /// Calls `body` with the address in the kernel's form.
  func withSocketAddress<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    address.bytes.count == 4 ? withVersion4(body) : withVersion6(body)
  }
}

extension ListenAddress {
  private static let loopback: NetworkAddress = {
    guard let address = NetworkAddress(bytes: [127, 0, 0, 1]) else { preconditionFailure("four bytes are an address") }
    return address
  }()

  private static func address(_ host: String) -> NetworkAddress? {
    if host == "localhost" { return loopback }
    guard host.hasPrefix("["), host.hasSuffix("]") else { return host.contains(":") ? nil : NetworkAddress(host) }
    let inside = String(host.dropFirst().dropLast())
    return inside.contains(":") ? NetworkAddress(inside) : nil
  }

  private func withVersion4<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    var form = sockaddr_in()
    form.sin_family = sa_family_t(AF_INET)
    form.sin_port = port.bigEndian
    withUnsafeMutableBytes(of: &form.sin_addr) { $0.copyBytes(from: address.bytes) }
    return withUnsafePointer(to: &form) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
  }

  private func withVersion6<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    var form = sockaddr_in6()
    form.sin6_family = sa_family_t(AF_INET6)
    form.sin6_port = port.bigEndian
    withUnsafeMutableBytes(of: &form.sin6_addr) { $0.copyBytes(from: address.bytes) }
    return withUnsafePointer(to: &form) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in6>.size)) }
    }
  }
}
