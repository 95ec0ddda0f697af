import CLinux
import Glibc

/// A connection to a running daemon's `tickerd.sock`, with blocking calls: for commands, not for the daemon.
/// One thread at a time.
public final class SocketClient {
  /// Bytes of a line from the server; the protocol promises less.
  public static let longestLine = 1 << 20
  /// A local daemon answers at once, or is in trouble.
  public static let patience = Duration.seconds(10)

  /// What the server said first.
  public let hello: ServerHello
  private let stream: LineStream
  /// A pipe whose reader is wanted: when it leaves, waiting throws `readerGone`, without a word from the server. Nil: none.
  public var watchedOutput: Int32? {
    get { stream.watchedOutput }
    set { stream.watchedOutput = newValue }
  }

  private init(stream: LineStream, hello: ServerHello) {
    self.stream = stream
    self.hello = hello
  }

  /// Connects and reads the server's greeting. Throws `unreachable` when nobody listens on `path`.
  public static func connect(path: String, timeout: Duration = patience) throws(SocketError) -> SocketClient {
    let stream = try LineStream(path: path)
    guard let line = try stream.receive(timeout: timeout) else {
      throw SocketError(.closed, "the daemon on \(path) closed the connection at once")
    }
    switch ServerMessage(line) {
    case .hello(let hello)?: return SocketClient(stream: stream, hello: hello)
    case .bye(let code, _)?:
      throw SocketError(.closed, "the daemon on \(path) takes no more connections now (\(code)); try again later")
    default: throw SocketError(.protocol, "what listens on \(path) is no tickerd of this protocol")
    }
  }

  /// Sends one command, JSON or words; `line` must not contain a line feed.
  public func send(_ line: [UInt8]) throws(SocketError) { try stream.send(line + [UInt8(ascii: "\n")]) }

  /// Sends one command, JSON or words; `line` must not contain a line feed.
  public func send(_ line: String) throws(SocketError) { try send(Array(line.utf8)) }

  /// The next line without its line feed; nil when the server closed the connection. Waits for ever without a
  /// `timeout`, and throws `timeout` after it; the connection stays usable.
  public func receive(timeout: Duration? = nil) throws(SocketError) -> [UInt8]? {
    try stream.receive(timeout: timeout)
  }

  /// The next line, understood; nil when the server closed the connection.
  public func next(timeout: Duration? = nil) throws(SocketError) -> ServerMessage? {
    for _ in 0..<Self.mostBroken {
      guard let line = try receive(timeout: timeout) else { return nil }
      if let message = ServerMessage(line) { return message }
    }
    throw SocketError(.protocol, "the daemon sends lines that this program does not understand")
  }

  /// A daemon that went on after a crash ends the line that it cut, or sends an empty one.
  private static let mostBroken = 8

  /// Asks for events; the daemon's refusal is the result's failure. Items follow through ``next(timeout:)``.
  public func subscribe(
    _ request: SubscribeRequest, timeout: Duration = patience
  ) throws(SocketError) -> Result<Int, CommandFailure> {
    try send(request.line())
    while let message = try next(timeout: timeout) {
      switch message {
      case .ok(_, let sub?, _): return .success(sub)
      case .failure(_, let failure): return .failure(failure)
      case .bye(let code, _): throw SocketError(.closed, "the daemon ended the connection (\(code))")
      default: continue
      }
    }
    throw SocketError(.closed, "the daemon closed the connection")
  }

  /// Sends a command and waits for its answer, a whole `ok` or `pong` line; lines of subscriptions are passed over.
  public func ask(_ line: String, timeout: Duration = patience) throws(SocketError) -> Result<[UInt8], CommandFailure> {
    try send(line)
    while let message = try next(timeout: timeout) {
      switch message {
      case .ok(_, _, let line), .other(let line): return .success(line)
      case .failure(_, let failure): return .failure(failure)
      case .bye(let code, _): throw SocketError(.closed, "the daemon ended the connection (\(code))")
      default: continue
      }
    }
    throw SocketError(.closed, "the daemon closed the connection")
  }
}

/// The descriptor and the bytes between it and whole lines.
final class LineStream {
  let descriptor: Int32
  var watchedOutput: Int32?
  private var bytes: [UInt8] = []
  private var start = 0
  private var searched = 0

  init(path: String) throws(SocketError) {
    let address = try UnixAddress(path)
    descriptor = clinux_unix_socket()
    guard descriptor >= 0 else { throw SocketError("create a socket", errno: errno) }
    let failure = address.connect(descriptor)
    switch failure {
    case 0: return
    case ENOENT, ECONNREFUSED:
      throw SocketError(.unreachable, "no tickerd listens on \(path); start it with: tickerd run")
    case EACCES, EPERM:
      throw SocketError(.unreachable, "you may not connect to \(path); join the group that owns it")
    default:
      throw SocketError(.unreachable, "cannot connect to \(path): \(SocketError.text(of: failure))")
    }
  }

  deinit { close(descriptor) }

  func send(_ line: [UInt8]) throws(SocketError) {
    var outbox = Outbox()
    outbox.append(line)
    while !outbox.isEmpty {
      switch outbox.send(to: descriptor) {
      case .bytes: continue
      case .full: _ = try wait(for: POLLOUT, until: nil)
      case .broken: throw SocketError(.closed, "the daemon closed the connection")
      }
    }
  }

  func receive(timeout: Duration?) throws(SocketError) -> [UInt8]? {
    let deadline = timeout.map { clinux_monotonic() + $0.nanoseconds }
    while true {
      if let line = nextLine() { return line }
      guard bytes.count - start <= SocketClient.longestLine else {
        throw SocketError(.protocol, "the daemon sent a line of more than \(SocketClient.longestLine) bytes")
      }
      guard try wait(for: POLLIN, until: deadline) else {
        throw SocketError(.timeout, "the daemon did not answer in time")
      }
      guard try fill() else { return nil }
    }
  }

  private func nextLine() -> [UInt8]? {
    guard let end = bytes[searched...].firstIndex(of: UInt8(ascii: "\n")) else {
      bytes.removeFirst(start)
      start = 0
      searched = bytes.count
      return nil
    }
    defer {
      start = end + 1
      searched = start
    }
    return Array(bytes[start..<end])
  }

  /// False at the end of the connection; a line that was cut there is dropped, it was never whole.
  private func fill() throws(SocketError) -> Bool {
    let chunk = 64 << 10
    let count = withUnsafeTemporaryAllocation(byteCount: chunk, alignment: 1) { buffer in
      let count = recv(descriptor, buffer.baseAddress, chunk, 0)
      if count > 0 { bytes.append(contentsOf: buffer.prefix(count)) }
      return count
    }
    if count >= 0 { return count > 0 }
    switch errno {
    case EAGAIN, EINTR: return true
    // The server closed with commands of ours unread.
    case ECONNRESET: return false
    default: throw SocketError("read from the daemon", errno: errno)
    }
  }

  /// False when the deadline passed first. A signal ends no wait.
  private func wait(for event: Int32, until deadline: Int64?) throws(SocketError) -> Bool {
    while true {
      var watched = [pollfd(fd: descriptor, events: Int16(event), revents: 0)]
      // Without events it reports only that the other end is closed.
      if let watchedOutput { watched.append(pollfd(fd: watchedOutput, events: 0, revents: 0)) }
      let left = deadline.map { max(0, ($0 - clinux_monotonic() + 999_999) / 1_000_000) }
      let count = poll(&watched, nfds_t(watched.count), left.map { Int32(clamping: $0) } ?? -1)
      if watched.count > 1, watched[1].revents != 0 {
        throw SocketError(.readerGone, "nobody reads standard output any more")
      }
      if count > 0 { return true }
      if count == 0 { return false }
      guard errno == EINTR else { throw SocketError("wait for the daemon", errno: errno) }
    }
  }
}
