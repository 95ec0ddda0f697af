import CLinux
import Glibc
import Synchronization

/// A real HTTP/1.1 server on 127.0.0.1 for tests: one blocking thread accepts, one serves each connection. It keeps
/// connections alive, records every request, and stops when it is let go of.
public final class LoopbackServer: Sendable {
  /// Decides the answer to one request, on the thread of that connection: it may block (see `Gate`) without holding up
  /// other connections.
  public typealias Handler = @Sendable (Request) -> Response

  /// The port the system chose.
  public let port: UInt16
  /// `127.0.0.1`, or another address of this machine alone.
  public let host: String
  private let state: LoopbackState

  /// Binds 127.0.0.1 at a free port and serves from now on.
  /// - Parameter place: 1 for 127.0.0.1; another makes 127.0.x.y of its two bytes, for hosts that are to be told apart.
  public init(place: UInt16 = 1, _ handler: @escaping Handler) throws(LoopbackError) {
    let listener = try LoopbackListener.open(host: 0x7F00_0000 | UInt32(place))
    host = "127.0.\(place >> 8).\(place & 0xFF)"
    port = listener.port
    state = LoopbackState(listener: listener.descriptor, handler: handler)
    try state.start()
  }

  deinit { state.stop() }

  /// `http://HOST:PORT` and the path.
  public func url(_ path: String = "/") -> String { "http://\(host):\(port)\(path)" }

  /// Every whole request so far, in order of arrival.
  public var requests: [Request] { state.requests }

  /// How many connections were accepted so far.
  public var connections: Int { state.connections }

  /// Waits until that many whole requests have arrived, and returns all of them. Returns early, with fewer, when the
  /// server stops or the waiting task is cancelled.
  @discardableResult
  public func received(count: Int) async -> [Request] { await state.received(count: count) }

  /// Closes the listener and every connection, as a killed server would. May be called twice.
  public func stop() { state.stop() }
}

extension LoopbackServer {
  /// One header line; names are compared without case.
  public struct Header: Sendable, Equatable {
    /// As sent.
    public let name: String
    /// Without the white space before it.
    public let value: String

    /// A line of a request or an answer.
    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// What a client sent.
  public struct Request: Sendable {
    /// As sent: `GET`, `POST`, …
    public let method: String
    /// The request target as sent: path and query.
    public let path: String
    /// In order of arrival.
    public let headers: [Header]
    /// Transfer coding undone.
    public let body: [UInt8]
    /// Counts accepted connections from 1: equal numbers mean a kept connection.
    public let connection: Int

    /// The first value of a header.
    public subscript(_ name: String) -> String? {
      headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// The body as text.
    public var text: String { String(decoding: body, as: UTF8.self) }
  }

  /// What the server does with a request.
  public enum Response: Sendable {
    /// A whole answer; `Content-Length` is added where the status may have a body.
    case answer(status: Int, headers: [Header], body: [UInt8])
    /// A chunked answer, with a pause before each chunk.
    case chunked(status: Int, headers: [Header], chunks: [[UInt8]], pause: Duration)
    /// An answer that promises `length` bytes, sends these and closes.
    case truncated(headers: [Header], body: [UInt8], length: Int)
    /// Exactly these bytes, then the connection is closed.
    case raw([UInt8])
    /// These bytes, one at a time, with a pause after each; then the connection is closed.
    case dribble([UInt8], pause: Duration)
    /// The first bytes, then the others again and again, until the client goes or the server stops.
    case endless([UInt8], again: [UInt8])
    /// These bytes, then a reset in place of an end (RFC 9293 §3.5.2).
    case reset(after: [UInt8])
    /// These bytes, and nothing more until the client goes or the server stops.
    case stall(after: [UInt8])
    /// Nothing, until the client goes or the server stops.
    case hang
    /// Closes the connection without a byte.
    case close

    /// A text answer.
    public static func text(_ text: String, status: Int = 200, headers: [Header] = []) -> Response {
      .answer(status: status, headers: headers, body: Array(text.utf8))
    }

    /// An answer without body.
    public static func status(_ status: Int, headers: [Header] = []) -> Response {
      .answer(status: status, headers: headers, body: [])
    }

    /// A redirect.
    public static func redirect(to location: String, status: Int = 302) -> Response {
      .answer(status: status, headers: [Header("Location", location)], body: [])
    }
  }
}

/// The system refused the server a socket or a thread.
public struct LoopbackError: Error {
  let operation: String
  let code: Int32
}

/// Closed at first, opened once: a handler waits behind it until the test lets it go on.
public final class Gate: Sendable {
  private struct State {
    var isOpen = false
    var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
    var next = 0
  }
  private let state = Mutex(State())
  /// Readable as soon as the gate is open, for blocking threads.
  private let signal: Int32

  /// A closed gate.
  public init() {
    signal = clinux_eventfd()
    precondition(signal >= 0, "no descriptor for a gate")
  }

  deinit { close(signal) }

  /// Lets everyone through, now and later.
  public func open() {
    let waiting = state.withLock { state in
      defer { state.waiting = [:] }
      state.isOpen = true
      return state.waiting.values
    }
    var one: UInt64 = 1
    write(signal, &one, 8)
    waiting.forEach { $0.resume() }
  }

  /// Blocks the calling thread until the gate opens; for handlers.
  public func wait() {
    var descriptor = pollfd(fd: signal, events: Int16(POLLIN), revents: 0)
    while poll(&descriptor, 1, -1) < 1 {}
  }

  /// Blocks until `descriptor` is readable or at its end; false when the gate opened before.
  func isClosed(whileWaitingFor descriptor: Int32) -> Bool {
    var descriptors = [
      pollfd(fd: signal, events: Int16(POLLIN), revents: 0), pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
    ]
    while poll(&descriptors, 2, -1) < 1 {}
    return descriptors[0].revents == 0
  }

  /// Suspends until the gate opens or the task is cancelled; for tests.
  public func opened() async {
    let ticket = state.withLock { state in
      state.next += 1
      return state.next
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let passes = state.withLock { state in
          if !state.isOpen && !Task.isCancelled { state.waiting[ticket] = continuation }
          return state.waiting[ticket] == nil
        }
        if passes { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.waiting.removeValue(forKey: ticket) }?.resume()
    }
  }
}
