import TickerModel

/// A position in the log with a filter: all that a subscriber costs. Belongs to the loop's thread.
final class Subscription {
  /// A beginning that has to be looked up.
  enum Beginning {
    /// That of the last so many events that pass, up to its position.
    case last(Int)
    /// The first event recorded at this time or later.
    case since(Timestamp)
  }

  /// Where its next events come from.
  enum Reading {
    /// The ring, or nothing yet.
    case ring
    /// The position is being looked up.
    case locating(Beginning)
    /// A page was asked for.
    case awaitingPage
    /// The log could not be read; it is asked again after a pause.
    case pausing
    /// Served in the next turn.
    case page(EncodedPage)
  }

  // What every announcement looks at stands first, in a line or two of the processor's cache.

  /// Shared with all that have an equal one, once ``Subscribers`` has seen it.
  var shared: SharedFilter
  /// Everything up to here has been looked at, and written if it passed the filter.
  var position: Int64
  /// Counts up within a connection; 0 on `live.sock`.
  let number: Int
  var reading = Reading.ring
  var isLive = false
  /// Nothing but the head of the log ever ends or shortens what it takes.
  private let isPlain: Bool
  /// It began at the oldest event kept, so nothing it wants was lost yet.
  var beginsAtTail: Bool
  let follow: Bool
  /// When its last line was written, and when it was last told that it lags; nanoseconds of the monotonic clock.
  var lastLine: Int64
  /// Events told so far.
  private(set) var sent = 0
  private(set) var throughput: Throughput
  var lastLag: Int64 = .min / 2
  /// Nil: events are told whole.
  let projection: Projection?
  let opening: [UInt8]
  /// The newest sequence when it began; passing it makes it live.
  let headAtStart: Int64
  /// The last sequence it will look at.
  let limit: Int64
  /// Nanoseconds of silence before a beat; nil on `live.sock`.
  let beat: Int64?

  var filter: SubscriptionFilter { shared.filter }

  init(
    number: Int, filter: SubscriptionFilter, projection: Projection? = nil, opening: [UInt8], position: Int64,
    headAtStart: Int64, limit: Int64 = .max, follow: Bool = true, beat: Int64? = nil, beginsAtTail: Bool = false,
    now: Int64
  ) {
    self.number = number
    shared = SharedFilter(filter)
    self.projection = projection
    self.opening = opening
    self.position = position
    self.headAtStart = headAtStart
    self.limit = limit
    self.follow = follow
    self.beat = beat
    self.beginsAtTail = beginsAtTail
    isPlain = projection == nil && limit == .max && filter.until == nil
    lastLine = now
    throughput = Throughput(now: now)
  }

  /// What `live.sock` gives: announcements from now on, as plain event objects, and no word besides.
  static func live(at head: Int64, now: Int64) -> Subscription {
    let subscription = Subscription(
      number: 0, filter: SubscriptionFilter(filter: Filter().announcing), opening: ServerLines.liveOpening,
      position: head,
      headAtStart: head, now: now)
    subscription.isLive = true
    return subscription
  }

  /// It was told all there is, and takes whatever comes.
  var waitsForNews: Bool {
    guard isLive, isPlain, case .ring = reading else { return false }
    return true
  }

  /// So many more events were told.
  func told(_ lines: Int, now: Int64) {
    lastLine = now
    sent += lines
    throughput.add(lines, now: now)
  }

  /// When its silence becomes too long; nil without beats, or while its position is not known yet.
  var nextBeat: Int64? {
    if case .locating = reading { return nil }
    return beat.map { lastLine + $0 }
  }

  /// A stalled subscriber keeps no page: it is read again when there is room for it.
  func dropPage() {
    if case .page = reading { reading = .ring }
  }
}
