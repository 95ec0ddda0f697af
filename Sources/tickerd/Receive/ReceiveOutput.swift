import Glibc

/// Whole lines to a standard descriptor, written with write(2): Glibc's `stdout` is no safe global in Swift.
struct ReceiveOutput {
  private let descriptor: Int32

  static let standardOutput = ReceiveOutput(descriptor: STDOUT_FILENO)
  static let standardError = ReceiveOutput(descriptor: STDERR_FILENO)

  /// Blocks until the line is written; 0, or the errno that stopped it.
  @discardableResult
  func write(line: String) -> Int32 { write(line: Array(line.utf8)) }

  /// Blocks until the line is written; 0, or the errno that stopped it.
  @discardableResult
  func write(line: [UInt8]) -> Int32 {
    var rest = (line + [UInt8(ascii: "\n")])[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count >= 0 {
        rest = rest.dropFirst(count)
      } else if errno == EAGAIN {
        // Whoever shares this terminal or pipe made it non-blocking.
        var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&ready, 1, -1)
      } else if errno != EINTR {
        return errno
      }
    }
    return 0
  }
}

/// What stops a receiver: the operation, its subject and the cause.
struct ReceiveError: Error, CustomStringConvertible {
  let description: String

  init(_ operation: String, code: Int32, remedy: String = "") {
    description = "\(operation): \(Self.reason(code))\(remedy)"
  }

  /// The system's words for an errno.
  static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }
}
