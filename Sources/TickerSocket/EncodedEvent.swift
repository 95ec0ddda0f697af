import TickerModel

/// An event encoded once for everybody: each line is a subscription's own opening (`{"t":"item","sub":1,`) and
/// these bytes (`"type":…,"cursor":"E-S",BODY}` and a line feed). Immutable; any thread.
final class EncodedEvent: Sendable {
  let sequence: Int64
  let line: FixedBytes
  /// The record without its body, which stands in `line` already.
  private let facts: LogRecord
  private let bodyOffset: Int

  init(_ record: LogRecord, epoch: String) {
    let head = record.head(epoch: epoch)
    sequence = record.sequence
    bodyOffset = head.count + 1
    line = FixedBytes(head, Self.comma, record.body, Self.ending)
    facts = record.with(body: [])
  }

  /// The same event with other members in its line.
  init(_ event: EncodedEvent, body: [UInt8]) {
    sequence = event.sequence
    facts = event.facts
    bodyOffset = event.bodyOffset
    let head = Array(event.line.copy(from: 0).prefix(event.bodyOffset - 1))
    line = FixedBytes(head, body.isEmpty ? [] : Self.comma, body, Self.ending)
  }

  /// What it costs to keep: the line, and roughly the rest.
  var cost: Int { line.count + 256 }

  func passes(_ filter: SubscriptionFilter) -> Bool {
    guard filter.needsBody else { return filter.passes(facts) }
    return filter.passes(facts.with(body: body))
  }

  /// The record's body.
  var body: [UInt8] { line.copy(from: bodyOffset, dropping: Self.ending.count) }

  private static let comma = Array(",".utf8)
  private static let ending = Array("}\n".utf8)
}

/// What a subscription takes: its filter, within its bounds of time. Pure value.
struct SubscriptionFilter: Sendable, Equatable {
  var filter: Filter
  /// Both included.
  var since: Timestamp?
  var until: Timestamp?

  var needsBody: Bool { filter.readsBody }

  func passes(_ record: LogRecord) -> Bool {
    if let since, record.at < since { return false }
    if let until, record.at > until { return false }
    return filter.passes(record)
  }
}

/// A page of the log, with only the lines that one subscription takes, as it takes them; made on the thread that read the page.
struct EncodedPage: Sendable {
  let events: [EncodedEvent]
  /// Everything up to here has been looked at.
  let examined: Int64
  let tail: Int64
  let head: Int64

  init(
    _ page: LogPage, after: Int64, for filter: SubscriptionFilter, told projection: Projection?, epoch: String
  ) {
    events = page.records.filter(filter.passes).map { EncodedEvent($0, epoch: epoch).told(with: projection) }
    examined = page.records.last?.sequence ?? max(after, page.head)
    tail = page.tail
    head = page.head
  }
}

extension LogRecord {
  fileprivate func with(body: [UInt8]) -> LogRecord {
    LogRecord(
      sequence: sequence, at: at, type: type, source: source, item: item, level: level, tags: tags, also: also,
      body: body)
  }
}
