import TickerModel

/// A filter that many subscriptions have: kept once, and asked once for each event. Belongs to the loop's thread.
final class SharedFilter {
  let filter: SubscriptionFilter
  /// The last answers, each at the place that its sequence's lowest bits give.
  private var judged: ContiguousArray<Verdict>

  private struct Verdict {
    var sequence: Int64 = -1
    var passes = false
  }

  /// Events of a commit or two; a power of two.
  private static let places = 64

  init(_ filter: SubscriptionFilter) {
    self.filter = filter
    judged = []
  }

  func passes(_ event: EncodedEvent) -> Bool {
    // One that is never asked costs nothing.
    if judged.isEmpty { judged = ContiguousArray(repeating: Verdict(), count: Self.places) }
    let place = Int(truncatingIfNeeded: event.sequence) & (Self.places - 1)
    if judged[place].sequence != event.sequence {
      judged[place] = Verdict(sequence: event.sequence, passes: event.passes(filter))
    }
    return judged[place].passes
  }
}

/// The filters in use, by what they say. Belongs to the loop's thread.
struct SharedFilters {
  /// The command that would ask for the filter, and its bounds of time.
  private struct Key: Hashable {
    let command: [UInt8]
    let since: Int64?
    let until: Int64?
  }

  private var filters: [Key: SharedFilter] = [:]
  private var mostUnchecked = 256

  /// Known, in use or not.
  var count: Int { filters.count }

  /// The one for all subscriptions with this filter.
  mutating func share(_ filter: SubscriptionFilter) -> SharedFilter {
    let key = Key(
      command: SubscribeRequest(filter: filter.filter).line(), since: filter.since?.milliseconds,
      until: filter.until?.milliseconds)
    if let known = filters[key] { return known }
    if filters.count > mostUnchecked { dropUnused() }
    let shared = SharedFilter(filter)
    filters[key] = shared
    return shared
  }

  private mutating func dropUnused() {
    for key in Array(filters.keys) {
      var filter = filters.removeValue(forKey: key)
      if !isKnownUniquelyReferenced(&filter) { filters[key] = filter }
    }
    mostUnchecked = max(256, 2 * filters.count)
  }
}
