import Glibc
import Synchronization

/// A plain client of a Unix stream socket, as `nc -U` is one: what it reads is collected line by line on a thread.
public final class SocketLines: Sendable {
  /// What came so far.
  public struct Received: Sendable, CustomStringConvertible {
    /// Complete lines, without their ends.
    public fileprivate(set) var lines: [String] = []
    /// Bytes after the last line's end.
    public fileprivate(set) var rest: [UInt8] = []
    /// The other side closed.
    public fileprivate(set) var isAtEnd = false
    public var description: String { lines.joined(separator: "\n") }
  }

  public let received = Watched(Received())
  private let descriptor: Int32

  /// Connects to the socket at `path`.
  /// - Parameter isStalled: never reads, as a suspended client.
  public init(path: String, isStalled: Bool = false) throws {
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var name = UnixAddress.named(path)
    let length = socklen_t(MemoryLayout<sockaddr_un>.size)
    let isConnected = withUnsafePointer(to: &name) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, length) == 0 }
    }
    guard isConnected else {
      let code = errno
      close(descriptor)
      throw Program.NotStarted(path: path, code: code)
    }
    if !isStalled { try startReading() }
  }

  deinit { shutdown(descriptor, Int32(SHUT_RDWR)) }

  /// Sends one line.
  public func send(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
  }

  /// Ends the writing side only, as `nc` does at the end of its input.
  public func endWriting() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// Ends both sides.
  public func end() { shutdown(descriptor, Int32(SHUT_RDWR)) }

  private func startReading() throws {
    try LoopbackThread.start { [descriptor, received] in
      var piece = [UInt8](repeating: 0, count: 64 << 10)
      while true {
        let count = recv(descriptor, &piece, piece.count, 0)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { break }
        let bytes = piece[..<count]
        received.change { $0.take(bytes) }
      }
      received.change { $0.isAtEnd = true }
      close(descriptor)
    }
  }
}

extension SocketLines.Received {
  fileprivate mutating func take(_ bytes: ArraySlice<UInt8>) {
    var pieces = (rest + bytes).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    rest = Array(pieces.removeLast())
    lines += pieces.map { String(decoding: $0, as: UTF8.self) }
  }
}

/// The datagrams that a service sends to its manager (sd_notify(3)).
public final class NotifySocket: Sendable {
  /// One element per datagram.
  public let messages = Watched<[String]>([])
  private let descriptor: Int32

  /// Binds `path`, replacing what is there.
  public init(path: String) throws {
    descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    unlink(path)
    var name = UnixAddress.named(path)
    let length = socklen_t(MemoryLayout<sockaddr_un>.size)
    let isBound = withUnsafePointer(to: &name) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) == 0 }
    }
    guard isBound else { throw Program.NotStarted(path: path, code: errno) }
    try LoopbackThread.start { [descriptor, messages] in
      var piece = [UInt8](repeating: 0, count: 4096)
      while true {
        let count = recv(descriptor, &piece, piece.count, 0)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { break }
        let message = String(decoding: piece[..<count], as: UTF8.self)
        messages.change { $0.append(message) }
      }
      close(descriptor)
    }
  }

  deinit { shutdown(descriptor, Int32(SHUT_RDWR)) }
}

enum UnixAddress {
  static func named(_ path: String) -> sockaddr_un {
    var name = sockaddr_un()
    name.sun_family = sa_family_t(AF_UNIX)
    precondition(path.utf8.count < MemoryLayout.size(ofValue: name.sun_path), "too long for a socket: \(path)")
    withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: path.utf8) }
    return name
  }
}
