import Glibc

/// Why a socket could not be opened, reached or used; one sentence that says what to do next where that is known.
public struct SocketError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What went wrong, as far as a program must tell it apart.
  public enum Kind: Sendable, Equatable {
    /// A call of the operating system failed.
    case system
    /// Another process listens on the path.
    case inUse
    /// Nobody listens on the path.
    case unreachable
    /// Not within the given time.
    case timeout
    /// The other side does not speak the protocol.
    case `protocol`
    /// The other side ended the connection.
    case closed
    /// Nobody reads ``SocketClient/watchedOutput`` any more.
    case readerGone
  }

  /// For programs.
  public let kind: Kind
  /// Contains no secret; a path appears as the operator wrote it.
  public let description: String

  /// `description` is a sentence for a person.
  public init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }

  init(_ operation: String, errno code: Int32) {
    self.init(.system, "cannot \(operation): \(Self.text(of: code))")
  }

  static func text(of code: Int32) -> String {
    // strerror's buffer is shared between threads; strerror_r's is ours.
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { buffer in
      buffer.initialize(repeating: 0)
      guard let start = buffer.baseAddress else { return "error \(code)" }
      return strerror_r(code, start, buffer.count) == 0 ? String(cString: start) : "error \(code)"
    }
  }
}
