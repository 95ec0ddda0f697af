import CLinux

/// The libcurl thread as the place where an actor lives: what it asks of the fetcher, and the answers, change no thread.
/// Such an actor must be quick: while it works nothing is received.
///
/// It takes jobs until the ``Fetcher`` it belongs to is gone, also after ``Fetcher/stop()``.
public final class FetchThread: SerialExecutor {
  let inbox: Inbox
  // Only the thread itself touches these two.
  private nonisolated(unsafe) var onAlarm: (@Sendable () -> Void)?
  /// When the alarm rings next, in nanoseconds of the monotonic clock.
  private(set) nonisolated(unsafe) var nextAlarm = Int64.max

  init() throws(FetchError) { inbox = try Inbox() }

  public func enqueue(_ job: consuming ExecutorJob) { inbox.run(UnownedJob(job)) }

  public func checkIsolated() { precondition(inbox.isOwnThread, "called on another thread than the fetcher's") }

  public func isIsolatingCurrentContext() -> Bool? { inbox.isOwnThread }

  /// Calls `body` on this thread whenever the alarm rings: a wake-up by way of a task would change threads twice. Nil
  /// ends that. On this thread.
  public func onAlarm(_ body: (@Sendable () -> Void)?) {
    checkIsolated()
    onAlarm = body
  }

  /// Lets the alarm ring once, by `due` (nanoseconds of the monotonic clock) at the latest and at most a millisecond
  /// later; without `due` now, after the caller's present turn. On this thread.
  public func ring(by due: Int64 = 0) {
    checkIsolated()
    nextAlarm = min(nextAlarm, due)
  }

  /// Rings if it is time.
  func alarm(at now: Int64) {
    guard nextAlarm <= now else { return }
    nextAlarm = .max
    onAlarm?()
  }
}
