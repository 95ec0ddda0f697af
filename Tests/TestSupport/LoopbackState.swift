import CLinux
import Glibc
import Synchronization

/// What a server's threads share; it outlives the `LoopbackServer` by the moment its threads need to end.
final class LoopbackState: Sendable {
  private struct Shared {
    var listener: Int32
    var isStopped = false
    var descriptors: [Int: Int32] = [:]
    var accepted = 0
    var requests: [LoopbackServer.Request] = []
    var waiting: [Int: (count: Int, continuation: CheckedContinuation<Void, Never>)] = [:]
    var nextTicket = 0
  }
  private let shared: Mutex<Shared>
  let handler: LoopbackServer.Handler

  init(listener: Int32, handler: @escaping LoopbackServer.Handler) {
    shared = Mutex(Shared(listener: listener))
    self.handler = handler
  }

  func start() throws(LoopbackError) { try LoopbackThread.start { self.accept() } }

  var requests: [LoopbackServer.Request] { shared.withLock { $0.requests } }
  var connections: Int { shared.withLock { $0.accepted } }

  func received(count: Int) async -> [LoopbackServer.Request] {
    let ticket = shared.withLock { shared in
      shared.nextTicket += 1
      return shared.nextTicket
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isDone = shared.withLock { shared in
          let isDone = shared.requests.count >= count || shared.isStopped || Task.isCancelled
          if !isDone { shared.waiting[ticket] = (count, continuation) }
          return isDone
        }
        if isDone { continuation.resume() }
      }
    } onCancel: {
      shared.withLock { $0.waiting.removeValue(forKey: ticket) }?.continuation.resume()
    }
    return requests
  }

  func record(_ request: LoopbackServer.Request) {
    let ready = shared.withLock { shared in
      shared.requests.append(request)
      let ready = shared.waiting.filter { $0.value.count <= shared.requests.count }
      ready.keys.forEach { shared.waiting[$0] = nil }
      return ready.values.map(\.continuation)
    }
    ready.forEach { $0.resume() }
  }

  /// Shuts every descriptor down, which wakes the threads blocked on them; each thread closes its own.
  func stop() {
    let waiting = shared.withLock { shared in
      shared.isStopped = true
      if shared.listener >= 0 { shutdown(shared.listener, Int32(SHUT_RDWR)) }
      shared.descriptors.values.forEach { shutdown($0, Int32(SHUT_RDWR)) }
      defer { shared.waiting = [:] }
      return shared.waiting.values.map(\.continuation)
    }
    waiting.forEach { $0.resume() }
  }

  private func accept() {
    let listener = shared.withLock { $0.listener }
    while true {
      let descriptor = Glibc.accept(listener, nil, nil)
      if descriptor >= 0 {
        serve(descriptor)
      } else if errno != EINTR && errno != ECONNABORTED {
        break
      }
    }
    shared.withLock { shared in
      shared.listener = -1
      close(listener)
    }
  }

  private func serve(_ descriptor: Int32) {
    let number: Int? = shared.withLock { shared in
      guard !shared.isStopped else { return nil }
      shared.accepted += 1
      shared.descriptors[shared.accepted] = descriptor
      return shared.accepted
    }
    guard let number else {
      close(descriptor)
      return
    }
    do throws(LoopbackError) {
      try LoopbackThread.start {
        var connection = LoopbackConnection(descriptor: descriptor, number: number)
        connection.serve(self)
        self.release(number, descriptor)
      }
    } catch {
      release(number, descriptor)
    }
  }

  /// Closed under the lock, so that `stop` never shuts down a number the system has given to someone else.
  private func release(_ number: Int, _ descriptor: Int32) {
    shared.withLock { shared in
      shared.descriptors[number] = nil
      close(descriptor)
    }
  }
}

/// A listening socket at a port the system chose.
struct LoopbackListener {
  let descriptor: Int32
  let port: UInt16

  static func open(host: UInt32) throws(LoopbackError) -> LoopbackListener {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw LoopbackError(operation: "socket", code: errno) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = host.bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isOpen = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { socketAddress in
        bind(descriptor, socketAddress, length) == 0 && listen(descriptor, SOMAXCONN) == 0
          && getsockname(descriptor, socketAddress, &length) == 0
      }
    }
    guard isOpen else {
      let code = errno
      close(descriptor)
      throw LoopbackError(operation: "bind", code: code)
    }
    return LoopbackListener(descriptor: descriptor, port: UInt16(bigEndian: address.sin_port))
  }
}

/// A detached thread that runs one closure.
enum LoopbackThread {
  private final class Body: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  /// Plenty for a test's handler, little for a few hundred connections.
  private static let stackSize = 512 << 10

  static func start(_ run: @escaping @Sendable () -> Void) throws(LoopbackError) {
    let body = Unmanaged.passRetained(Body(run))
    let code = clinux_thread_start(
      stackSize, { context in context.map { Unmanaged<Body>.fromOpaque($0).takeRetainedValue().run() } },
      body.toOpaque())
    guard code == 0 else {
      body.release()
      throw LoopbackError(operation: "pthread_create", code: code)
    }
  }
}
