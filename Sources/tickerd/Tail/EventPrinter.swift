import FoundationEssentials
import Glibc
import TickerModel
import TickerText

/// Prints events in one of the forms of SPEC §5.
struct EventPrinter {
  enum Form {
    case standard(TailFormat)
    case template(LineTemplate)
  }

  let form: Form
  let ringsBell: Bool
  private let terminal = Terminal(STDOUT_FILENO)

  init(form: Form, ringsBell: Bool) {
    self.form = form
    self.ringsBell = ringsBell
  }

  /// `object` is one event, as the daemon wrote it. False when nobody reads any more.
  func print(_ object: [UInt8]) -> Bool {
    let isWritten = Console.isWritten(bytes(of: object))
    if ringsBell { ring(for: object) }
    return isWritten
  }

  private func bytes(of object: [UInt8]) -> [UInt8] {
    switch form {
    case .standard(.json): object + Self.lineFeed
    case .standard(.sse): Self.serverSentEvent(object)
    case .standard(.text): Array((line(of: EventFields(object)) + "\n").utf8)
    case .template(let template):
      Array((template.text(EventFields(object), isLocal: terminal.isTerminal) + "\n").utf8)
    }
  }

  private static let lineFeed = [UInt8(ascii: "\n")]

  /// https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
  private static func serverSentEvent(_ object: [UInt8]) -> [UInt8] {
    let event = EventFields(object)
    let cursor = event.text("cursor") ?? ""
    let type = VisibleText.escaped(event.text("type") ?? "message")
    return Array("id: \(cursor)\nevent: \(type)\ndata: ".utf8) + object + Array("\n\n".utf8)
  }

  private func line(of event: EventFields) -> String {
    let at = event.text("at") ?? ""
    let time = Timestamp(rfc3339: at).map { terminal.isTerminal ? LocalTime.text($0) : $0.textToTheSecond } ?? at
    let type = event.text("type") ?? ""
    let text = EventLine.text(
      type: type, at: time, level: event.text("level"), source: event.text("source"), title: event.text("title") ?? "")
    return terminal.painted(text, Paint(level: event.text("level").flatMap { Level(rawValue: $0) }, type: type))
  }

  /// On a terminal alone, wherever it is.
  private func ring(for object: [UInt8]) {
    guard EventFields(object).text("level") == Level.flash.rawValue else { return }
    guard let descriptor = [STDOUT_FILENO, STDERR_FILENO].first(where: { isatty($0) != 0 }) else { return }
    var bell: UInt8 = 7
    _ = write(descriptor, &bell, 1)
  }
}

/// How an event looks on a terminal with colours.
struct Paint {
  /// Select Graphic Rendition parameters (ECMA-48 8.3.117).
  let codes: String

  init(level: Level?, type: String) {
    codes =
      switch (type, level) {
      case (EventType.itemWithdrawn.rawValue, _): "2;9"
      case (_, .flash?): "1;97;41"
      case (_, .bulletin?): "1;31"
      case (_, .urgent?): "33"
      case (_, .routine?): ""
      default: "2"
      }
  }
}

/// Whether a person reads, and with colours (https://no-color.org).
struct Terminal {
  let isTerminal: Bool
  private let hasColours: Bool

  init(_ descriptor: Int32) {
    isTerminal = isatty(descriptor) != 0
    let isPlain = getenv("NO_COLOR").map { $0.pointee != 0 } ?? false
    let isDumb = getenv("TERM").map { String(cString: $0) == "dumb" } ?? false
    hasColours = isTerminal && !isPlain && !isDumb
  }

  /// `text` must be safe for a terminal.
  func painted(_ text: String, _ paint: Paint) -> String {
    hasColours && !paint.codes.isEmpty ? "\u{1B}[\(paint.codes)m\(text)\u{1B}[0m" : text
  }
}
