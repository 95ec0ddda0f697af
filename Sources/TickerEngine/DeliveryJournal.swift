import Logging
import TickerDelivery
import TickerModel
import TickerStore

/// What the deliverer wants on disk: rows and states as soon as the writer is free, positions together and seldom. A row
/// and the position that counts it as settled are one transaction. A value; times are nanoseconds of the monotonic clock.
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

  /// What goes to disk at once.
  struct Batch {
    var entries: [Entry] = []
    /// Endpoints whose positions changed.
    var moved: Set<Int> = []

    var isEmpty: Bool { entries.isEmpty && moved.isEmpty }
  }

  /// Seldom enough that a thousand endpoints cost five transactions a second. An acknowledgement is on disk within 250 ms
  /// (SPEC §6): this, and 50 ms for the disk.
  static let interval: Int64 = 200_000_000
  /// After something could not be written.
  static let pauseAfterFault: Int64 = 1_000_000_000

  private var waiting = Batch()
  private var writing: Batch?
  private var retryAt: Int64?
  private var positionsDue: Int64?
  private var lastPositions: Int64 = 0

  /// Nothing is being written, and positions alone may wait.
  var isEmpty: Bool { waiting.entries.isEmpty && writing == nil }
  var isWriting: Bool { writing != nil }

  /// When to look again.
  var due: Int64? {
    if isWriting { return nil }
    guard let retryAt else { return positionsDue }
    return max(retryAt, positionsDue ?? retryAt)
  }

  mutating func add(_ entry: Entry) { waiting.entries.append(entry) }

  /// The position of an endpoint is another.
  mutating func moved(_ number: Int, now: Int64) {
    waiting.moved.insert(number)
    if positionsDue == nil { positionsDue = now + Self.interval }
  }

  /// Nothing is under way: nobody is to be waited for, unless positions were written just now.
  mutating func rests() {
    if let due = positionsDue { positionsDue = min(due, lastPositions + Self.interval) }
  }

  /// What is to be written now; nil when nothing is, or while the last batch is not on disk.
  mutating func begin(_ now: Int64, isForced: Bool = false) -> Batch? {
    guard writing == nil, isForced || retryAt ?? now <= now else { return nil }
    retryAt = nil
    let isDue = isForced || positionsDue.map { $0 <= now } ?? false
    let batch = Batch(entries: waiting.entries, moved: isDue ? waiting.moved : waiting.moved.intersection(touched))
    guard !batch.isEmpty else { return nil }
    waiting.entries = []
    waiting.moved.subtract(batch.moved)
    if waiting.moved.isEmpty { positionsDue = nil }
    if isDue { lastPositions = now }
    writing = batch
    return batch
  }

  /// The batch ended; all of it comes again when it failed.
  mutating func end(failed: Bool, now: Int64) -> [Entry] {
    guard let batch = writing else { return [] }
    writing = nil
    guard failed else { return batch.entries }
    waiting.entries = batch.entries + waiting.entries
    for number in batch.moved { moved(number, now: now) }
    retryAt = now + Self.pauseAfterFault
    return []
  }

  /// Endpoints whose rows say that something is settled.
  private var touched: Set<Int> {
    Set(
      waiting.entries.compactMap { entry in
        if case .kept(let number, _, settling: .some) = entry { number } else { nil }
      })
  }
}

extension Deliverer {
  /// Keeps a delivery after a failed attempt. `settling` is its first attempt, which is over with that row.
  func keep(_ row: StoredDelivery, of endpoint: Endpoint, settling outgoing: Outgoing?) {
    endpoint.unwritten += 1
    if let outgoing, outgoing.lane == .first { finished(outgoing.members, endpoint) }
    journal.add(.kept(endpoint.number, row, settling: outgoing))
  }

  /// The state of `endpoint` changed.
  func remember(_ endpoint: Endpoint) { journal.add(.state(endpoint.number)) }

  /// Hands what waits to the writer.
  func writeJournal(_ now: Int64) {
    if traffic.inFlight == 0 { journal.rests() }
    guard let batch = journal.begin(now) else { return }
    if !store.apply(changes(batch), completion: { [arrivals] in arrivals.add(.written($0)) }) {
      arrivals.add(.written(StoreError(.closed, "the store is closed")))
    }
  }

  private func changes(_ batch: DeliveryJournal.Batch) -> DeliveryChanges {
    var changes = DeliveryChanges()
    for entry in batch.entries {
      switch entry {
      // What belongs to an endpoint that left is not written under its name any more.
      case .kept(let number, let row, _): if endpoints[number] != nil { changes.kept.append(row) }
      case .settled(let number, let name, let sequence):
        if endpoints[number] != nil { changes.settled.append((name, sequence)) }
      case .passedOver(let name, let reason): changes.passedOver.append((name, reason))
      case .state(let number): if let endpoint = endpoints[number] { changes.states[endpoint.name] = endpoint.state }
      }
    }
    for number in batch.moved {
      if let endpoint = endpoints[number] { changes.positions[endpoint.name] = endpoint.progress.position }
    }
    return changes
  }

  /// A fault is logged when it begins, changes and ends, not with every batch.
  private func tell(_ error: StoreError?) {
    defer { journalFault = error?.kind }
    guard error?.kind != journalFault else { return }
    guard let error else { return log.notice("deliveries can be recorded again") }
    log.error("deliveries could not be recorded: \(error.message)")
  }

  /// The last batch is on disk; or it is not, and is tried again.
  func written(_ error: StoreError?) {
    tell(error)
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
    let waiting = waitForJournal
    waitForJournal = []
    for continuation in waiting { continuation.resume() }
  }

  private func kept(_ row: StoredDelivery, _ outgoing: Outgoing?, _ endpoint: Endpoint) {
    endpoint.unwritten -= 1
    if let next = row.nextAt {
      endpoint.waiting.kept(.init(sequence: row.sequence, source: row.source, due: Endpoint.monotonic(next)))
    } else {
      endpoint.waiting.removed(row.sequence)
    }
    if let outgoing, outgoing.lane == .first, outgoing.attempt > 0 { traffic.closeSource(outgoing, endpoint) }
    enqueue(endpoint)
  }

  /// Writes everything now; returns when it is on disk, or could not be written.
  func writeAll() async {
    while journal.isWriting { await withCheckedContinuation { waitForJournal.append($0) } }
    guard let batch = journal.begin(Clock.monotonic, isForced: true) else { return }
    let error: StoreError? = await withCheckedContinuation { continuation in
      let isOpen = store.apply(changes(batch)) { continuation.resume(returning: $0) }
      if !isOpen { continuation.resume(returning: StoreError(.closed, "the store is closed")) }
    }
    written(error)
  }
}
