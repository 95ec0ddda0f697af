import Synchronization

/// One caller's wait for one answer, shared by the caller's task and the libcurl thread: whatever comes first (answer,
/// cancellation, stop) finishes it, and the caller is resumed exactly once.
final class Ticket: Sendable {
  typealias Outcome = Result<FetchResponse, FetchError>

  private enum State {
    case new
    case waiting(@Sendable (Outcome) -> Void)
    case finished(Outcome)
  }

  let prepared: PreparedRequest
  let group: FetchGroup?
  private let state = Mutex(State.new)

  init(_ prepared: PreparedRequest, _ group: FetchGroup? = nil) {
    self.prepared = prepared
    self.group = group
  }

  /// Parks the caller; false when the ticket was finished before (by an early cancellation), and the caller goes on.
  func wait(_ continuation: CheckedContinuation<Outcome, Never>) -> Bool {
    wait { continuation.resume(returning: $0) }
  }

  /// The same for a caller without a task: `completion` is called once, on the thread that finishes the ticket.
  func wait(_ completion: @escaping @Sendable (Outcome) -> Void) -> Bool {
    let early: Outcome? = state.withLock { state in
      if case .finished(let outcome) = state { return outcome }
      state = .waiting(completion)
      return nil
    }
    if let early { completion(early) }
    return early == nil
  }

  /// Any thread; only the first call counts.
  func finish(_ outcome: Outcome) {
    let completion: (@Sendable (Outcome) -> Void)? = state.withLock { state in
      switch state {
      case .finished: return nil
      case .new:
        state = .finished(outcome)
        return nil
      case .waiting(let completion):
        state = .finished(outcome)
        return completion
      }
    }
    completion?(outcome)
  }

  /// Finishes a ticket whose group was given up; false for others.
  func finishIfGivenUp() -> Bool {
    guard let group, group.isGivenUp else { return false }
    finish(.failure(.cancelled))
    return true
  }

  /// Nobody waits any more: there is nothing left to do for it.
  var isFinished: Bool {
    state.withLock { state in
      if case .finished = state { true } else { false }
    }
  }
}
