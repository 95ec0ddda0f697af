import TickerEngine
import TickerSocket

/// Feeds systemd's watchdog from the loop's thread, as long as the daemon's other threads get on, too: a service that
/// hangs is started anew.
// @unchecked: touched on the loop's thread alone.
final class Watchdog: @unchecked Sendable {
  /// Fed so many times within systemd's interval: one delay on a busy machine is no hang.
  private static let feedsPerInterval: Int64 = 4

  private let loop: EventLoop
  private let manager: ServiceManager
  private let interval: Duration
  private let engine: Engine

  /// Nil when systemd does not watch.
  init?(_ manager: ServiceManager, loop: EventLoop, engine: Engine) {
    guard let interval = manager.watchdogInterval else { return nil }
    self.loop = loop
    self.manager = manager
    self.interval = .nanoseconds(interval / Self.feedsPerInterval)
    self.engine = engine
  }

  /// Begins; any thread.
  func start() { loop.post { [self] in feed() } }

  private func feed() {
    if engine.isTurning(within: interval) { manager.isAlive() }
    loop.after(interval) { [self] in feed() }
  }
}
