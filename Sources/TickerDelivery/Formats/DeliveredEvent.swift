public import TickerModel
import TickerText

/// An event of the log as the formats read it, with what they need of it read once. Pure value.
public struct DeliveredEvent: Sendable {
  public let record: LogRecord
  public let epoch: String
  /// The `webhook-id`: the same on every attempt, replay and machine, and without a dot, which separates what is signed.
  public let id: String

  /// `record` of the log whose cursors begin with `epoch`.
  public init(_ record: LogRecord, epoch: String) {
    self.record = record
    self.epoch = epoch
    id = Self.id(of: record, epoch: epoch)
  }

  /// `EPOCH-SEQUENCE`.
  public var cursor: String { Cursor(epoch: epoch, sequence: record.sequence).text }
}

extension DeliveredEvent {
  private static func id(of record: LogRecord, epoch: String) -> String {
    if let item = record.item {
      if record.type == EventType.itemNew.rawValue { return item }
      if let mark = revisionMarks[record.type], let revision = EventText.read(record.body)?.revision {
        return item + mark + String(revision)
      }
    }
    // Names hold dots (`source.gap`, `bbc.world`); epoch and sequence make the id unique whatever replaces them.
    let subject = record.item ?? record.source ?? endpoint(of: record)
    let parts = [record.type, subject, epoch, String(record.sequence)]
    return parts.compactMap(\.self).joined(separator: "_").replacing(".", with: "_")
  }

  /// Whom an event is about that is about an endpoint; nil for all others.
  public static func endpoint(of record: LogRecord) -> String? {
    guard record.type.hasPrefix("endpoint.") || record.type == EventType.test.rawValue else { return nil }
    return EventText.read(record.body)?.endpoint
  }

  private static let revisionMarks = [
    EventType.itemUpdated.rawValue: "_r", EventType.itemWithdrawn.rawValue: "_w",
  ]
}

/// The parts of an event that a person reads, in the order of a chat message. Pure value.
struct Headline: Sendable {
  /// With what happened to it in front, where it is not simply new.
  let title: String
  let summary: String?
  /// `http` or `https`; nil for anything else.
  let link: String?
  /// Source, speaker, time, level: `bbc · 14:02 UTC · bulletin`.
  let context: String
  let tags: [String]
  let level: Level?
  let at: Timestamp

  init(_ event: DeliveredEvent) {
    let record = event.record
    let text = EventText.read(record.body)
    let mark =
      switch record.type {
      case EventType.itemUpdated.rawValue: "Update: "
      case EventType.itemWithdrawn.rawValue: "Withdrawn: "
      case EventType.test.rawValue: "Test: "
      default: ""
      }
    title = mark + Normalise.foldWhitespace(text?.title ?? record.type)
    summary = text?.text.map(Normalise.foldWhitespace).flatMap { $0.isEmpty ? nil : $0 }
    link = text?.link.flatMap(Self.web)
    let time = String(record.at.text.dropFirst(11).prefix(5)) + " UTC"
    context = [text?.source ?? text?.endpoint, text?.attribution, time, record.level?.rawValue]
      .compactMap(\.self).joined(separator: " · ")
    tags = record.tags
    level = record.level
    at = record.at
  }

  /// A link from outside is a link in a message only where it is one of the web, without white space and quotes.
  private static func web(_ link: String) -> String? {
    let isWeb = link.hasPrefix("https://") || link.hasPrefix("http://")
    let isPlain = link.unicodeScalars.allSatisfy { scalar in
      scalar.value > 0x20 && scalar.value != 0x7F && !"<>\"|`\\".unicodeScalars.contains(scalar)
    }
    return isWeb && isPlain ? link : nil
  }
}

/// Texts within the limits of services, which count in UTF-16 units or fewer. Pure.
enum Shortened {
  private static let mark = "…"

  /// `text` in at most `limit` UTF-16 units, cut at a character, with a mark where something is missing.
  static func text(_ text: String, _ limit: Int) -> String {
    guard text.utf16.count > limit else { return text }
    var units = mark.utf16.count
    return String(
      text.prefix { character in
        units += character.utf16.count
        return units <= limit
      }) + mark
  }

  /// The same in bytes of UTF-8.
  static func bytes(_ text: String, _ limit: Int) -> String {
    text.utf8.count <= limit ? text : EventEncoding.cut(text, to: limit - mark.utf8.count) + mark
  }
}
