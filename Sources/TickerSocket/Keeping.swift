import Glibc
import TickerModel

/// What is to be recorded of kept connections, and when. Belongs to the loop's thread.
struct Keeping {
  /// Connections whose descriptors lie with the service manager.
  var count = 0
  /// Those that are left to the next process.
  var frozen = 0
  /// New, or with other subscriptions than were recorded.
  var unsaved: [Int: Connection] = [:]
  /// Recorded under these names, and gone.
  var gone: [String] = []
  var isSaving = false
  var saveIsDue = false
  var sweeps = false
  /// Called when the frozen connections' places are recorded.
  var left: (() -> Void)?

  /// A crash within this time of a subscription costs a client its connection, not more: it knows its cursor.
  static let saveAfter = Duration.milliseconds(200)
  /// How old a recorded position may be, and so how much may be repeated after a crash.
  static let sweepInterval = Duration.seconds(10)
  /// A client with more unread answers than this must come again.
  static let mostUnsent = 128 << 10
}

// MARK: Handing over

extension Subscribers {
  /// Gives the service manager a copy, where there is room.
  func keep(_ connection: Connection) {
    guard let keeper, keeping.count < keeper.capacity, connection.name.utf8.count <= ConnectionKeeper.longestName else {
      return
    }
    connection.isKept = true
    keeping.count += 1
    keeper.store(connection.name, connection.descriptor)
    noteChange(of: connection)
    startSweeping()
  }

  /// The connection ends here and everywhere.
  func letGo(of connection: Connection) {
    guard connection.isKept, let keeper else { return }
    keeper.forget(connection.name)
    // The copy would hold the connection open until the service manager has read that.
    shutdown(connection.descriptor, Int32(SHUT_RDWR))
    connection.isKept = false
    keeping.count -= 1
    keeping.unsaved[connection.number] = nil
    if connection.savedMark != nil {
      keeping.gone.append(connection.name)
      scheduleSave()
    }
  }

  /// Its subscriptions are not what was recorded.
  func noteChange(of connection: Connection) {
    guard connection.isKept else { return }
    keeping.unsaved[connection.number] = connection
    scheduleSave()
  }

  private func scheduleSave() {
    guard !keeping.saveIsDue, !isStopping else { return }
    keeping.saveIsDue = true
    loop.after(Keeping.saveAfter) { [self] in
      keeping.saveIsDue = false
      if !isStopping { save() }
    }
  }

  private func startSweeping() {
    guard !keeping.sweeps else { return }
    keeping.sweeps = true
    sweepLater()
  }

  private func sweepLater() {
    loop.after(Keeping.sweepInterval) { [self] in
      guard !isStopping else { return }
      for connection in connections.values where connection.isKept && connection.savedMark != mark(of: connection) {
        keeping.unsaved[connection.number] = connection
      }
      save()
      sweepLater()
    }
  }

  private func save() {
    guard let keeper, !keeping.isSaving, !(keeping.unsaved.isEmpty && keeping.gone.isEmpty) else { return }
    let connections = Array(keeping.unsaved.values)
    let marks = connections.map(mark)
    let states = KeptStates(changed: connections.map { saved($0, exactly: false) }, gone: keeping.gone, isExact: false)
    keeping.unsaved = [:]
    keeping.gone = []
    keeping.isSaving = true
    for (connection, mark) in zip(connections, marks) { connection.savedMark = mark }
    keeper.save(states) { [self] isDone in
      loop.post { [self] in saveEnded(isDone, states) }
    }
  }

  private func saveEnded(_ isDone: Bool, _ states: KeptStates) {
    keeping.isSaving = false
    if !isDone {
      // The disk is full or broken: the next sweep tries again.
      keeping.gone += states.gone
      for state in states.changed {
        guard let number = Self.number(in: state.name), let connection = connections[number] else { continue }
        keeping.unsaved[number] = connection
      }
    } else if !(keeping.unsaved.isEmpty && keeping.gone.isEmpty) {
      scheduleSave()
    }
    if isStopping, connections.count == keeping.frozen { leaveFrozen() }
  }

  /// Changes whenever something of the connection does that would be recorded.
  private func mark(of connection: Connection) -> Int {
    var hasher = Hasher()
    hasher.combine(connection.lastSubscription)
    for subscription in connection.subscriptions {
      hasher.combine(subscription.number)
      hasher.combine(subscription.position)
      hasher.combine(subscription.isLive)
    }
    return hasher.finalize()
  }
}

// MARK: Leaving

extension Subscribers {
  /// At a stop: whose copy has not left yet will not be kept.
  func confirmKept() {
    for connection in connections.values where connection.isKept {
      guard let keeper, keeper.holds(connection.name), connection.outbox.count <= Keeping.mostUnsent else {
        keeper?.forget(connection.name)
        connection.isKept = false
        continue
      }
    }
  }

  /// Records where the frozen connections stand and lets go of them; then calls `completion`.
  func leaveKept(_ completion: @escaping () -> Void) {
    keeping.left = completion
    // Otherwise when the one that runs has ended: an older state must not come after the last one.
    if !keeping.isSaving { leaveFrozen() }
  }

  private func leaveFrozen() {
    guard let completion = keeping.left else { return }
    keeping.left = nil
    let leaving = Array(connections.values)
    guard let keeper, !(leaving.isEmpty && keeping.gone.isEmpty) else { return completion() }
    let states = KeptStates(
      changed: leaving.map { saved($0, exactly: true) }, gone: keeping.gone, isExact: true)
    for connection in leaving { drop(connection) }
    keeping.frozen = 0
    let end = Completion(run: completion)
    keeper.save(states) { [self] _ in
      loop.post { end.run() }
    }
  }

  /// What to do when all is kept.
  private struct Completion: @unchecked Sendable {  // made on the loop's thread and run there
    let run: () -> Void
  }

  private func saved(_ connection: Connection, exactly isExact: Bool) -> SavedConnection {
    SavedConnection(
      name: connection.name, isLive: connection.kind == .live, epoch: epoch,
      lastSubscription: connection.lastSubscription, input: isExact ? connection.input.beginning : [],
      unsent: isExact ? connection.outbox.unsent : [],
      subscriptions: connection.subscriptions.map { saved($0, of: connection, exactly: isExact) })
  }

  private func saved(
    _ subscription: Subscription, of connection: Connection, exactly isExact: Bool
  ) -> SavedSubscription {
    var position = subscription.position
    var isLive = subscription.isLive
    if !isExact, !connection.outbox.isEmpty {
      // What waits there dies with the process.
      if let cut = connection.cut, cut.subscription == subscription.number {
        position = min(position, cut.sequence - 1)
      }
      isLive = isLive && position >= subscription.headAtStart && connection.kind == .live
    }
    var locating: Int?
    switch subscription.reading {
    case .locating(.last(let count)): locating = count
    // The filter knows the time; all before it is passed over.
    case .locating(.since): position = min(position, tail)
    default: break
    }
    return SavedSubscription(
      number: subscription.number, request: subscription.request(after: cursor(position)),
      since: subscription.filter.since, headAtStart: subscription.headAtStart, limit: subscription.limit,
      isLive: isLive, beginsAtTail: subscription.beginsAtTail, beat: subscription.beat, locating: locating)
  }
}

// MARK: Coming back

extension Subscribers {
  func adopt(_ kept: [KeptConnection]) {
    for connection in kept { lastNumber = max(lastNumber, Self.number(in: connection.name) ?? 0) }
    for connection in kept { adopt(connection) }
  }

  private static func number(in name: String) -> Int? { Int(name.dropFirst()) }

  private func adopt(_ kept: KeptConnection) {
    guard let peer = Peer(of: kept.descriptor), let number = Self.number(in: kept.name), connections[number] == nil,
      let state = kept.state, let saved = SavedConnection(name: kept.name, state), saved.epoch == epoch
    else { return dismiss(kept) }
    let connection = Connection(
      number: number, descriptor: kept.descriptor, kind: saved.isLive ? .live : .control, peer: peer,
      now: loop.now)
    guard connection.name == kept.name else { return dismiss(kept) }
    connection.isKept = true
    connection.savedMark = 0
    connection.lastSubscription = saved.lastSubscription
    connection.subscriptions = saved.subscriptions.map { Subscription($0, isLive: saved.isLive, now: loop.now) }
    if kept.isExact {
      connection.outbox.append(saved.unsent)
      saved.input.withUnsafeBytes { connection.input.append($0) }
      if connection.input.isMidLine { connection.lineBegan = loop.now }
    } else {
      connection.outbox.append(Self.emptyLine)
    }
    connection.subscriptions.forEach(share)
    admission.readmit(peer.user)
    guard enter(connection) else { return keeper?.forget(kept.name) ?? () }
    keeping.count += 1
    startSweeping()
    for subscription in connection.subscriptions {
      guard case .locating(let beginning) = subscription.reading else { continue }
      locate(beginning, upTo: subscription.position, for: subscription, connection)
    }
    // Commands that had to wait in the process before.
    read(connection)
    pump(connection)
  }

  /// Ends a line that was cut.
  private static let emptyLine = [UInt8(ascii: "\n")]

  /// Nobody knows where it stood: it has to come again, with the cursor that it knows.
  private func dismiss(_ kept: KeptConnection) {
    var farewell = Outbox()
    farewell.append(Self.emptyLine)
    if kept.name.hasPrefix("c") { farewell.append(ServerLines.bye(.shutdown, tailCursor)) }
    _ = farewell.send(to: kept.descriptor)
    keeper?.forget(kept.name)
    shutdown(kept.descriptor, Int32(SHUT_RDWR))
    Glibc.close(kept.descriptor)
  }
}

extension Subscription {
  /// What a client would ask to get what this one gets after `cursor`.
  func request(after cursor: Cursor) -> SubscribeRequest {
    SubscribeRequest(
      start: .after(cursor), until: filter.until.map { .time(.at($0)) }, follow: follow, filter: filter.filter,
      fields: projection?.fields ?? [])
  }

  convenience init(_ saved: SavedSubscription, isLive: Bool, now: Int64) {
    var filter = SubscriptionFilter(filter: saved.request.filter)
    filter.since = saved.since
    if case .time(.at(let until))? = saved.request.until { filter.until = until }
    var position: Int64 = 0
    if case .after(let cursor) = saved.request.start { position = cursor.sequence }
    self.init(
      number: saved.number, filter: filter, projection: Projection(saved.request.fields),
      opening: isLive ? ServerLines.liveOpening : ServerLines.itemOpening(saved.number), position: position,
      headAtStart: saved.headAtStart, limit: saved.limit, follow: saved.request.follow, beat: saved.beat,
      beginsAtTail: saved.beginsAtTail, now: now)
    self.isLive = saved.isLive
    if let count = saved.locating { reading = .locating(.last(count)) }
  }
}
