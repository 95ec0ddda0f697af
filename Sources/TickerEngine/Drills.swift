import TickerDelivery
import TickerModel

/// Who heard of the drills of the last minutes. A value; its owner is the deliverer.
struct Drills {
  /// What came of a drill at one endpoint.
  struct Result: Sendable, Equatable {
    /// When it was acknowledged; nil when it was not.
    var at: Timestamp?
    var status: Int?
    /// Why it was not.
    var reason: String?
    /// It will not be told again.
    var isFinal = false
  }

  private struct Drill {
    var results: [String: Result] = [:]
    /// Who must hear it, once that is known.
    var expected: Set<String>?
    var waiting: CheckedContinuation<Void, Never>?

    var isOver: Bool {
      expected.map { $0.allSatisfy { results[$0]?.at != nil || results[$0]?.isFinal == true } } ?? false
    }
  }

  private var drills: [Int64: Drill] = [:]
  /// Drills nobody asks for any more.
  private static let most = 16

  /// A drill is in the log.
  mutating func began(_ sequence: Int64) {
    guard drills[sequence] == nil else { return }
    if drills.count >= Self.most, let oldest = drills.keys.min() { end(oldest) }
    drills[sequence] = Drill()
  }

  /// An attempt to tell `endpoint` of these events ended; no other follows where it `isLast`.
  mutating func heard(
    _ sequences: [Int64], _ endpoint: String, _ outcome: AttemptOutcome, at: Timestamp, isLast: Bool = false
  ) {
    guard !drills.isEmpty else { return }
    let isHeard = outcome.isSuccess
    let result = Result(
      at: isHeard ? at : nil, status: outcome.status, reason: isHeard ? nil : outcome.summary, isFinal: isLast)
    for sequence in sequences { note(result, sequence, endpoint) }
  }

  private mutating func note(_ result: Result, _ sequence: Int64, _ endpoint: String) {
    guard var drill = drills[sequence] else { return }
    drill.results[endpoint] = result
    drills[sequence] = drill
    if drill.isOver { wake(sequence) }
  }

  /// Resumes `continuation` when all of `expected` have heard it, or at ``wake(_:)``.
  mutating func wait(_ sequence: Int64, for expected: Set<String>, _ continuation: CheckedContinuation<Void, Never>) {
    guard drills[sequence] != nil else { return continuation.resume() }
    drills[sequence]?.expected = expected
    drills[sequence]?.waiting = continuation
    if drills[sequence]?.isOver == true { wake(sequence) }
  }

  mutating func wake(_ sequence: Int64) { drills[sequence]?.waiting.take()?.resume() }

  func results(_ sequence: Int64) -> [String: Result] { drills[sequence]?.results ?? [:] }

  mutating func end(_ sequence: Int64) { drills.removeValue(forKey: sequence)?.waiting?.resume() }
}
