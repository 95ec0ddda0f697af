import Glibc
import TickerDelivery
import TickerModel

/// An event that endpoints share: its message is built once for each form. Owned by the deliverer.
final class LogEntry {
  /// A class only because comparing a form is not to copy it.
  private final class Built {
    let form: MessageForm
    let message: WebhookMessage

    init(_ form: MessageForm, _ message: WebhookMessage) {
      self.form = form
      self.message = message
    }
  }

  let event: DeliveredEvent
  /// Whom it is about, where it is about an endpoint.
  let endpoint: String?
  /// Most endpoints have one form, which is found without a hash.
  private var first: Built?
  /// The others'.
  private var messages: [MessageForm: WebhookMessage] = [:]
  private(set) lazy var seen = Self.seen(event.record) ?? event.record.at

  var record: LogRecord { event.record }
  var sequence: Int64 { event.record.sequence }

  init(_ record: LogRecord, epoch: String) {
    event = DeliveredEvent(record, epoch: epoch)
    endpoint = DeliveredEvent.endpoint(of: record)
  }

  func message(_ form: MessageForm) -> WebhookMessage {
    if let first, first.form == form { return first.message }
    if let message = messages[form] { return message }
    let message = form.message(event)
    if first == nil { first = Built(form, message) } else { messages[form] = message }
    return message
  }

  private static let seenKey = Array("\"seen\":\"".utf8)
  private static let timeBytes = 24

  /// Looked for as bytes, which costs a hundredth of reading the whole event; a quote within a text is escaped.
  private static func seen(_ record: LogRecord) -> Timestamp? {
    guard record.item != nil else { return nil }
    return record.body.withUnsafeBytes { body in
      guard let start = body.baseAddress else { return nil }
      var place = 0
      while let comma = memchr(start + place, Int32(UInt8(ascii: ",")), body.count - place) {
        place = UnsafeRawPointer(comma) - start + 1
        guard body.count - place >= seenKey.count + timeBytes else { return nil }
        guard memcmp(start + place, seenKey, seenKey.count) == 0 else { continue }
        let text = body[(place + seenKey.count)...].prefix(timeBytes)
        return Timestamp(rfc3339: String(decoding: text, as: UTF8.self))
      }
      return nil
    }
  }
}

/// Stretches of the log in memory, so that a thousand endpoints read each page once: what was recorded lately, as the
/// writer announced it, and pages for those that are behind. Owned by the deliverer.
struct LogWindow {
  /// Everything of the log after `after` up to `through`.
  private struct Stretch {
    var after: Int64
    var through: Int64
    var entries: [LogEntry]
    var lastUse = 0
  }

  /// What an endpoint finds behind its position.
  enum Look {
    case entry(LogEntry)
    /// Nothing more yet.
    case head
    /// A page is to be read.
    case missing
  }

  /// Some seconds of a very busy desk; 2 MiB at most with the longest events.
  private static let mostRecent = 1024
  private static let mostRecentBytes = 2 << 20
  /// Pages of at most 256 KiB for endpoints that are behind; they mostly are together.
  private static let mostPages = 16

  private let epoch: String
  private var recent: Stretch
  private var recentBytes = 0
  private var pages: [Stretch] = []
  private var uses = 0

  /// Knows nothing of what lies up to `head`.
  init(epoch: String, head: Int64) {
    self.epoch = epoch
    recent = Stretch(after: head, through: head, entries: [])
  }

  /// The newest sequence that is known.
  var head: Int64 { recent.through }

  /// Records that the writer announced, in order.
  mutating func append(_ records: [LogRecord]) {
    for record in records where record.sequence > recent.through {
      recent.entries.append(LogEntry(record, epoch: epoch))
      recent.through = record.sequence
      recentBytes += record.body.count
    }
    guard recent.entries.count > Self.mostRecent || recentBytes > Self.mostRecentBytes else { return }
    let dropped = recent.entries.prefix((recent.entries.count + 1) / 2)
    recentBytes -= dropped.reduce(0) { $0 + $1.record.body.count }
    recent.after = dropped.last?.sequence ?? recent.after
    recent.entries.removeFirst(dropped.count)
  }

  /// A page that was read behind `after`. Of those before it the ones go whose end every endpoint has passed: `passed`.
  mutating func add(_ page: LogPage, after: Int64, passed: Int64) {
    pages.removeAll { $0.through <= passed }
    let through = page.records.last?.sequence ?? max(after, page.head)
    guard through > after else { return }
    if pages.count >= Self.mostPages, let oldest = pages.indices.min(by: { pages[$0].lastUse < pages[$1].lastUse }) {
      pages.remove(at: oldest)
    }
    uses += 1
    let entries = page.records.map { LogEntry($0, epoch: epoch) }
    pages.append(Stretch(after: after, through: through, entries: entries, lastUse: uses))
  }

  /// The first event behind `position`; where a stretch holds none behind it, its end is the new position.
  mutating func next(after position: inout Int64) -> Look {
    while true {
      if position >= recent.through { return .head }
      if position >= recent.after {
        if let entry = Self.first(in: recent.entries, after: position) { return .entry(entry) }
        position = recent.through
      } else if let place = pages.firstIndex(where: { $0.after <= position && position < $0.through }) {
        uses += 1
        pages[place].lastUse = uses
        if let entry = Self.first(in: pages[place].entries, after: position) { return .entry(entry) }
        position = pages[place].through
      } else {
        return .missing
      }
    }
  }

  private static func first(in entries: [LogEntry], after position: Int64) -> LogEntry? {
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].sequence <= position { low = middle + 1 } else { high = middle }
    }
    return low < entries.count ? entries[low] : nil
  }
}
