import Synchronization
import TickerDelivery
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
    /// The time that was waited for has come.
    case alarm
  }

  private let wake = Wake()
  private let waiting = Mutex<[Arrival]>([])

  func add(_ arrival: Arrival) {
    let isFirst = waiting.withLock { waiting in
      waiting.append(arrival)
      return waiting.count == 1
    }
    if isFirst { wake.ring() }
  }

  /// In the order in which they came.
  func take() -> [Arrival] {
    waiting.withLock { waiting in
      let taken = waiting
      waiting = []
      return taken
    }
  }

  func ring() { wake.ring() }
  func finish() { wake.finish() }
  var rings: AsyncStream<Void> { wake.rings }
}
