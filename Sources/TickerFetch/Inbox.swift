import CLinux
import Glibc
import Synchronization

/// What is handed to the libcurl thread: by others through a queue under a mutex and an eventfd that wakes the thread once
/// per batch, by itself through a plain list.
final class Inbox: Sendable {
  /// What has come since the last look.
  struct Batch {
    /// In order of arrival.
    var submitted: [Ticket] = []
    var abandoned: [Ticket] = []
    /// What names stand for.
    var answers: [(name: String, answer: NameAnswer)] = []
    /// Some group of requests was given up.
    var hasGivenUp = false
    /// Of the actors that live on this thread, in order of arrival.
    var jobs: [UnownedJob] = []
    /// To be called on this thread, in order of arrival.
    var calls: [@Sendable () -> Void] = []
    /// No more transfers. Once true, it stays so.
    var isStopped = false
    /// No more jobs either: the thread may go.
    var isEnded = false
    /// Other limits of transfers at once, and of connections kept beside them.
    var limits: (transfers: Int, kept: Int)?

    mutating func add(_ other: Batch) {
      submitted += other.submitted
      abandoned += other.abandoned
      answers += other.answers
      hasGivenUp = hasGivenUp || other.hasGivenUp
      jobs += other.jobs
      calls += other.calls
      isStopped = isStopped || other.isStopped
      isEnded = isEnded || other.isEnded
      limits = other.limits ?? limits
    }
  }

  private struct State {
    var batch = Batch()
    /// The eventfd is written and not yet read: a further write would tell nothing new.
    var isSignalled = false
    /// When the present signal was written, in nanoseconds of the monotonic clock.
    var signalledAt: Int64 = 0
  }

  private let state = Mutex(State())
  private let owner = Atomic<UInt>(0)
  /// Readable while something waits that another thread handed over.
  let wakeUp: Int32
  private nonisolated(unsafe) var own = Batch()  // touched by the owning thread alone
  private(set) nonisolated(unsafe) var hasOwn = false  // touched by the owning thread alone

  init() throws(FetchError) {
    wakeUp = clinux_eventfd()
    guard wakeUp >= 0 else { throw FetchError(.resources, "no descriptor is left to wake the libcurl thread") }
  }

  deinit { close(wakeUp) }

  /// The calling thread is the one that takes, from now on.
  func adopt() { owner.store(UInt(pthread_self()), ordering: .relaxed) }

  /// Whether this is called on the thread that takes.
  var isOwnThread: Bool { owner.load(ordering: .relaxed) == UInt(pthread_self()) }

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

  /// What a lookup came to.
  func tell(_ name: String, _ answer: NameAnswer) { post { $0.answers.append((name, answer)) } }

  /// Tells the thread that some group was given up; the group itself knows.
  func noteGivenUp() { post { $0.hasGivenUp = true } }

  func run(_ job: UnownedJob) { post { $0.jobs.append(job) } }

  func call(_ body: @escaping @Sendable () -> Void) { post { $0.calls.append(body) } }

  func stop() { post { $0.isStopped = true } }

  func end() {
    post { batch in
      batch.isStopped = true
      batch.isEnded = true
    }
  }

  func limit(to maxTransfers: Int, keptConnections: Int) { post { $0.limits = (maxTransfers, keptConnections) } }

  /// Asks for a sign of life: false when the thread has not looked here since a signal `patience` ago or earlier.
  func isLookedAt(within patience: Duration) -> Bool {
    let isLate = state.withLock { state in
      state.isSignalled && .nanoseconds(clinux_monotonic() - state.signalledAt) > patience
    }
    post { _ in }
    return !isLate
  }

  /// For the owning thread; with what others handed over when `wakeUp` is readable.
  func take(withOthers: Bool) -> Batch {
    var batch = own
    hasOwn = false
    own = Batch(isStopped: batch.isStopped)
    if withOthers {
      batch.add(takeOthers())
      own.isStopped = batch.isStopped
    }
    return batch
  }

  private func takeOthers() -> Batch {
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
    if isOwnThread {
      hasOwn = true
      return change(&own)
    }
    return state.withLock { state in
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
