/// What many subscribers are to get of one announcement: those at the same place with the same filter. Belongs to the
/// loop's thread, for the time of the announcement.
final class SharedBatch {
  private let filter: SharedFilter
  private let number: Int
  /// The position of those it is for.
  private let from: Int64
  /// Where they stand behind it.
  private(set) var to: Int64
  private(set) var block = LineBlock()
  let size: Int

  /// What a subscription gets next from `ring`, at most as much as one turn may take.
  init(_ subscription: Subscription, ring: borrowing Ring) {
    filter = subscription.shared
    number = subscription.number
    from = subscription.position
    (block, to) = ring.lines(for: subscription)
    size = block.size(from: 0, to: block.count)
  }

  func isFor(_ subscription: Subscription) -> Bool {
    subscription.position == from && subscription.shared === filter && subscription.number == number
  }
}

extension Ring {
  /// Events looked at in one turn; a filter that lets few through must not hold the others up.
  private static let mostExamined: Int64 = 256

  /// What `subscription` gets next, at most as much as one turn may tell, and where it stands behind that.
  borrowing func lines(for subscription: Subscription) -> (block: LineBlock, examined: Int64) {
    var block = LineBlock()
    var sequence = subscription.position
    let end = min(head, subscription.limit, sequence + Self.mostExamined)
    while sequence < end, !block.isFull {
      sequence += 1
      guard let event = self[sequence], subscription.shared.passes(event) else { continue }
      block.append(
        opening: subscription.opening, line: event.told(with: subscription.projection).line, sequence: sequence)
    }
    return (block, sequence)
  }
}
