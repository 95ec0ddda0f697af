import CLinux
import Synchronization

/// Whether the log can be read, from what each read comes to: told when it cannot, when that has another reason, and when
/// it can again, not for every read. Any thread.
final class Readability: Sendable {
  private struct State {
    var fault: StoreError?
    /// Of the monotonic clock, in nanoseconds.
    var failedAt: Int64 = 0
  }

  /// What is in memory can be read from a disk that answers nothing more: a read that succeeds says little so soon after
  /// one that did not.
  private static let doubt: Int64 = 3_000_000_000

  private let state = Mutex(State())
  private let tell: @Sendable (StoreError?) -> Void

  init(tell: @escaping @Sendable (StoreError?) -> Void) { self.tell = tell }

  /// Why it cannot be read; nil when it can, as far as is known.
  var fault: StoreError? { state.withLock { $0.fault } }

  func note(_ error: StoreError?) {
    let isNews = state.withLock { state in
      guard error != nil || state.fault != nil, error?.kind != .closed else { return false }
      let now = clinux_monotonic()
      if error == nil, now - state.failedAt < Self.doubt { return false }
      defer { state.fault = error }
      if error != nil { state.failedAt = now }
      return state.fault?.kind != error?.kind
    }
    if isNews { tell(error) }
  }
}
