import CLinux
import Glibc
import Synchronization
import TickerModel

/// Every connection and its place in the log. ``SocketServer`` is its door for other threads.
final class Subscribers: @unchecked Sendable {  // the loop's thread's alone, but for the count, which is atomic
  // All state but `count` belongs to the loop's thread. Other threads hold the reference only to name it in closures
  // that they post to the loop.

  /// Accepted in one turn, so that a storm of connections does not starve those who are there.
  private static let mostAccepts = 64
  /// Bytes read from one connection in one turn.
  static let mostInput = 64 << 10
  /// Connections served in one round: at 256 KiB each some milliseconds, by which a thousand replays may delay news.
  private static let mostTurns = 32
  /// Without descriptors, accepting again at once would only spin.
  private static let acceptPause = Duration.seconds(1)

  let settings: SocketSettings
  let loop: EventLoop
  let epoch: String
  let services: SocketServices
  /// Connections of both sockets; any thread.
  let count = Atomic<Int>(0)

  var ring: Ring
  /// The sequence before the oldest event kept, as far as is known here.
  var tail: Int64
  /// The newest sequence known. A page may show what is recorded and not yet announced.
  var newest: Int64
  var connections: [Int: Connection] = [:]
  /// The same connections, in no order.
  private(set) var lineUp: ContiguousArray<Connection> = []
  private var filters = SharedFilters()
  var pages = SharedPages()
  let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 16 << 10, alignment: 1)
  var admission: Admission
  /// Members of this group may command; nil: root and the daemon's user alone.
  var administrators: UInt32?
  let keeper: ConnectionKeeper?
  var keeping = Keeping()
  private var listeners: [(listener: Listener, kind: Connection.Kind)] = []
  var lastNumber = 0
  private var queue: [Connection] = []
  private var roundIsPosted = false
  /// Not nil once stopping; called when the last connection is closed.
  private var stopCompletions: [@Sendable () -> Void]?

  init(
    settings: SocketSettings, loop: EventLoop, epoch: String, tail: Int64, head: Int64, services: SocketServices,
    keeper: ConnectionKeeper? = nil
  ) {
    self.settings = settings
    self.keeper = keeper
    self.loop = loop
    self.epoch = epoch
    self.services = services
    self.tail = tail
    ring = Ring(head: head, capacity: settings.ringCapacity)
    newest = head
    admission = Admission(limit: settings.maxSubscribers, daemonUser: geteuid())
    administrators = settings.administrators
  }

  deinit { scratch.deallocate() }

  var isStopping: Bool { stopCompletions != nil }
  var headCursor: Cursor { cursor(newest) }
  var tailCursor: Cursor { cursor(tail) }
  func cursor(_ sequence: Int64) -> Cursor { Cursor(epoch: epoch, sequence: sequence) }
  func isPrivileged(_ peer: Peer) -> Bool { admission.isPrivileged(peer.user) }

  // MARK: News

  /// Gives the subscription the filter that equal ones have already.
  func share(_ subscription: Subscription) { subscription.shared = filters.share(subscription.filter) }

  /// Retention has pruned up to here.
  func update(tail newTail: Int64) { tail = max(tail, newTail) }

  func update(limit: Int) { admission.limit = limit }

  // MARK: Coming

  func listen(_ listener: Listener, _ kind: Connection.Kind) {
    guard !isStopping else { return listener.close() }
    listeners.append((listener, kind))
    watch(listener, kind)
  }

  private func watch(_ listener: Listener, _ kind: Connection.Kind) {
    do throws(SocketError) {
      try loop.add(listener.descriptor, [.readable]) { [self] _ in accept(from: listener, kind) }
    } catch {
      pauseAccepting(listener, kind)
    }
  }

  private func accept(from listener: Listener, _ kind: Connection.Kind) {
    for _ in 0..<Self.mostAccepts {
      let descriptor = clinux_accept(listener.descriptor)
      if descriptor >= 0 {
        welcome(descriptor, kind)
      } else if errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM {
        loop.remove(listener.descriptor)
        return pauseAccepting(listener, kind)
      } else if errno != EINTR && errno != ECONNABORTED {
        return
      }
    }
  }

  private func pauseAccepting(_ listener: Listener, _ kind: Connection.Kind) {
    loop.after(Self.acceptPause) { [self] in
      if !isStopping { watch(listener, kind) }
    }
  }

  private func welcome(_ descriptor: Int32, _ kind: Connection.Kind) {
    guard let peer = Peer(of: descriptor), admission.admit(peer.user) else {
      if kind == .control { refuse(descriptor) }
      Glibc.close(descriptor)
      return
    }
    lastNumber += 1
    let connection = Connection(number: lastNumber, descriptor: descriptor, kind: kind, peer: peer, now: loop.now)
    guard enter(connection) else { return }
    keep(connection)
    greet(connection)
  }

  /// Watches a connection that was admitted; false when it cannot be, and is closed.
  func enter(_ connection: Connection) -> Bool {
    do throws(SocketError) {
      try loop.add(connection.descriptor, Self.readiness(of: connection.kind)) { [self] in handle($0, of: connection) }
    } catch {
      admission.leave(connection.peer.user)
      if connection.kind == .control { refuse(connection.descriptor) }
      Glibc.close(connection.descriptor)
      return false
    }
    connections[connection.number] = connection
    connection.place = lineUp.count
    lineUp.append(connection)
    count.add(1, ordering: .relaxed)
    return true
  }

  /// Edge-triggered. `live.sock` reads nothing, so only a full close (EPOLLHUP, always told) of the peer ends it.
  static func readiness(of kind: Connection.Kind) -> Readiness {
    kind == .live ? [.edgeTriggered] : [.readable, .peerShutdown, .edgeTriggered]
  }

  private func refuse(_ descriptor: Int32) {
    var farewell = Outbox()
    farewell.append(ServerLines.bye(.limit, headCursor))
    _ = farewell.send(to: descriptor)
  }

  private func greet(_ connection: Connection) {
    switch connection.kind {
    case .live:
      connection.subscriptions = [.live(at: newest, now: loop.now)]
      connection.subscriptions.forEach(share)
      services.note(.info) { "subscriber \(connection.number) of live.sock: \(connection.peer)" }
    case .control:
      connection.outbox.append(
        ServerLines.hello(server: settings.serverName, tail: tailCursor, head: headCursor, beat: settings.beat))
      pump(connection)
    }
  }

  // MARK: Staying

  private func handle(_ readiness: Readiness, of connection: Connection) {
    if readiness.contains(.writable) { connection.writable = true }
    if connection.kind == .control, !readiness.isDisjoint(with: [.readable, .peerShutdown]) {
      connection.readable = true
      // Before a hangup is obeyed: a client may write a command and leave.
      read(connection)
    }
    if !readiness.isDisjoint(with: [.hangup, .error]) { close(connection) }
    pump(connection)
  }

  /// Gives `connection` another turn after the others had theirs.
  func enqueue(_ connection: Connection) {
    guard !connection.isQueued else { return }
    connection.isQueued = true
    queue.append(connection)
    postRound()
  }

  private func postRound() {
    guard !roundIsPosted, !queue.isEmpty else { return }
    roundIsPosted = true
    loop.post { [self] in round() }
  }

  /// A few turns, then whatever else was posted meanwhile, news above all.
  private func round() {
    roundIsPosted = false
    let present = queue.prefix(Self.mostTurns)
    queue.removeFirst(present.count)
    postRound()
    for connection in present {
      connection.isQueued = false
      if connection.readable || connection.isHeld { read(connection) }
      pump(connection)
    }
  }

  // MARK: Time

  /// Makes sure that the connection's timer runs at its next deadline, or before.
  func schedule(_ connection: Connection) {
    guard !connection.isClosed, let deadline = nextDeadline(of: connection) else { return }
    if let timer = connection.timer {
      // An early timer finds nothing to do and is set anew: cheaper than moving it with every line.
      guard deadline < timer.deadline else { return }
      loop.cancel(timer.id)
    }
    let id = loop.after(.nanoseconds(max(0, deadline - loop.now))) { [self] in timePassed(for: connection) }
    connection.timer = (id, deadline)
  }

  private func nextDeadline(of connection: Connection) -> Int64? {
    var deadline = Int64.max
    if let began = connection.lineBegan { deadline = min(deadline, began + settings.lineTimeout.nanoseconds) }
    if let since = connection.waitingSince { deadline = min(deadline, since + settings.stallTimeout.nanoseconds) }
    if connection.writable {
      for subscription in connection.subscriptions {
        if let due = subscription.nextBeat { deadline = min(deadline, due) }
      }
    }
    return deadline == .max ? nil : deadline
  }

  private func timePassed(for connection: Connection) {
    connection.timer = nil
    let now = loop.now
    if let began = connection.lineBegan, began + settings.lineTimeout.nanoseconds <= now {
      lineIsLate(of: connection)
    }
    guard !connection.isClosed else { return }
    if let since = connection.waitingSince, since + settings.stallTimeout.nanoseconds <= now {
      services.note(.notice) {
        "subscriber \(connection.number) is closed: it took nothing for \(Quantity.text(self.settings.stallTimeout)) (\(connection.peer))"
      }
      return close(connection, saying: .stalled)
    }
    if connection.writable {
      for subscription in connection.subscriptions {
        if let due = subscription.nextBeat, due <= now { beat(subscription, connection) }
      }
    }
    pump(connection)
  }

  private func beat(_ subscription: Subscription, _ connection: Connection) {
    let line = ServerLines.beat(
      subscription.number, cursor(subscription.position), head: headCursor, at: wallTime)
    tell(subscription, line, connection)
  }

  var wallTime: Timestamp { Timestamp(milliseconds: clinux_realtime() / 1_000_000) }

  // MARK: Going

  /// Ends the connection, with a farewell where one can still be written.
  func close(_ connection: Connection, saying code: FarewellCode? = nil) {
    guard !connection.isClosed else { return }
    if let code, connection.kind == .control {
      connection.outbox.append(ServerLines.bye(code, resumePoint(of: connection)))
      _ = connection.flush(now: loop.now)
    }
    drop(connection)
    finishStopping()
  }

  /// Closes this process's descriptor; that of a kept connection lives on elsewhere.
  func drop(_ connection: Connection) {
    connection.isClosed = true
    if let timer = connection.timer { loop.cancel(timer.id) }
    loop.remove(connection.descriptor)
    if !connection.isFrozen { letGo(of: connection) }
    Glibc.close(connection.descriptor)
    connection.subscriptions = []
    connections[connection.number] = nil
    if let last = lineUp.popLast(), last !== connection {
      lineUp[connection.place] = last
      last.place = connection.place
    }
    admission.leave(connection.peer.user)
    count.subtract(1, ordering: .relaxed)
  }

  /// Where a client that knows no better goes on without losing anything.
  private func resumePoint(of connection: Connection) -> Cursor {
    cursor(connection.subscriptions.map(\.position).min() ?? newest)
  }

  /// Accepts nobody any more, lets everybody take what there is within `flush`, says farewell and closes. Connections
  /// that the service manager keeps are left to the process that follows.
  func stop(flush: Duration, _ completion: @escaping @Sendable () -> Void) {
    stopCompletions = (stopCompletions ?? []) + [completion]
    for (listener, _) in listeners {
      loop.remove(listener.descriptor)
      listener.close()
    }
    listeners = []
    confirmKept()
    for connection in connections.values { pump(connection) }
    finishStopping()
    loop.after(flush) { [self] in
      for connection in connections.values { depart(connection) }
    }
  }

  /// The connection has what it is due, or its time is over.
  func depart(_ connection: Connection) {
    guard connection.isKept else { return close(connection, saying: .shutdown) }
    guard !connection.isFrozen else { return }
    connection.isFrozen = true
    keeping.frozen += 1
    finishStopping()
  }

  private func finishStopping() {
    guard connections.count == keeping.frozen, stopCompletions != nil else { return }
    leaveKept { [self] in
      guard let completions = stopCompletions else { return }
      stopCompletions = []
      for completion in completions { completion() }
    }
  }
}

extension Peer {
  init?(of descriptor: Int32) {
    var process: UInt32 = 0
    var user: UInt32 = 0
    var group: UInt32 = 0
    guard clinux_peer(descriptor, &process, &user, &group) == 0 else { return nil }
    self.init(process: process, user: user, group: group)
  }
}
