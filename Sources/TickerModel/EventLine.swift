import TickerText

/// An event as one line for a person: `2026-11-23T14:02:00Z LEVEL SOURCE TITLE`. Pure.
public enum EventLine {
  /// `~` stands before an updated title, `-` before a withdrawn one; an event that is no item shows its type for a
  /// level. Safe for a terminal; without line feed.
  /// - Parameter time: shows the event's `at`, by default in UTC to the second.
  public static func text(_ record: LogRecord, time: (Timestamp) -> String = \.textToTheSecond) -> String {
    let title = EventText.read(record.body)?.title ?? ""
    return text(
      type: record.type, at: time(record.at), level: record.level?.rawValue, source: record.source, title: title)
  }

  /// The same from an event's own fields, as a client of the socket reads them.
  public static func text(type: String, at: String, level: String?, source: String?, title: String) -> String {
    let mark =
      switch type {
      case EventType.itemUpdated.rawValue: "~ "
      case EventType.itemWithdrawn.rawValue: "- "
      default: ""
      }
    return VisibleText.escaped("\(at) \(level ?? type) \(source ?? "-") \(mark)\(title)")
  }
}
