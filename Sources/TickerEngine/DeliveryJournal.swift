import Logging
import TickerDelivery
import TickerModel
import TickerStore

/// What the deliverer wants on disk: rows and states as soon as the writer is free, in the order in which they came, and
/// positions together and seldom. A value; times are nanoseconds of the monotonic clock.
struct DeliveryJournal {
  enum Entry {
    /// A row, the number of its endpoint, and what of its first attempt is settled by it.
    case kept(Int, StoredDelivery, settling: Outgoing?)
    /// A row that succeeded: the endpoint's number and name, the sequence.
    case settled(Int, String, Int64)
    case passedOver(String, reason: String)
    /// The state of the endpoint of this number.
    case state(Int)
  }

  /// Long enough that a thousand endpoints cost four transactions a second, short enough that a repeat is rare.
  static let interval: Int64 = 250_000_000
  /// After something could not be written.
  static let pauseAfterFault: Int64 = 1_000_000_000

  private(set) var waiting: [Entry] = []
  private(set) var writing: [Entry] = []
  var retryAt: Int64?
  private(set) var movedEndpoints: Set<Int> = []
  private(set) var positionsDue: Int64?
  var isWritingPositions = false

  /// Positions apart, everything is on disk.
  var isEmpty: Bool { waiting.isEmpty && writing.isEmpty }

  /// When to look again.
  var due: Int64? { [isWritingPositions ? nil : positionsDue, retryAt].compactMap(\.self).min() }

  mutating func add(_ entry: Entry) { waiting.append(entry) }

  /// The position of an endpoint is another.
  mutating func moved(_ number: Int, now: Int64) {
    movedEndpoints.insert(number)
    if positionsDue == nil { positionsDue = now + Self.interval }
  }

  /// What is to be written now; empty while the last batch is not on disk.
  mutating func begin(_ now: Int64) -> [Entry] {
    guard writing.isEmpty, retryAt ?? now <= now else { return [] }
    retryAt = nil
    swap(&writing, &waiting)
    return writing
  }

  /// The batch ended; all of it comes again when it failed.
  mutating func end(failed: Bool, now: Int64) -> [Entry] {
    let entries = writing
    writing = []
    guard failed else { return entries }
    waiting = entries + waiting
    retryAt = now + Self.pauseAfterFault
    return []
  }

  mutating func takeMoved() -> Set<Int> {
    let moved = movedEndpoints
    movedEndpoints = []
    positionsDue = nil
    return moved
  }
}

extension Deliverer {
  /// Keeps a delivery after a failed attempt. `settling` is its first attempt, which is over once the row is on disk.
  func keep(_ row: StoredDelivery, of endpoint: Endpoint, settling outgoing: Outgoing?) {
    endpoint.unwritten += 1
    journal.add(.kept(endpoint.number, row, settling: outgoing))
  }

  /// The state of `endpoint` changed.
  func remember(_ endpoint: Endpoint) { journal.add(.state(endpoint.number)) }

  /// Hands what waits to the writer.
  func writeJournal(_ now: Int64) {
    if let due = journal.positionsDue, due <= now, !journal.isWritingPositions { advance(journal.takeMoved()) }
    let entries = journal.begin(now)
    guard !entries.isEmpty else { return }
    var changes = DeliveryChanges()
    for entry in entries {
      switch entry {
      // What belongs to an endpoint that left is not written under its name any more.
      case .kept(let number, let row, _): if endpoints[number] != nil { changes.kept.append(row) }
      case .settled(let number, let name, let sequence):
        if endpoints[number] != nil { changes.settled.append((name, sequence)) }
      case .passedOver(let name, let reason): changes.passedOver.append((name, reason))
      case .state(let number): if let endpoint = endpoints[number] { changes.states[endpoint.name] = endpoint.state }
      }
    }
    if !store.apply(changes, completion: { [arrivals] in arrivals.add(.written($0)) }) {
      arrivals.add(.written(StoreError(.closed, "the store is closed")))
    }
  }

  /// The last batch is on disk; or it is not, and is tried again.
  func written(_ error: StoreError?) {
    if let error { log.error("deliveries could not be recorded: \(error.message)") }
    let isLost = error?.kind == .closed
    for entry in journal.end(failed: error != nil && !isLost, now: Clock.monotonic) where !isLost {
      switch entry {
      case .kept(let number, let row, let outgoing):
        if let endpoint = endpoints[number] { kept(row, outgoing, endpoint) }
      case .settled(let number, _, let sequence):
        guard let endpoint = endpoints[number] else { continue }
        endpoint.waiting.removed(sequence)
        // What waited behind it may go.
        enqueue(endpoint)
      case .passedOver, .state: break
      }
    }
  }

  private func kept(_ row: StoredDelivery, _ outgoing: Outgoing?, _ endpoint: Endpoint) {
    endpoint.unwritten -= 1
    if let next = row.nextAt {
      endpoint.waiting.kept(.init(sequence: row.sequence, source: row.source, due: Endpoint.monotonic(next)))
    } else {
      endpoint.waiting.removed(row.sequence)
    }
    if let outgoing, outgoing.lane == .first {
      if outgoing.attempt > 0 { traffic.closeSource(outgoing, endpoint) }
      finished(outgoing.members, endpoint)
    }
    enqueue(endpoint)
  }

  private func advance(_ moved: Set<Int>) {
    var positions: [String: Int64] = [:]
    var written: [Int: Int64] = [:]
    for number in moved {
      guard let endpoint = endpoints[number] else { continue }
      positions[endpoint.name] = endpoint.progress.cursor
      written[number] = endpoint.progress.cursor
    }
    guard !positions.isEmpty else { return }
    journal.isWritingPositions = true
    let isOpen = store.advance(positions) { [arrivals, written] in arrivals.add(.positions(written, $0)) }
    if !isOpen { journal.isWritingPositions = false }
  }

  func positionsWritten(_ positions: [Int: Int64], _ error: StoreError?) {
    journal.isWritingPositions = false
    guard let error else { return }
    log.error("the positions of the endpoints could not be written: \(error.message)")
    for number in positions.keys { journal.moved(number, now: Clock.monotonic + DeliveryJournal.pauseAfterFault) }
  }

  /// Writes the positions now; returns when they are on disk, or could not be written.
  func writePositions() async {
    let positions = Dictionary(
      endpoints.values.map { ($0.name, $0.progress.cursor) }, uniquingKeysWith: { first, _ in first })
    _ = journal.takeMoved()
    guard !positions.isEmpty else { return }
    let error: StoreError? = await withCheckedContinuation { continuation in
      let isOpen = store.advance(positions) { continuation.resume(returning: $0) }
      if !isOpen { continuation.resume(returning: nil) }
    }
    if let error { log.error("the positions of the endpoints could not be written: \(error.message)") }
  }
}
