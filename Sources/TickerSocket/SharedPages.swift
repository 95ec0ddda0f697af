/// Pages of the log that several subscriptions read, or will: who replays the same past with the same filter shares the
/// reading, the judging and the bytes. Bounded, and empty when nobody replays. Belongs to the loop's thread.
struct SharedPages {
  /// Each at most 256 KiB and a line: 8 MiB at most, and 8,192 events that readers may be apart.
  static let mostPages = 32
  /// Nobody has asked for a page that long: the replay is over, or has gone on.
  static let keptFor = Duration.seconds(5)

  /// Who would be told the same lines.
  struct Taker: Hashable, Sendable {
    fileprivate let filter: ObjectIdentifier
    fileprivate let projection: Projection?
    fileprivate let number: Int

    init(_ subscription: Subscription) {
      filter = ObjectIdentifier(subscription.shared)
      projection = subscription.projection
      number = subscription.number
    }
  }

  /// A read of the log that is on its way.
  struct Read: Hashable, Sendable {
    fileprivate let taker: Taker
    let after: Int64
  }

  /// Subscriptions that wait for a page, each as its connection's number and its own.
  typealias Waiting = [(connection: Int, subscription: Int)]

  private struct Kept {
    let taker: Taker
    /// Alive as long as it is named by its identity.
    let filter: SharedFilter
    let page: EncodedPage
    var used: Int64
  }

  private var kept: ContiguousArray<Kept> = []
  private var reads: [Read: (filter: SharedFilter, waiting: Waiting)] = [:]

  var isEmpty: Bool { kept.isEmpty }

  /// One that goes on where the subscription stands; nil when it must be read.
  mutating func page(for subscription: Subscription, now: Int64) -> EncodedPage? {
    let position = subscription.position
    let taker = Taker(subscription)
    let goesOn = { (kept: Kept) in
      kept.page.after <= position && position < kept.page.examined && kept.taker == taker
    }
    guard let index = kept.firstIndex(where: goesOn) else { return nil }
    kept[index].used = now
    return kept[index].page
  }

  /// The subscription waits for the page that begins where it stands. The read that has to be begun, or nil when it is
  /// on its way.
  mutating func wait(_ subscription: Subscription, of connection: Connection) -> Read? {
    let read = Read(taker: Taker(subscription), after: subscription.position)
    let isNew = reads[read] == nil
    reads[read, default: (subscription.shared, [])].waiting.append((connection.number, subscription.number))
    return isNew ? read : nil
  }

  /// A read has ended, without a page when the log could not be read: who waited for it.
  mutating func end(_ read: Read, with page: EncodedPage?, now: Int64) -> Waiting {
    guard let (filter, waiting) = reads.removeValue(forKey: read) else { return [] }
    guard let page, page.examined > page.after else { return waiting }
    if kept.count == Self.mostPages, let oldest = kept.indices.min(by: { kept[$0].used < kept[$1].used }) {
      kept.remove(at: oldest)
    }
    kept.append(Kept(taker: read.taker, filter: filter, page: page, used: now))
    return waiting
  }

  /// Lets go of what nobody has asked for since `moment`.
  mutating func drop(unusedSince moment: Int64) { kept.removeAll { $0.used < moment } }
}
