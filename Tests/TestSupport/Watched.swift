import Synchronization

/// A value that one side changes on any thread and a test waits on, with a deadline and without sleeping.
public final class Watched<Value: Sendable>: Sendable {
  private struct State {
    var value: Value
    /// Counts changes.
    var version = 0
    var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
    var nextTicket = 0
  }
  private let state: Mutex<State>

  /// A value to begin with.
  public init(_ value: Value) { state = Mutex(State(value: value)) }

  /// As it is now.
  public var value: Value { state.withLock { $0.value } }

  /// Changes the value and wakes everyone who waits. Any thread.
  public func change<Result: Sendable>(_ body: @Sendable (inout Value) -> Result) -> Result {
    let (result, woken) = state.withLock { state in
      let result = body(&state.value)
      state.version += 1
      defer { state.waiting = [:] }
      return (result, Array(state.waiting.values))
    }
    woken.forEach { $0.resume() }
    return result
  }

  /// Returns what `look` finds in the value, now or after any change.
  /// - Parameter what: names what is waited for, for the error.
  /// - Throws: ``TooLate`` when it has found nothing within the time.
  @discardableResult
  public func wait<Result>(
    for what: String, within time: Duration = TooLate.patience, _ look: (Value) -> Result?
  ) async throws -> Result {
    let end = ContinuousClock.now + time
    while true {
      let (value, version) = state.withLock { ($0.value, $0.version) }
      if let result = look(value) { return result }
      guard ContinuousClock.now < end, !Task.isCancelled else {
        throw TooLate(description: "no \(what) within \(time); there is: \(value)")
      }
      await changed(since: version, before: end)
    }
  }
}

/// What was waited for did not come in time.
public struct TooLate: Error, CustomStringConvertible {
  /// What was waited for, and what there was instead.
  public let description: String

  public init(description: String) { self.description = description }

  /// Far more than anything takes, so that a busy machine fails no test.
  public static let patience = Duration.seconds(30)
}

extension Watched {
  /// Returns at the first change after `version`, at `end`, or when the task is cancelled.
  private func changed(since version: Int, before end: ContinuousClock.Instant) async {
    let ticket = state.withLock { state in
      state.nextTicket += 1
      return state.nextTicket
    }
    let alarm = Task {
      try? await Task.sleep(until: end, clock: .continuous)
      wake(ticket)
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isOver = state.withLock { state in
          let isOver = state.version != version || ContinuousClock.now >= end || Task.isCancelled
          if !isOver { state.waiting[ticket] = continuation }
          return isOver
        }
        if isOver { continuation.resume() }
      }
    } onCancel: {
      wake(ticket)
    }
    alarm.cancel()
  }

  private func wake(_ ticket: Int) { state.withLock { $0.waiting.removeValue(forKey: ticket) }?.resume() }
}
