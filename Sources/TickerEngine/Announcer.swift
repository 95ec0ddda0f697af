import Synchronization
import TickerModel

/// Tells every sink that the log grew, after the commit. The list of listeners only grows, at start.
final class Announcer: Sendable {
  private let listeners = Mutex<[@Sendable ([LogRecord]) -> Void]>([])

  func add(_ listener: @escaping @Sendable ([LogRecord]) -> Void) { listeners.withLock { $0.append(listener) } }

  /// On the writer thread; listeners hand over and return.
  func announce(_ records: [LogRecord]) {
    for listener in listeners.withLock({ $0 }) { listener(records) }
  }
}
