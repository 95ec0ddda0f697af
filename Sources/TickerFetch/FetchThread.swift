import CLinux

/// The libcurl thread as the place where an actor lives: what it asks of the fetcher, and the answers, change no thread.
/// Such an actor must be quick: while it works nothing is received.
///
/// It takes jobs until the ``Fetcher`` it belongs to is gone, also after ``Fetcher/stop()``.
public final class FetchThread: SerialExecutor {
  let inbox: Inbox
  private nonisolated(unsafe) var onAlarm: (@Sendable () -> Void)?  // touched by the thread itself alone
  /// When the alarm rings next, in nanoseconds of the monotonic clock.
  private nonisolated(unsafe) var nextRing = Int64.max  // touched by the thread itself alone
  private nonisolated(unsafe) var alarms: [FetchAlarm] = []  // touched by the thread itself alone

  /// When the first of all alarms rings.
  var nextAlarm: Int64 { alarms.reduce(nextRing) { min($0, $1.due) } }

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
    nextRing = min(nextRing, due)
  }

  /// Calls `body` on this thread soon, after what it has begun. Any thread; nothing is called once the ``Fetcher`` is gone.
  public func call(_ body: @escaping @Sendable () -> Void) { inbox.call(body) }

  /// Lets `alarm` ring from now on. On this thread.
  public func add(_ alarm: FetchAlarm) {
    checkIsolated()
    alarms.append(alarm)
  }

  /// On this thread.
  public func remove(_ alarm: FetchAlarm) {
    checkIsolated()
    alarms.removeAll { $0 === alarm }
  }

  /// Rings whose time it is.
  func alarm(at now: Int64) {
    for alarm in alarms where alarm.due <= now {
      alarm.due = .max
      alarm.body()
    }
    guard nextRing <= now else { return }
    nextRing = .max
    onAlarm?()
  }
}

/// An alarm clock of one who lives on the libcurl thread.
public final class FetchAlarm: Sendable {
  /// When it rings, once: in nanoseconds of the monotonic clock, and at most a millisecond later. On the thread.
  public nonisolated(unsafe) var due = Int64.max  // touched by the thread itself alone
  let body: @Sendable () -> Void

  /// Calls `body` on the thread that it is added to.
  public init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}
