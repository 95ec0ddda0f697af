import Glibc

// News for those who wait for it, which is nearly everybody nearly always: they stand at the same place with one of a
// few filters, so that what they get is written once and handed to the kernel for each. Everybody else, and everybody
// whose socket does not take all of it, is the pump's.
extension Subscribers {
  /// Filters, or places, for which lines are shared; those beyond are served one by one.
  private static let mostShared = 16

  /// What was just recorded; whoever stands at the head and can take it gets it now.
  func announce(_ events: [EncodedEvent]) {
    for event in events { ring.append(event) }
    newest = max(newest, ring.head)
    var shared: ContiguousArray<SharedBatch> = []
    // A copy: whoever is closed meanwhile leaves the line-up.
    let present = lineUp
    for connection in present {
      guard connection.writable, !connection.isClosed else { continue }
      guard let subscription = connection.waiting, subscription.position < ring.head,
        subscription.position + 1 >= ring.first, let batch = batch(for: subscription, in: &shared)
      else {
        pump(connection)
        continue
      }
      deliver(batch, to: subscription, connection)
    }
  }

  private func batch(for subscription: Subscription, in shared: inout ContiguousArray<SharedBatch>) -> SharedBatch? {
    for batch in shared where batch.isFor(subscription) { return batch }
    guard shared.count < Self.mostShared else { return nil }
    let batch = SharedBatch(subscription, ring: ring)
    shared.append(batch)
    return batch
  }

  private func deliver(_ batch: SharedBatch, to subscription: Subscription, _ connection: Connection) {
    if batch.count > 0 {
      let taken = batch.send(to: connection.descriptor)
      guard taken == batch.count else { return take(taken, of: batch, subscription, connection) }
      subscription.lastLine = loop.now
      subscription.count(batch.lineCount, now: loop.now)
    }
    subscription.position = batch.to
    if batch.to < ring.head { enqueue(connection) }
  }

  /// The socket took only a part, or nothing: the rest of the line that was cut comes first when there is room.
  private func take(_ taken: Int, of batch: SharedBatch, _ subscription: Subscription, _ connection: Connection) {
    guard taken >= 0 || errno == EAGAIN || errno == EWOULDBLOCK else { return close(connection) }
    let (begun, lines, rest) = batch.remainder(after: max(0, taken))
    if let begun {
      subscription.position = begun
      subscription.lastLine = loop.now
      subscription.count(lines, now: loop.now)
      if !rest.isEmpty { connection.cut = (subscription.number, begun) }
      connection.outbox.append(rest)
    }
    connection.writable = false
    pump(connection)
  }
}

extension Connection {
  /// Its only subscription, when nothing but news is between it and the next line.
  fileprivate var waiting: Subscription? {
    guard subscriptions.count == 1, outbox.isEmpty, !isFrozen, !isHeld else { return nil }
    let subscription = subscriptions[0]
    return subscription.waitsForNews ? subscription : nil
  }
}
