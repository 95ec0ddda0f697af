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
  private let socket: OwnedSocket

  /// Connects to the socket at `path`.
  /// - Parameter isStalled: never reads, as a suspended client.
  public init(path: String, isStalled: Bool = false) throws {
    let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
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
    socket = OwnedSocket(descriptor)
    if !isStalled { try startReading() }
  }

  deinit { socket.shutDown(SHUT_RDWR) }

  /// Sends one line.
  public func send(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    socket.use { _ = Glibc.send($0, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }
  }

  /// Ends the writing side only, as `nc` does at the end of its input.
  public func endWriting() { socket.shutDown(SHUT_WR) }

  /// Ends both sides.
  public func end() { socket.shutDown(SHUT_RDWR) }

  private func startReading() throws {
    try LoopbackThread.start { [socket, received] in
      while let piece = socket.receive() { received.change { $0.take(piece) } }
      received.change { $0.isAtEnd = true }
    }
  }
}

extension SocketLines.Received {
  fileprivate mutating func take(_ bytes: [UInt8]) {
    var pieces = (rest + bytes).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    rest = Array(pieces.removeLast())
    lines += pieces.map { String(decoding: $0, as: UTF8.self) }
  }
}

/// A socket that is closed when nobody holds it any more, so that its number is never another's before.
private final class OwnedSocket: Sendable {
  private let descriptor: Int32

  init(_ descriptor: Int32) { self.descriptor = descriptor }

  deinit { close(descriptor) }

  func use(_ body: (Int32) -> Void) { body(descriptor) }

  func shutDown(_ sides: Int) { shutdown(descriptor, Int32(sides)) }

  /// Blocks; nil at the end.
  func receive() -> [UInt8]? {
    var piece = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = recv(descriptor, &piece, piece.count, 0)
      if count > 0 { return Array(piece[..<count]) }
      if count == 0 || errno != EINTR { return nil }
    }
  }
}

/// The datagrams that a service sends to its manager (sd_notify(3)).
public final class NotifySocket: Sendable {
  /// One element per datagram.
  public let messages = Watched<[String]>([])
  private let socket: OwnedSocket

  /// Binds `path`, replacing what is there.
  public init(path: String) throws {
    let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    socket = OwnedSocket(descriptor)
    unlink(path)
    var name = UnixAddress.named(path)
    let length = socklen_t(MemoryLayout<sockaddr_un>.size)
    let isBound = withUnsafePointer(to: &name) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) == 0 }
    }
    guard isBound else { throw Program.NotStarted(path: path, code: errno) }
    try LoopbackThread.start { [socket, messages] in
      while let piece = socket.receive() {
        let message = String(decoding: piece, as: UTF8.self)
        messages.change { $0.append(message) }
      }
    }
  }

  deinit { socket.shutDown(SHUT_RDWR) }
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
