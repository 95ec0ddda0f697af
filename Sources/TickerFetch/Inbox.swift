import CLinux
import Glibc
import Synchronization

/// What callers hand to the libcurl thread: a queue under a mutex, and an eventfd that wakes the thread once per batch.
final class Inbox: Sendable {
  /// What has come since the last look.
  struct Batch {
    /// In order of arrival.
    var submitted: [Ticket] = []
    var abandoned: [Ticket] = []
    /// Once true, it stays so.
    var isStopped = false
    /// Another limit of transfers at once.
    var maxTransfers: Int?
  }

  private struct State {
    var batch = Batch()
    /// The eventfd is written and not yet read: a further write would tell nothing new.
    var isSignalled = false
    /// When the present signal was written, in nanoseconds of the monotonic clock.
    var signalledAt: Int64 = 0
  }

  private let state = Mutex(State())
  /// Readable while something waits.
  let wakeUp: Int32

  init() throws(FetchError) {
    wakeUp = clinux_eventfd()
    guard wakeUp >= 0 else { throw FetchError(.resources, "no descriptor is left to wake the libcurl thread") }
  }

  deinit { close(wakeUp) }

  /// False when the thread has been told to stop and will not take it.
  func submit(_ ticket: Ticket) -> Bool {
    post { batch in
      if !batch.isStopped { batch.submitted.append(ticket) }
      return !batch.isStopped
    }
  }

  /// The caller has gone: its transfer may end.
  func abandon(_ ticket: Ticket) {
    post { batch in
      if !batch.isStopped { batch.abandoned.append(ticket) }
    }
  }

  func stop() { post { $0.isStopped = true } }

  func limit(to maxTransfers: Int) { post { $0.maxTransfers = maxTransfers } }

  /// Asks for a sign of life: false when the thread has not looked here since a signal `patience` ago or earlier.
  func isLookedAt(within patience: Duration) -> Bool {
    let isLate = state.withLock { state in
      state.isSignalled && .nanoseconds(clinux_monotonic() - state.signalledAt) > patience
    }
    post { _ in }
    return !isLate
  }

  /// For the libcurl thread, when `wakeUp` is readable.
  func take() -> Batch {
    state.withLock { state in
      // Read under the lock: a signal written after this look belongs to the next one.
      var count: UInt64 = 0
      read(wakeUp, &count, 8)
      state.isSignalled = false
      let batch = state.batch
      state.batch = Batch(isStopped: batch.isStopped)
      return batch
    }
  }

  @discardableResult
  private func post<Answer: Sendable>(_ change: (inout Batch) -> Answer) -> Answer {
    state.withLock { state in
      let answer = change(&state.batch)
      if !state.isSignalled {
        state.isSignalled = true
        state.signalledAt = clinux_monotonic()
        var one: UInt64 = 1
        write(wakeUp, &one, 8)
      }
      return answer
    }
  }
}
