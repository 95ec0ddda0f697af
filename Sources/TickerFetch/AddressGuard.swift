import CCurl
import Glibc
import TickerModel

/// Judges every address a transfer would talk to, at the two places where libcurl shows the real one: before a socket is
/// opened (every spelling of a host ends there), and before a request is sent (the only one that runs on a kept
/// connection, which another request may have been allowed to open).
struct AddressGuard {
  let allowed: [NetworkRange]
  /// The addresses seen are the operator's proxy's, which is exempt; what is behind it was judged by its URL.
  private let isBehindProxy: Bool
  /// Why no address was found; nil as long as one was allowed.
  var refusal: AddressPolicy.Refusal? { hasAllowed ? nil : firstRefusal }
  /// Why the system gave no socket, an errno.
  private(set) var socketError: Int32?
  /// Where the request went.
  private(set) var peer: NetworkAddress?
  private var firstRefusal: AddressPolicy.Refusal?
  private var hasAllowed = false

  init(allowing allowed: [NetworkRange], behindProxy: Bool = false) {
    self.allowed = allowed
    isBehindProxy = behindProxy
  }

  /// CURLOPT_OPENSOCKETFUNCTION: a socket for this address, or CURL_SOCKET_BAD, after which libcurl tries the next one.
  mutating func openSocket(_ address: UnsafePointer<curl_sockaddr>) -> curl_socket_t {
    guard let network = Self.address(address), admit(network) else { return CURL_SOCKET_BAD }
    let type = address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue)
    let descriptor = socket(address.pointee.family, type, address.pointee.protocol)
    if descriptor < 0 { socketError = errno }
    return descriptor
  }

  /// CURLOPT_PREREQFUNCTION: whether a request may be sent to this address.
  mutating func admitRequest(to text: UnsafePointer<CChar>) -> Bool {
    hasAllowed = false
    // A text that is no address has no right to a request.
    peer = Self.address(text)
    return peer.map { admit($0) } ?? false
  }

  /// The same for an address that a request by the same rules was admitted to.
  mutating func admitAgain(_ address: NetworkAddress) { (peer, hasAllowed) = (address, true) }

  private mutating func admit(_ address: NetworkAddress) -> Bool {
    guard !isBehindProxy, let refusal = AddressPolicy.refusal(of: address, allowing: allowed) else {
      hasAllowed = true
      return true
    }
    firstRefusal = firstRefusal ?? refusal
    return false
  }

  /// inet_pton(3), which takes the strict forms only: done for every request.
  private static func address(_ text: UnsafePointer<CChar>) -> NetworkAddress? {
    let isVersion6 = strchr(text, Int32(UInt8(ascii: ":"))) != nil
    var bytes = [UInt8](repeating: 0, count: isVersion6 ? 16 : 4)
    return inet_pton(isVersion6 ? AF_INET6 : AF_INET, text, &bytes) == 1 ? NetworkAddress(bytes: bytes) : nil
  }

  /// The address bytes of a `sockaddr_in` or `sockaddr_in6`, which lie where curl_sockaddr declares a plain `sockaddr`.
  private static func address(_ pointer: UnsafePointer<curl_sockaddr>) -> NetworkAddress? {
    guard let start = MemoryLayout<curl_sockaddr>.offset(of: \.addr) else { return nil }
    let socketAddress = UnsafeRawPointer(pointer) + start
    switch pointer.pointee.family {
    case AF_INET:
      return withUnsafeBytes(of: socketAddress.loadUnaligned(as: sockaddr_in.self).sin_addr) {
        NetworkAddress(bytes: Array($0))
      }
    case AF_INET6:
      return withUnsafeBytes(of: socketAddress.loadUnaligned(as: sockaddr_in6.self).sin6_addr) {
        NetworkAddress(bytes: Array($0))
      }
    default: return nil
    }
  }
}
