import ArgumentParser
import TickerModel
import TickerText

/// A line with places for an event's members: `{seen:time} {source} {title}`. `{{` and `}}` are braces. Pure value.
struct LineTemplate: ExpressibleByArgument, Equatable {
  private enum Part: Equatable {
    case literal(String)
    case member(String, Style)
  }

  /// How a member is shown.
  enum Style: String, CaseIterable {
    case plain
    /// A time to the second, local on a terminal.
    case time
    /// The time of day alone, `14:02:00`.
    case clock
    /// A JSON string.
    case json
  }

  private let parts: [Part]

  /// What an event can hold; `also` is in none that a webhook gets.
  private static let names = Template.eventNames.subtracting(["webhook_id", "event", "events", "more"]).union(["also"])

  /// Nil when a brace stands alone, or no event has such a member, or a style is unknown.
  init?(argument: String) {
    var parts: [Part] = []
    var literal = ""
    var rest = Substring(argument)
    while let character = rest.popFirst() {
      switch character {
      case "{" where rest.first == "{", "}" where rest.first == "}":
        literal.append(character)
        rest.removeFirst()
      case "}": return nil
      case "{":
        guard let end = rest.firstIndex(of: "}"), let member = Self.member(rest[..<end]) else { return nil }
        parts.append(.literal(literal))
        parts.append(member)
        literal = ""
        rest = rest[rest.index(after: end)...]
      case "\\" where rest.first == "t" || rest.first == "n":
        literal.append(rest.removeFirst() == "t" ? "\t" : "\n")
      default: literal.append(character)
      }
    }
    self.parts = parts + [.literal(literal)]
  }

  /// The line, without its line feed; what comes from outside is safe for a terminal. An absent member is empty.
  /// - Parameter isLocal: times of this machine's zone, else UTC.
  func text(_ event: EventFields, isLocal: Bool) -> String {
    parts.map { part in
      switch part {
      case .literal(let text): text
      case .member(let name, let style): VisibleText.escaped(Self.shown(event.text(name), style, isLocal))
      }
    }.joined()
  }

  private static func member(_ text: Substring) -> Part? {
    let pieces = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard let name = pieces.first, names.contains(String(name)) else { return nil }
    guard pieces.count == 2 else { return .member(String(name), .plain) }
    return Style(rawValue: String(pieces[1])).map { .member(String(name), $0) }
  }

  private static func shown(_ value: String?, _ style: Style, _ isLocal: Bool) -> String {
    guard let value else { return "" }
    switch style {
    case .plain: return value
    case .json:
      var bytes: [UInt8] = []
      JSONText.append(string: value, to: &bytes)
      return String(decoding: bytes, as: UTF8.self)
    case .time, .clock:
      guard let time = Timestamp(rfc3339: value) else { return value }
      let text = isLocal ? LocalTime.text(time) : time.textToTheSecond
      return style == .time ? text : String(text.dropFirst(11).prefix(8))
    }
  }
}
