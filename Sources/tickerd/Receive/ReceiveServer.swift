import CLinux
import Glibc
import TickerDelivery
import TickerModel

/// A small HTTP/1.1 server that receives webhooks: one thread, one poll(2) loop, bounded in connections, bytes and
/// time. It owns its descriptors and serves on the thread that calls ``run()``.
final class ReceiveServer {
  /// Where it listens, with the port the system chose.
  let url: String
  private let listener: Int32
  private let keys: [WebhookKey]
  private let json: Bool
  private var plan: AnswerPlan
  /// By descriptor.
  private var connections: [Int32: ReceiveConnection] = [:]

  /// A sender holds a handful; more wait in the kernel's queue until one closes.
  private static let mostConnections = 64

  /// Binds and listens; connections wait until ``run()``.
  init(_ address: ListenAddress, keys: [WebhookKey], plan: AnswerPlan, json: Bool) throws(ReceiveError) {
    listener = try Self.listen(address)
    url = "http://\(ListenAddress(address: address.address, port: Self.port(of: listener)).text)/"
    self.keys = keys
    self.plan = plan
    self.json = json
  }

  deinit { close(listener) }

  /// Serves until nobody reads standard output any more; SIGINT, SIGTERM and SIGHUP end the process with 0.
  func run() throws(ReceiveError) {
    clinux_ignore_signals()
    Self.endOnSignals()
    while true {
      let ready = try wait()
      for connection in ready.compactMap({ connections[$0] }) {
        guard try serve(connection) else { return }
      }
      closeLate()
      if ready.contains(listener) { try accept() }
    }
  }
}

extension ReceiveServer {
  private static func listen(_ address: ListenAddress) throws(ReceiveError) -> Int32 {
    let family = address.address.bytes.count == 4 ? AF_INET : AF_INET6
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
    let descriptor = socket(family, kind, 0)
    guard descriptor >= 0 else { throw ReceiveError("opening a socket", code: errno) }
    var yes: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
    let isBound = address.withSocketAddress { bind(descriptor, $0, $1) == 0 }
    guard isBound, Glibc.listen(descriptor, SOMAXCONN) == 0 else {
      let code = errno
      close(descriptor)
      throw ReceiveError(
        "cannot listen on \(address.text)", code: code,
        remedy: "; choose another with --listen (port 0 takes a free one)")
    }
    return descriptor
  }

  private static func port(of descriptor: Int32) -> UInt16 {
    // sockaddr_in and sockaddr_in6 hold the port at the same place.
    var form = sockaddr_in6()
    var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
    _ = withUnsafeMutablePointer(to: &form) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
    }
    return UInt16(bigEndian: form.sin6_port)
  }

  /// Nothing is held back in memory, so the process can end wherever it stands.
  private static func endOnSignals() {
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGINT, SIGTERM, SIGHUP] {
      sigaddset(&signals, number)
      signal(number) { _ in _exit(EXIT_SUCCESS) }
    }
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }

  /// Blocks until something can be read or the nearest deadline passes; the descriptors that can be read.
  private func wait() throws(ReceiveError) -> [Int32] {
    let listeners = connections.count < Self.mostConnections ? [listener] : []
    var watched = (listeners + connections.keys).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    let nearest = connections.values.map(\.deadline).min()
    let milliseconds = nearest.map { Int32(clamping: max(0, $0 - clinux_monotonic()) / 1_000_000 + 1) } ?? -1
    guard poll(&watched, nfds_t(watched.count), milliseconds) >= 0 || errno == EINTR else {
      throw ReceiveError("poll", code: errno)
    }
    return watched.filter { $0.revents != 0 }.map(\.fd)
  }

  private func accept() throws(ReceiveError) {
    while connections.count < Self.mostConnections {
      let descriptor = clinux_accept(listener)
      if descriptor >= 0 {
        connections[descriptor] = ReceiveConnection(descriptor: descriptor)
        continue
      }
      switch errno {
      case EMFILE, ENFILE, ENOBUFS, ENOMEM: throw ReceiveError("accepting a connection", code: errno)
      default: return  // nobody waits, or the one who did has gone (accept(2), "Error handling")
      }
    }
  }

  private func closeLate() {
    let now = clinux_monotonic()
    for connection in connections.values where connection.deadline <= now {
      if connection.isWaitingForRequest { note("a request did not arrive in time") }
      connections[connection.descriptor] = nil
    }
  }

  /// Reads one piece and answers what it completes; false when nobody reads standard output any more.
  private func serve(_ connection: ReceiveConnection) throws(ReceiveError) -> Bool {
    connection.read()
    while let arrival = connection.next() {
      switch arrival {
      case .fault(let fault):
        note("refused a request: \(fault.reason) (\(fault.status))")
        connection.send(WebhookAnswer(fault), isLast: true)
      case .request(let request):
        guard let answer = try answer(to: request) else { return false }
        connection.send(answer, isLast: !request.keepsAlive)
      }
    }
    if connection.isGone { connections[connection.descriptor] = nil }
    return true
  }

  /// Prints the webhook before it is answered, so that what was acknowledged was seen; nil when nobody reads standard
  /// output any more.
  private func answer(to request: WebhookRequest) throws(ReceiveError) -> WebhookAnswer? {
    guard request.method == "POST" else {
      note("a request that is no POST was answered 405")
      return WebhookAnswer(status: 405, text: "this is a receiver of webhooks; it takes POST only")
    }
    let now = Timestamp.now
    let receipt = WebhookReceipt(request, keys: keys, now: now)
    let answer = plan.answer(to: receipt)
    let line = json ? receipt.json(answered: answer.status) : Array(receipt.text(answered: answer.status).utf8)
    let code = ReceiveOutput.standardOutput.write(line: line)
    if code == EPIPE { return nil }
    guard code == 0 else { throw ReceiveError("writing to standard output", code: code) }
    return answer
  }

  private func note(_ text: String) { ReceiveOutput.standardError.write(line: "tickerd receive: \(text)") }
}
