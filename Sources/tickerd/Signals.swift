import CLinux
import Glibc
import Synchronization
import TickerSocket

/// SIGTERM, SIGINT and SIGHUP as a stream, read on the loop thread. They must be blocked in every thread.
final class Signals: Sendable {
  let stream: AsyncStream<Int32>
  private let endsAtNext = Mutex(false)

  init(on loop: EventLoop) throws(SocketError) {
    let (stream, continuation) = AsyncStream<Int32>.makeStream()
    self.stream = stream
    let descriptor = clinux_signalfd()
    precondition(descriptor >= 0, "no descriptor left for signals")
    loop.post { [self] in
      try? loop.add(descriptor, [.readable]) { [self] _ in
        while true {
          let signal = clinux_signalfd_read(descriptor)
          guard signal > 0 else { return }
          if signal != SIGHUP, endsAtNext.withLock({ $0 }) { _exit(0) }
          continuation.yield(signal)
        }
      }
    }
  }

  /// From now on SIGTERM or SIGINT ends the process at once.
  func endAtNext() { endsAtNext.withLock { $0 = true } }
}
