import Glibc
import TickerModel

// What comes in on `tickerd.sock`, and what is answered.
extension Subscribers {
  /// Commands in a second after which it is no client but a flood.
  private static let flood = 10 * SocketProtocol.commandsPerSecond
  /// Commands of one connection that the daemon works on at once.
  private static let mostPending = 8

  /// Takes what the client sent, within the bounds of a turn.
  func read(_ connection: Connection) {
    var budget = Self.mostInput
    while connection.readable, budget > 0, !connection.isClosed {
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
    if connection.readable, !connection.isClosed { enqueue(connection) }
  }

  private func obeyLines(of connection: Connection) {
    while !connection.isClosed, let line = connection.input.next() {
      connection.lineBegan = nil
      obey(line, connection)
    }
    connection.lineBegan = connection.input.isMidLine ? connection.lineBegan ?? loop.now : nil
  }

  /// A half-close ends nothing: `printf 'sub last=5' | nc -U …` still reads.
  private func endOfInput(of connection: Connection) {
    connection.readable = false
    connection.lineBegan = nil
    if let line = connection.input.finish() { obey(line, connection) }
  }

  private func obey(_ line: LineBuffer.Line, _ connection: Connection) {
    guard !isStopping else { return }
    let count = connection.countCommand(now: loop.now)
    guard count <= Self.flood else { return close(connection, saying: .limit) }
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

  private func obey(_ command: Command, _ connection: Connection) {
    switch command.operation {
    case .subscribe(let request): subscribe(request, command.id, connection)
    case .unsubscribe(let number): unsubscribe(number, command.id, connection)
    case .ping: answer(ServerLines.pong(command.id), connection)
    case .help: answer(ServerLines.ok(command.id, members: Help.members), connection)
    case .act(let action): act(action, command.id, connection)
    }
  }

  private func answer(_ line: [UInt8], _ connection: Connection) {
    connection.outbox.append(line)
    guard connection.outbox.count > Outbox.mostBytes else { return }
    _ = connection.flush(now: loop.now)
    if connection.outbox.count > Outbox.mostBytes { close(connection, saying: .limit) }
  }

  private func refuse(_ failure: CommandFailure, _ id: CommandID?, _ connection: Connection) {
    answer(ServerLines.error(failure, id: id, tail: tailCursor, head: headCursor), connection)
  }
}

// MARK: Acting on the daemon

extension Subscribers {
  private func act(_ action: AdministrativeCommand, _ id: CommandID?, _ connection: Connection) {
    if action.changesSomething, !isPrivileged(connection.peer) {
      return refuse(CommandFailure(.forbidden, "only root and the daemon's user may do that"), id, connection)
    }
    guard connection.pendingCommands < Self.mostPending else {
      return refuse(CommandFailure(.busy, "\(Self.mostPending) commands are not answered yet"), id, connection)
    }
    connection.pendingCommands += 1
    let number = connection.number
    services.act(action) { [self] result in
      loop.post { [self] in finish(result, id, of: number) }
    }
  }

  private func finish(_ result: Result<[UInt8], CommandFailure>, _ id: CommandID?, of connectionNumber: Int) {
    guard let connection = connections[connectionNumber] else { return }
    connection.pendingCommands -= 1
    switch result {
    case .success(let members):
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
      noteChange(of: connection)
      answer(ServerLines.subscribed(id, subscription: subscription.number, head: headCursor), connection)
      if case .last(let count) = request.start, count > 0, !connection.isClosed {
        locate(last: count, upTo: subscription.position, for: subscription, connection)
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
      position = tail
      beginsAtTail = true
    }
    return Subscription(
      number: number, filter: filter, opening: ServerLines.itemOpening(number), position: position,
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

  private func unsubscribe(_ number: Int, _ id: CommandID?, _ connection: Connection) {
    guard let subscription = connection.subscription(number) else {
      return refuse(CommandFailure(.notFound, "no subscription \(number) on this connection"), id, connection)
    }
    connection.subscriptions.removeAll { $0 === subscription }
    noteChange(of: connection)
    answer(ServerLines.subscribed(id, subscription: number, head: headCursor), connection)
  }
}
