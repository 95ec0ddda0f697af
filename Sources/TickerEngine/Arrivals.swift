import Synchronization
import TickerDelivery
import TickerFetch
import TickerModel
import TickerStore

/// How one attempt ended; without outcome it was cut off, and nothing is known.
struct AttemptEnd: Sendable {
  /// The endpoint's number.
  let endpoint: Int
  let outgoing: Outgoing
  let outcome: AttemptOutcome?
}

/// What other threads tell the deliverer. It is woken once for all that comes before it looks. Any thread.
final class Arrivals: Sendable {
  enum Arrival: Sendable {
    case records([LogRecord])
    case end(AttemptEnd)
    /// A page of the log behind this sequence; nil when it could not be read.
    case page(after: Int64, LogPage?)
    /// The waiting rows of an endpoint.
    case rows(endpoint: Int, [WaitingDelivery]?)
    /// One of them whole.
    case row(endpoint: Int, Int64, StoredDelivery?)
    /// The events of a message that is to be split; nil when they could not be read.
    case members(AttemptEnd, [LogRecord]?)
    /// The journal's last batch is on disk, or is not.
    case written(StoreError?)
  }

  private struct State {
    var waiting: [Arrival] = []
    /// The thread has been asked for a turn, and has not begun it.
    var isRung = false
    var turn: (@Sendable () -> Void)?
  }

  private let thread: FetchThread
  private let state = Mutex(State())

  /// For one who lives on `thread`.
  init(on thread: FetchThread) { self.thread = thread }

  /// From now on `turn` is called on the thread, soon after something came, until ``finish()``. Called directly: a task that
  /// waits for a wake-up changes threads twice, and waits for a place among those that work.
  func begin(_ turn: @escaping @Sendable () -> Void) {
    state.withLock { $0.turn = turn }
    ring()
  }

  func add(_ arrival: Arrival) { ring { $0.append(arrival) } }

  /// In the order in which they came.
  func take() -> [Arrival] {
    state.withLock { state in
      let taken = state.waiting
      state.waiting = []
      return taken
    }
  }

  /// One more turn, whatever came.
  func ring() { ring { _ in } }

  func finish() { state.withLock { $0.turn = nil } }

  private func ring(_ change: (inout [Arrival]) -> Void) {
    let isFirst = state.withLock { state in
      change(&state.waiting)
      defer { state.isRung = true }
      return !state.isRung
    }
    if isFirst { thread.call { self.rung() } }
  }

  private func rung() {
    let turn = state.withLock { state in
      state.isRung = false
      return state.turn
    }
    turn?()
  }
}
