import CLinux

/// The libcurl thread as the place where an actor lives: what it asks of the fetcher, and the answers, change no thread.
/// Such an actor must be quick: while it works nothing is received.
///
/// It takes jobs until the ``Fetcher`` it belongs to is gone, also after ``Fetcher/stop()``.
public final class FetchThread: SerialExecutor {
  private struct Rest {
    var until: Int64
    let continuation: CheckedContinuation<Void, Never>
  }

  let inbox: Inbox
  // Only the thread itself touches it.
  private nonisolated(unsafe) var rest: Rest?

  init() throws(FetchError) { inbox = try Inbox() }

  public func enqueue(_ job: consuming ExecutorJob) { inbox.run(UnownedJob(job)) }

  public func checkIsolated() { precondition(inbox.isOwnThread, "called on another thread than the fetcher's") }

  public func isIsolatingCurrentContext() -> Bool? { inbox.isOwnThread }

  /// Suspends the caller, one at a time and on this thread, until `due` (nanoseconds of the monotonic clock; nil: for
  /// ever) or ``ring()``. At most a millisecond late.
  public func rest(until due: Int64?) async {
    checkIsolated()
    precondition(rest == nil, "two callers rest at once")
    await withCheckedContinuation { rest = Rest(until: due ?? .max, continuation: $0) }
  }

  /// Ends a rest by `due` at the latest. On this thread.
  public func ring(by due: Int64) {
    checkIsolated()
    if let until = rest?.until, due < until { rest?.until = due }
  }

  /// Ends a rest now. On this thread.
  public func ring() {
    checkIsolated()
    rest.take()?.continuation.resume()
  }

  /// When a rest ends, in nanoseconds of the monotonic clock.
  var nextRing: Int64? { rest?.until }
}
