import TickerModel

// The pump: one read loop for every subscription, from wherever it stands in the log to its head. Positions in the
// ring are served from the ring, older ones from pages of the log; a page ends where the next begins, and the ring
// is just the last of them, so replay and live have no seam.
extension Subscribers {
  /// Events behind, after having been live, from which on a subscription is told that it lags.
  private static let lagThreshold: Int64 = 1000
  /// A slow reader is told so only now and then.
  private static let lagInterval = Duration.seconds(30)

  private enum Outcome {
    /// For news, for a page, or for nothing.
    case waiting
    /// The socket is full; EPOLLOUT will tell.
    case blocked
    /// There is more to write at once.
    case more
    case broken
  }

  /// Gives `connection` one turn: writes what its subscriptions are due, as far as the socket takes it and within
  /// the bounds of a turn.
  func pump(_ connection: Connection) {
    guard !connection.isClosed, !connection.isFrozen else { return }
    let outcome = turn(connection)
    if case .blocked = outcome {
      connection.waitingSince = connection.waitingSince ?? loop.now
      for subscription in connection.subscriptions { subscription.dropPage() }
    } else {
      connection.waitingSince = nil
    }
    switch outcome {
    case .waiting where isStopping && isDrained(connection): depart(connection)
    case .blocked where isStopping && connection.isKept: depart(connection)
    case .waiting, .blocked: break
    case .more: enqueue(connection)
    case .broken: close(connection)
    }
    resumeInput(of: connection)
    watchRoom(of: connection)
    schedule(connection)
  }

  /// Asks for EPOLLOUT only while a socket is full: otherwise every read of a client would wake the loop. Whoever keeps
  /// up costs no epoll_ctl(2).
  private func watchRoom(of connection: Connection) {
    guard !connection.isClosed, connection.watchesRoom == connection.writable else { return }
    connection.watchesRoom = !connection.writable
    let readiness = Self.readiness(of: connection.kind)
    loop.change(connection.descriptor, connection.watchesRoom ? readiness.union(.writable) : readiness)
  }

  /// A line about `subscription`, after all that was written for it.
  func tell(_ subscription: Subscription, _ line: [UInt8], _ connection: Connection) {
    connection.outbox.append(line)
    subscription.lastLine = loop.now
  }

  private func turn(_ connection: Connection) -> Outcome {
    if let obstacle = flush(connection) { return obstacle }
    var more = false
    let subscriptions = connection.subscriptions
    for offset in subscriptions.indices {
      let index = (Int(connection.turn) + offset) % subscriptions.count
      switch serve(subscriptions[index], connection) {
      case .waiting: break
      case .more: more = true
      case .broken: return .broken
      case .blocked:
        // The others first when the socket has room again.
        connection.turn = UInt8(index + 1)
        return .blocked
      }
    }
    return more ? .more : .waiting
  }

  /// Empties the outbox; nil when nothing stands in the way of the next line.
  private func flush(_ connection: Connection) -> Outcome? {
    guard connection.flush(now: loop.now) else { return .broken }
    return connection.writable ? nil : .blocked
  }

  /// One turn's lines for one subscription. The outbox is empty before, and after unless the socket is full.
  private func serve(_ subscription: Subscription, _ connection: Connection) -> Outcome {
    switch subscription.reading {
    case .locating, .awaitingPage, .pausing: return .waiting
    case .page(let page): return serve(page, to: subscription, connection)
    case .ring where subscription.position + 1 >= ring.first:
      let (block, examined) = ring.lines(for: subscription)
      return send(block, 0..<block.count, examined, subscription, connection)
    case .ring:
      requestPage(for: subscription, connection)
      guard case .page(let page) = subscription.reading else { return .waiting }
      // A gap is told before what comes behind it.
      return flush(connection) ?? serve(page, to: subscription, connection)
    }
  }

  private func serve(_ page: EncodedPage, to subscription: Subscription, _ connection: Connection) -> Outcome {
    let first = page.block.firstLine(after: subscription.position)
    let end = page.block.firstLine(after: subscription.limit)
    subscription.reading = .ring
    return send(page.block, first..<max(first, end), page.examined, subscription, connection)
  }

  /// Writes lines, behind which the subscription stands at `examined`. When the socket takes only a part, the line it
  /// cut is finished from the outbox later, and the subscription stands behind that line; the rest is gathered again
  /// when there is room.
  private func send(
    _ block: LineBlock, _ lines: Range<Int>, _ examined: Int64, _ subscription: Subscription, _ connection: Connection
  ) -> Outcome {
    if !lines.isEmpty {
      let size = block.size(from: lines.lowerBound, to: lines.upperBound)
      let taken: Int
      switch block.send(from: lines.lowerBound, to: lines.upperBound, to: connection.descriptor) {
      case .broken: return .broken
      case .full: taken = 0
      case .bytes(let count): taken = count
      }
      if taken > 0 { connection.taken(now: loop.now) }
      guard taken == size else {
        stand(subscription, behind: taken, of: block, from: lines.lowerBound, connection)
        return .blocked
      }
      subscription.told(lines.count, now: loop.now)
    }
    subscription.position = max(subscription.position, min(examined, subscription.limit))
    return settle(subscription, connection)
  }

  /// The socket took only so many bytes, or none: the rest of the line that was cut comes first when there is room.
  func stand(
    _ subscription: Subscription, behind taken: Int, of block: LineBlock, from first: Int, _ connection: Connection
  ) {
    let (begun, rest) = block.remainder(after: taken, from: first)
    if let begun {
      subscription.position = block.sequence(of: begun)
      subscription.told(begun - first + 1, now: loop.now)
      if !rest.isEmpty { connection.cut = (subscription.number, subscription.position) }
      connection.outbox.append(rest)
    }
    connection.writable = false
  }

  /// Says what the new position means: the end, live, lagging, or just more to come.
  private func settle(_ subscription: Subscription, _ connection: Connection) -> Outcome {
    let cursor = cursor(subscription.position)
    subscription.beginsAtTail = false
    if subscription.position >= subscription.limit || hasOutlived(subscription) {
      tell(subscription, ServerLines.end(subscription.number, cursor), connection)
      connection.subscriptions.removeAll { $0 === subscription }
      return flush(connection) ?? .waiting
    }
    if !subscription.isLive, subscription.position >= subscription.headAtStart {
      subscription.isLive = true
      tell(subscription, ServerLines.live(subscription.number, cursor), connection)
    } else if lags(subscription, connection) {
      subscription.lastLag = loop.now
      tell(subscription, ServerLines.lag(subscription.number, cursor, head: headCursor), connection)
    }
    if let obstacle = flush(connection) { return obstacle }
    return subscription.position < min(ring.head, subscription.limit) ? .more : .waiting
  }

  private func hasOutlived(_ subscription: Subscription) -> Bool {
    guard let until = subscription.filter.until, subscription.position >= newest else { return false }
    return wallTime > until
  }

  /// A burst makes nobody lag; a socket that was full does.
  private func lags(_ subscription: Subscription, _ connection: Connection) -> Bool {
    connection.kind == .control && connection.waitingSince != nil && subscription.isLive
      && newest - subscription.position > Self.lagThreshold
      && loop.now - subscription.lastLag > Self.lagInterval.nanoseconds
  }

  private func isDrained(_ connection: Connection) -> Bool {
    connection.subscriptions.allSatisfy { subscription in
      guard case .ring = subscription.reading else { return false }
      return subscription.position >= ring.head
    }
  }
}

// MARK: Pages of the log

extension Subscribers {
  /// From those that others read, or from the log.
  private func requestPage(for subscription: Subscription, _ connection: Connection) {
    if let page = pages.page(for: subscription, now: loop.now) {
      skipPruned(subscription, upTo: page.tail, connection)
      subscription.reading = .page(page)
      return
    }
    subscription.reading = .awaitingPage
    guard let read = pages.wait(subscription, of: connection) else { return }
    let (after, epoch) = (subscription.position, epoch)
    let taker = PageTaker(
      filter: subscription.filter, projection: subscription.projection, opening: subscription.opening)
    services.page(after) { [self] page in
      // Filtered and encoded here, on the reader's thread: the loop's is for writing.
      let encoded = page.map { EncodedPage($0, after: after, for: taker, epoch: epoch) }
      loop.post { [self] in take(encoded, of: read) }
    }
  }

  private func take(_ page: EncodedPage?, of read: SharedPages.Read) {
    if let page {
      tail = max(tail, page.tail)
      newest = max(newest, page.head)
    }
    let wasEmpty = pages.isEmpty
    let waiting = pages.end(read, with: page, now: loop.now)
    if wasEmpty, !pages.isEmpty { dropPagesLater() }
    for (connectionNumber, number) in waiting {
      guard let connection = connections[connectionNumber], let subscription = connection.subscription(number),
        case .awaitingPage = subscription.reading
      else { continue }
      take(page, for: subscription, connection)
    }
  }

  private func take(_ page: EncodedPage?, for subscription: Subscription, _ connection: Connection) {
    subscription.reading = .ring
    guard let page, page.examined > subscription.position || page.tail > subscription.position else {
      return pause(subscription, connection)
    }
    // A full socket keeps no page: it is asked for again when there is room.
    guard connection.writable else { return }
    skipPruned(subscription, upTo: page.tail, connection)
    subscription.reading = .page(page)
    enqueue(connection)
  }

  /// Pages that nobody reads any more leave the memory.
  private func dropPagesLater() {
    loop.after(SharedPages.keptFor) { [self] in
      pages.drop(unusedSince: loop.now - SharedPages.keptFor.nanoseconds)
      if !pages.isEmpty { dropPagesLater() }
    }
  }

  /// What retention took away before it was read is told, never passed over in silence.
  private func skipPruned(_ subscription: Subscription, upTo tail: Int64, _ connection: Connection) {
    defer { subscription.beginsAtTail = false }
    guard tail > subscription.position else { return }
    if !subscription.beginsAtTail, connection.kind == .control {
      let line = ServerLines.gap(subscription.number, from: cursor(subscription.position), to: cursor(tail))
      tell(subscription, line, connection)
    }
    subscription.position = tail
  }

  private func pause(_ subscription: Subscription, _ connection: Connection) {
    subscription.reading = .pausing
    loop.after(settings.retryPause) { [self] in
      guard case .pausing = subscription.reading else { return }
      subscription.reading = .ring
      pump(connection)
    }
  }

  /// Finds where the subscription begins; nothing is told before.
  func locate(
    _ beginning: Subscription.Beginning, upTo: Int64, for subscription: Subscription, _ connection: Connection
  ) {
    subscription.reading = .locating(beginning)
    let (connection, number) = (connection.number, subscription.number)
    let completion: @Sendable (Int64?) -> Void = { [self] position in
      loop.post { [self] in place(position, beginning, upTo: upTo, for: number, of: connection) }
    }
    switch beginning {
    case .last(let count):
      let filter = subscription.filter
      services.position(filter.filter, filter.until, count, upTo, completion)
    case .since(let time): services.start(time, completion)
    }
  }

  private func place(
    _ position: Int64?, _ beginning: Subscription.Beginning, upTo: Int64, for number: Int, of connectionNumber: Int
  ) {
    guard let connection = connections[connectionNumber], let subscription = connection.subscription(number),
      case .locating = subscription.reading
    else { return }
    guard let position else {
      loop.after(settings.retryPause) { [self] in
        guard case .locating = subscription.reading, !connection.isClosed else { return }
        locate(beginning, upTo: upTo, for: subscription, connection)
      }
      return
    }
    subscription.position = min(max(position, 0), upTo)
    subscription.reading = .ring
    pump(connection)
  }
}
