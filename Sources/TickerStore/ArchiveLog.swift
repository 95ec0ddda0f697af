public import TickerModel

// The log itself, for a reader without a daemon.
extension Archive {
  /// The sequence before the oldest event kept, and the newest.
  public func bounds() throws(StoreError) -> (tail: Int64, head: Int64) { try Store.bounds(connection) }

  /// The events after `sequence`, as many as a page holds; empty at the head.
  public func page(after sequence: Int64) throws(StoreError) -> LogPage { try Store.page(after: sequence, connection) }

  /// The sequence before the first event recorded at `time` or later; `Int64.max` when there is none.
  public func start(since time: Timestamp) throws(StoreError) -> Int64 { try Store.start(since: time, connection) }

  /// The sequence after which exactly the last `count` events up to `head` stand that pass `filter` and were recorded no
  /// later than `until` (fewer when there are not so many).
  public func position(
    before count: Int, matching filter: Filter, until: Timestamp?, upTo head: Int64
  ) throws(StoreError) -> Int64 {
    guard count > 0 else { return head }
    var missing = count
    var last = head
    while true {
      let step = try Store.backwards(from: last, filter, until, most: Store.scanStep.upperBound, connection)
      if step.passing.count >= missing { return step.passing[missing - 1] - 1 }
      missing -= step.passing.count
      guard let lowest = step.lowest, lowest > 1 else { return max(0, (step.lowest ?? 1) - 1) }
      last = lowest - 1
    }
  }
}
