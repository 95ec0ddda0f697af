import CLinux
import Glibc
import TickerModel

// What comes in on `tickerd.sock`, and what is answered.
extension Subscribers {
  /// Commands in a second after which even their refusals wait for the next one.
  private static let flood = 10 * SocketProtocol.commandsPerSecond
  /// Commands of one connection that the daemon works on at once: those that change something are refused beyond this,
  /// others wait.
  static let mostPending: UInt8 = 8

  /// Takes what the client sent, within the bounds of a turn.
  func read(_ connection: Connection) {
    obeyLines(of: connection)
    var budget = Self.mostInput
    while connection.readable, budget > 0, !connection.isClosed, !connection.isHeld {
      let count = recv(connection.descriptor, scratch.baseAddress, scratch.count, Int32(MSG_DONTWAIT))
      if count > 0 {
        budget -= count
        connection.input.append(UnsafeRawBufferPointer(rebasing: scratch[..<count]))
        obeyLines(of: connection)
      } else if count == 0 {
        endOfInput(of: connection)
      } else if errno != EINTR {
        // Nothing more for now; a broken connection shows at the next write or as a hangup.
        connection.readable = false
      }
    }
    if connection.readable, !connection.isClosed, !connection.isHeld { enqueue(connection) }
  }

  private func obeyLines(of connection: Connection) {
    while !connection.isClosed {
      connection.isHeld = mustWait(connection)
      if connection.isHeld { break }
      guard let line = connection.input.next() else { break }
      connection.lineBegan = nil
      obey(line, connection)
    }
    // A line that waits for us is not late.
    let isMidLine = connection.input.isMidLine && !connection.isHeld
    connection.lineBegan = isMidLine ? connection.lineBegan ?? loop.now : nil
  }

  /// Who asks faster than it may, does not read its answers, or waits for many, is read no further for the moment: what
  /// it sent stays in its socket and costs nothing here.
  private func mustWait(_ connection: Connection) -> Bool {
    connection.heldUntil > loop.now || connection.outbox.count > Outbox.mostUnread
      || connection.pendingQuestions >= Self.mostPending
  }

  /// Goes on with the commands of a connection that had to wait.
  func resumeInput(of connection: Connection) {
    guard connection.isHeld, !mustWait(connection) else { return }
    enqueue(connection)
  }

  /// A started line did not end in time. A client that does nothing else is gone; one that listens goes on.
  func lineIsLate(of connection: Connection) {
    guard !connection.subscriptions.isEmpty else { return close(connection, saying: .idle) }
    connection.lineBegan = nil
    connection.input.abandonLine()
    let limit = settings.lineTimeout.components.seconds
    refuse(CommandFailure(.limit, "a command that has begun ends within \(limit) seconds"), nil, connection)
  }

  /// A half-close ends nothing: `printf 'sub last=5' | nc -U …` still reads.
  private func endOfInput(of connection: Connection) {
    connection.readable = false
    connection.lineBegan = nil
    if let line = connection.input.finish() { obey(line, connection) }
  }

  private func obey(_ line: LineBuffer.Line, _ connection: Connection) {
    guard !isStopping else { return }
    let (count, nextWindow) = connection.countCommand(now: loop.now)
    if count >= Self.flood { hold(connection, until: nextWindow) }
    guard case .command(let bytes) = line else {
      let limit = SocketProtocol.longestCommand
      return refuse(CommandFailure(.lineTooLong, "a command has at most \(limit) bytes"), nil, connection)
    }
    let (id, result) = CommandParser.parse(bytes)
    guard count <= SocketProtocol.commandsPerSecond else {
      let limit = SocketProtocol.commandsPerSecond
      return refuse(CommandFailure(.limit, "at most \(limit) commands a second; slow down"), id, connection)
    }
    switch result {
    case .success(let command): obey(command, connection)
    case .failure(let failure): refuse(failure, id, connection)
    }
  }

  private func hold(_ connection: Connection, until moment: Int64) {
    connection.heldUntil = moment
    loop.after(.nanoseconds(max(0, moment - loop.now))) { [self] in
      if !connection.isClosed { resumeInput(of: connection) }
    }
  }

  private func obey(_ command: Command, _ connection: Connection) {
    switch command.operation {
    case .subscribe(let request): subscribe(request, command.id, connection)
    case .unsubscribe(let number): unsubscribe(number, command.id, connection)
    case .ping: answer(ServerLines.pong(command.id), connection)
    case .help: answer(ServerLines.ok(command.id, members: Help.members), connection)
    case .subscribers(let number):
      answer(ServerLines.ok(command.id, members: census(after: number, asker: connection)), connection)
    case .act(let action): act(action, command.id, connection)
    }
  }

  private func answer(_ line: [UInt8], _ connection: Connection) {
    connection.outbox.append(line)
    // A full socket is told by EPOLLOUT, a broken one shows at the next turn.
    if connection.outbox.count > Outbox.mostUnread { _ = connection.flush(now: loop.now) }
  }

  private func refuse(_ failure: CommandFailure, _ id: CommandID?, _ connection: Connection) {
    answer(ServerLines.error(failure, id: id, tail: tailCursor, head: headCursor), connection)
  }
}

// MARK: Acting on the daemon

extension Subscribers {
  private func act(_ action: AdministrativeCommand, _ id: CommandID?, _ connection: Connection) {
    if let refusal = refusal(of: action, connection) { return refuse(refusal, id, connection) }
    if action.changesSomething { connection.pendingActions += 1 } else { connection.pendingQuestions += 1 }
    let number = connection.number
    services.act(action) { [self] result in
      loop.post { [self] in finish(action, result, id, of: number) }
    }
  }

  /// Why a client may not have it done, or not now.
  private func refusal(of action: AdministrativeCommand, _ connection: Connection) -> CommandFailure? {
    if case .get(.cursor(let cursor)) = action {
      do throws(CommandFailure) { _ = try sequence(of: cursor, mayBeAhead: false) } catch { return error }
    }
    guard action.changesSomething else { return nil }
    guard mayCommand(connection) else {
      services.note(.notice) { "\(connection.peer) may not \(action.name): root, this user and admin_group may" }
      return CommandFailure(.forbidden, "only root, the daemon's user and the group of admin_group may do that")
    }
    guard connection.pendingActions < Self.mostPending else {
      return CommandFailure(.busy, "\(Self.mostPending) commands are not answered yet")
    }
    services.note(.notice) { "\(connection.peer) commands: \(action.name)" }
    return nil
  }

  private func mayCommand(_ connection: Connection) -> Bool {
    if isPrivileged(connection.peer) { return true }
    guard let group = administrators else { return false }
    return clinux_peer_in_group(connection.descriptor, group) == 1
  }

  private func finish(
    _ action: AdministrativeCommand, _ result: Result<[UInt8], CommandFailure>, _ id: CommandID?,
    of connectionNumber: Int
  ) {
    guard let connection = connections[connectionNumber] else { return }
    if action.changesSomething { connection.pendingActions -= 1 } else { connection.pendingQuestions -= 1 }
    switch result {
    case .success(var members):
      // Whoever asks does not count.
      if case .status = action { members += Array(",\"subscribers\":\(connections.count - 1)".utf8) }
      let line = ServerLines.ok(id, members: members)
      if line.count <= SocketProtocol.longestLine {
        answer(line, connection)
      } else {
        refuse(CommandFailure(.limit, "the answer is longer than a line may be"), id, connection)
      }
    case .failure(let failure): refuse(failure, id, connection)
    }
    pump(connection)
  }
}

// MARK: Subscribing

extension Subscribers {
  private func subscribe(_ request: SubscribeRequest, _ id: CommandID?, _ connection: Connection) {
    do throws(CommandFailure) {
      guard connection.subscriptions.count < SocketProtocol.mostSubscriptions else {
        throw CommandFailure(
          .limit, "at most \(SocketProtocol.mostSubscriptions) subscriptions; unsub one, or connect again")
      }
      let subscription = try subscription(request, number: connection.lastSubscription + 1)
      connection.lastSubscription += 1
      connection.subscriptions.append(subscription)
      share(subscription)
      noteChange(of: connection)
      answer(ServerLines.subscribed(id, subscription: subscription.number, head: headCursor), connection)
      noteSubscriber(connection)
      guard !connection.isClosed else { return }
      switch request.start {
      case .last(let count) where count > 0:
        locate(.last(count), upTo: subscription.position, for: subscription, connection)
      case .since:
        guard let since = subscription.filter.since else { return }
        locate(.since(since), upTo: subscription.position, for: subscription, connection)
      default: break
      }
    } catch {
      refuse(error, id, connection)
    }
  }

  private func subscription(_ request: SubscribeRequest, number: Int) throws(CommandFailure) -> Subscription {
    let now = wallTime
    var filter = SubscriptionFilter(filter: request.filter)
    var limit = request.follow ? Int64.max : newest
    switch request.until {
    case .cursor(let cursor)?: limit = min(limit, try sequence(of: cursor, mayBeAhead: true))
    case .time(let moment)?: filter.until = moment.timestamp(now: now)
    case nil: break
    }
    var position = newest
    var beginsAtTail = false
    switch request.start {
    case .after(let cursor): position = try sequence(of: cursor, mayBeAhead: false)
    // The end of what is counted backwards from, until the place is found.
    case .last: position = min(newest, limit)
    case .head: break
    case .tail:
      position = tail
      beginsAtTail = true
    case .since(let moment):
      filter.since = moment.timestamp(now: now)
      beginsAtTail = true
    }
    return Subscription(
      number: number, filter: filter, projection: Projection(request.fields), opening: ServerLines.itemOpening(number),
      position: position,
      headAtStart: newest, limit: limit, follow: request.follow, beat: (request.beat ?? settings.beat).nanoseconds,
      beginsAtTail: beginsAtTail, now: loop.now)
  }

  private func sequence(of cursor: Cursor, mayBeAhead: Bool) throws(CommandFailure) -> Int64 {
    guard cursor.epoch == epoch else {
      throw CommandFailure(.epochMismatch, "\(cursor.text) is of another log; this one is \(epoch)")
    }
    guard mayBeAhead || cursor.sequence <= newest else {
      throw CommandFailure(.cursorAhead, "\(cursor.text) has not happened yet; the newest is \(headCursor.text)")
    }
    return cursor.sequence
  }

  /// Who listens is told once for a connection.
  private func noteSubscriber(_ connection: Connection) {
    guard connection.lastSubscription == 1 else { return }
    services.note(.info) { "subscriber \(connection.number): \(connection.peer)" }
  }

  private func unsubscribe(_ number: Int, _ id: CommandID?, _ connection: Connection) {
    guard let subscription = connection.subscription(number) else {
      return refuse(CommandFailure(.notFound, "no subscription \(number) on this connection"), id, connection)
    }
    connection.subscriptions.removeAll { $0 === subscription }
    noteChange(of: connection)
    answer(ServerLines.subscribed(id, subscription: number, head: headCursor), connection)
  }
}
