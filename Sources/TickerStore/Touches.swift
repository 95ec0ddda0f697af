import Synchronization
import TickerModel

/// Successful polls that found nothing changed, by source: kept in memory and written with the next transaction that is
/// due anyway, instead of an fsync each. Any thread.
final class Touches: Sendable {
  private let times = Mutex<[String: Timestamp]>([:])

  func note(_ source: String, at now: Timestamp) { times.withLock { $0[source] = now } }

  /// The last success of a source that was not written yet.
  subscript(_ source: String) -> Timestamp? { times.withLock { $0[source] } }

  /// The source's row was written with a later success.
  func forget(_ source: String) { times.withLock { $0[source] = nil } }

  /// Everything noted; it stays noted until it is forgotten.
  var all: [String: Timestamp] { times.withLock { $0 } }

  /// What was written, unless it was noted anew meanwhile.
  func forget(_ written: [String: Timestamp]) {
    times.withLock { times in
      for (source, time) in written where times[source] == time { times[source] = nil }
    }
  }
}
