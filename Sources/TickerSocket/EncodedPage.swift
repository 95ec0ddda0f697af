import TickerModel

/// A page of the log as it is told with one filter: only the lines that pass, written behind each other. Made on the
/// thread that read the page, then only read; any thread.
final class EncodedPage: Sendable {
  let block: LineBlock
  /// It holds what passes of the events after this one…
  let after: Int64
  /// …up to this one.
  let examined: Int64
  let tail: Int64
  let head: Int64

  init(_ page: LogPage, after: Int64, for taker: PageTaker, epoch: String) {
    var block = LineBlock()
    for record in page.records where taker.filter.passes(record) {
      let event = EncodedEvent(record, epoch: epoch).told(with: taker.projection)
      block.append(opening: taker.opening, line: event.line, sequence: event.sequence)
    }
    self.block = block
    self.after = after
    examined = page.records.last?.sequence ?? max(after, page.head)
    tail = page.tail
    head = page.head
  }
}

/// For whom a page is encoded. Pure value.
struct PageTaker: Sendable {
  let filter: SubscriptionFilter
  let projection: Projection?
  let opening: [UInt8]
}
