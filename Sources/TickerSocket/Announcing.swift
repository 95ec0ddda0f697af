// News for those who wait for it, which is nearly everybody nearly always: they stand at the same place with one of a
// few filters, so that what they get is written once and handed to the kernel for each. Everybody else, and everybody
// whose socket does not take all of it, is the pump's.
extension Subscribers {
  /// Filters, or places, for which lines are shared; those beyond are served one by one.
  private static let mostShared = 16

  /// What was just recorded; whoever stands at the head and can take it gets it now.
  func announce(_ events: [EncodedEvent]) {
    if connections.isEmpty, let last = events.last {
      ring.pass(last.sequence)
    } else {
      for event in events { ring.append(event) }
    }
    newest = max(newest, ring.head)
    var shared: ContiguousArray<SharedBatch> = []
    // A copy: whoever is closed meanwhile leaves the line-up.
    let present = lineUp
    for connection in present {
      guard connection.writable, !connection.isClosed else { continue }
      guard let subscription = connection.waiting, subscription.position < ring.head,
        subscription.position + 1 >= ring.first, let batch = batch(for: subscription, in: &shared)
      else {
        // Who replays has its turns; who is told in a form of its own is told now.
        if connection.subscriptions.allSatisfy(\.isLive) { pump(connection) } else { enqueue(connection) }
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
    if batch.size > 0 {
      let taken: Int
      switch batch.block.send(from: 0, to: batch.block.count, to: connection.descriptor) {
      case .broken: return close(connection)
      case .full: taken = 0
      case .bytes(let count): taken = count
      }
      guard taken == batch.size else {
        stand(subscription, behind: taken, of: batch.block, from: 0, connection)
        return pump(connection)
      }
      subscription.told(batch.block.count, now: loop.now)
    }
    subscription.position = batch.to
    if batch.to < ring.head { enqueue(connection) }
  }
}

extension Connection {
  /// Its only subscription, when nothing but news is between it and the next line.
  fileprivate var waiting: Subscription? {
    guard outbox.isEmpty, !isFrozen, !isHeld, let subscription = onlySubscription else { return nil }
    return subscription.waitsForNews ? subscription : nil
  }
}
