import TickerModel

/// An event encoded once for everybody: each line is a subscription's own opening (`{"t":"item","sub":1,`) and
/// these bytes (`"type":…,"cursor":"E-S",BODY}` and a line feed). Immutable; any thread.
final class EncodedEvent: Sendable {
  let sequence: Int64
  let line: [UInt8]
  /// The record without its body, which stands in `line` already.
  private let facts: LogRecord
  private let bodyOffset: Int

  init(_ record: LogRecord, epoch: String) {
    let head = record.head(epoch: epoch)
    sequence = record.sequence
    bodyOffset = head.count + 1
    line = Self.joined(head, Self.comma, record.body, Self.ending)
    facts = record.with(body: [])
  }

  /// The same event with other members in its line.
  init(_ event: EncodedEvent, body: [UInt8]) {
    sequence = event.sequence
    facts = event.facts
    bodyOffset = event.bodyOffset
    let head = Array(event.line.prefix(event.bodyOffset - 1))
    line = Self.joined(head, body.isEmpty ? [] : Self.comma, body, Self.ending)
  }

  /// What it costs to keep: the line, and roughly the rest.
  var cost: Int { line.count + 256 }

  func passes(_ filter: SubscriptionFilter) -> Bool {
    guard filter.needsBody else { return filter.passes(facts) }
    return filter.passes(facts.with(body: body))
  }

  /// The record's body.
  var body: [UInt8] { Array(line[min(bodyOffset, line.count - Self.ending.count)..<line.count - Self.ending.count]) }

  /// In exactly the memory that it takes: events stay in the ring.
  private static func joined(_ parts: [UInt8]...) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(parts.reduce(0) { $0 + $1.count })
    for part in parts { bytes += part }
    return bytes
  }

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

extension LogRecord {
  fileprivate func with(body: [UInt8]) -> LogRecord {
    LogRecord(
      sequence: sequence, at: at, type: type, source: source, item: item, level: level, tags: tags, also: also,
      body: body)
  }
}
