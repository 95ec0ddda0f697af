import CLinux
import Glibc
import Synchronization

/// Jobs handed to one thread: a list under a mutex and an eventfd that wakes its owner. Any thread may add and take.
final class JobQueue<Job: Sendable>: Sendable {
  private struct State {
    var jobs: [Job] = []
    var isClosed = false
  }

  private let state = Mutex(State())
  private let wake: Int32

  init() {
    wake = clinux_eventfd()
    precondition(wake >= 0, "no descriptor left for a job queue")
  }

  deinit { Glibc.close(wake) }

  /// False when the queue is closed and the job will never run.
  func add(_ job: Job) -> Bool {
    let (isFirst, isOpen) = state.withLock { state in
      guard !state.isClosed else { return (false, false) }
      state.jobs.append(job)
      return (state.jobs.count == 1, true)
    }
    if isFirst { signal() }
    return isOpen
  }

  /// Waits for jobs and takes at most `most`, oldest first; nil when the queue is closed and empty.
  func take(most: Int) -> [Job]? {
    while true {
      let (jobs, isMore, isClosed) = state.withLock { state in
        let jobs = Array(state.jobs.prefix(most))
        state.jobs.removeFirst(jobs.count)
        return (jobs, !state.jobs.isEmpty, state.isClosed)
      }
      // What is left is another taker's, who may sleep.
      if isMore { signal() }
      if !jobs.isEmpty { return jobs }
      if isClosed {
        // The one who wakes takes the signal away; another may still sleep.
        signal()
        return nil
      }
      var descriptor = pollfd(fd: wake, events: Int16(POLLIN), revents: 0)
      poll(&descriptor, 1, -1)
      var count: UInt64 = 0
      read(wake, &count, MemoryLayout.size(ofValue: count))
    }
  }

  /// No job is taken on any more; those waiting are still run.
  func close() {
    state.withLock { $0.isClosed = true }
    signal()
  }

  private func signal() {
    var one: UInt64 = 1
    write(wake, &one, MemoryLayout.size(ofValue: one))
  }
}
