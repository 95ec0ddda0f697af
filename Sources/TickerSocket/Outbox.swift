import CLinux
import Glibc

/// Bytes that a connection must take before anything else: answers, and the rest of a line that was cut by a full
/// socket. Pure value but for ``send(to:)``.
struct Outbox {
  /// A client that asks and does not read is asked no further beyond this: one longest answer.
  static let mostUnread = SocketProtocol.longestLine

  private var bytes: [UInt8] = []
  private var start = 0

  var count: Int { bytes.count - start }
  var isEmpty: Bool { start == bytes.count }
  var unsent: [UInt8] { Array(bytes[start...]) }

  mutating func append(_ more: [UInt8]) { bytes += more }

  /// Sends what the socket takes at once.
  mutating func send(to descriptor: Int32) -> Sent {
    while true {
      let result = bytes.withUnsafeMutableBytes { buffer in
        var piece = iovec(iov_base: buffer.baseAddress.map { $0 + start }, iov_len: buffer.count - start)
        return clinux_send(descriptor, &piece, 1)
      }
      if result < 0, errno == EINTR { continue }
      let sent = Sent(result, errno: errno)
      if result > 0 { drop(result) }
      return sent
    }
  }

  private mutating func drop(_ count: Int) {
    start += count
    guard start == bytes.count else { return }
    bytes = []
    start = 0
  }
}
