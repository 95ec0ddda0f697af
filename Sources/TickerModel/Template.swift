import TickerText

/// A text with places for values, in the manner of Mustache (https://mustache.github.io/mustache.5.html):
/// `{{name}}` as the inside of a JSON string, `{{{name}}}` or `{{&name}}` as it is, `{{#name}}…{{/name}}` for each
/// element or where there is one, `{{^name}}…{{/name}}` where there is none, `{{.}}` the element, `{{! … }}` nothing.
/// Without partials and other delimiters. Pure value.
public struct Template: Sendable, Hashable {
  /// Bytes of a template; a body has at most 64 KiB.
  public static let longest = 16 << 10
  /// Sections within sections.
  static let deepest = 8
  /// Bytes of what is written; the rest is left out, and said.
  public static let longestResult = 64 << 10

  /// What is wrong with a template, and where.
  public struct Fault: Error, Equatable, Sendable {
    public let message: String
    /// From 1, in the template's own lines.
    public let line: Int
    /// From 1, in characters.
    public let column: Int
  }

  /// As written.
  public let text: String
  private let parts: [Part]

  indirect enum Part: Sendable, Hashable {
    case text(String)
    case value(String, isEscaped: Bool)
    case section(String, isInverted: Bool, [Part])
  }

  /// Reads `text`; `names` are those that a value can have.
  public init(_ text: String, names: Set<String>) throws(Fault) {
    self.text = text
    var reader = TemplateReader(text, names: names)
    parts = try reader.read()
  }

  /// The text with the members of `values` in it; nil when it is longer than ``longestResult``.
  public func render(_ values: [String: TemplateValue]) -> String? {
    var result = ""
    let isWhole = Self.render(parts, [.object(values)], into: &result)
    return isWhole ? result : nil
  }

  /// What a webhook's template can name: the members of every event (SPEC §3.4), `webhook_id`, `event` the whole as JSON,
  /// and for several events in one request `events`, `count` and `more`.
  public static let eventNames: Set<String> = [
    "type", "cursor", "at", "title", "id", "source", "text", "link", "published", "updated", "seen", "seen_after",
    "level", "lang", "urgency", "tags", "attribution", "via", "cited", "occurrence", "revision", "hash", "baseline",
    "previous", "restored", "doubtful", "truncated", "stage", "class", "reason", "since", "endpoint", "webhook_id",
    "event", "events", "count", "more",
  ]

  public static func == (one: Template, other: Template) -> Bool { one.text == other.text }
  public func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

extension Template {
  private static func render(_ parts: [Part], _ context: [TemplateValue], into result: inout String) -> Bool {
    for part in parts {
      switch part {
      case .text(let text): result += text
      case .value(let name, let isEscaped):
        let text = written(look(up: name, in: context))
        result += isEscaped ? insideOfString(text) : text
      case .section(let name, let isInverted, let inner):
        for element in elements(look(up: name, in: context), isInverted: isInverted) {
          guard render(inner, context + [element], into: &result) else { return false }
        }
      }
      guard result.utf8.count <= longestResult else { return false }
    }
    return true
  }

  /// What a section is written for; the context itself where it is merely true.
  private static func elements(_ value: TemplateValue, isInverted: Bool) -> [TemplateValue] {
    switch value {
    case .absent, .flag(false), .text(""), .list([]): isInverted ? [.absent] : []
    case .list(let values): isInverted ? [] : values
    default: isInverted ? [] : [value]
    }
  }

  private static func look(up name: String, in context: [TemplateValue]) -> TemplateValue {
    if name == "." { return context.last ?? .absent }
    for case .object(let members) in context.reversed() { if let value = members[name] { return value } }
    return .absent
  }

  private static func written(_ value: TemplateValue) -> String {
    switch value {
    case .absent: ""
    case .flag(let flag): flag ? "true" : "false"
    case .number(let text), .text(let text): text
    case .list(let values): values.map(written).joined(separator: ", ")
    case .object: ""
    }
  }

  private static func insideOfString(_ text: String) -> String {
    var bytes: [UInt8] = []
    JSONText.append(string: text, to: &bytes)
    return String(decoding: bytes.dropFirst().dropLast(), as: UTF8.self)
  }
}

/// One pass over a template's text.
private struct TemplateReader {
  private let text: String
  private let names: Set<String>
  private var rest: Substring

  init(_ text: String, names: Set<String>) {
    self.text = text
    self.names = names
    rest = Substring(text)
  }

  mutating func read() throws(Template.Fault) -> [Template.Part] {
    guard text.utf8.count <= Template.longest else {
      throw fault("is longer than \(Template.longest) bytes", at: text.startIndex)
    }
    return try parts(of: nil, depth: 0)
  }

  /// Up to the end of the section `open`, or of the text.
  private mutating func parts(
    of open: (name: String, at: String.Index)?, depth: Int
  ) throws(Template.Fault) -> [Template.Part] {
    var parts: [Template.Part] = []
    while let begin = rest.firstRange(of: "{{") {
      if begin.lowerBound > rest.startIndex { parts.append(.text(String(rest[..<begin.lowerBound]))) }
      let place = begin.lowerBound
      let (mark, name) = try tag(at: begin)
      switch mark {
      case "!": continue
      case "&", "{": parts.append(.value(try known(name, place), isEscaped: false))
      case "#", "^":
        guard depth < Template.deepest else { throw fault("more than \(Template.deepest) sections within", at: place) }
        let inner = try self.parts(of: (try known(name, place), place), depth: depth + 1)
        parts.append(.section(name, isInverted: mark == "^", inner))
      case "/":
        guard let open else { throw fault("{{/\(name)}} ends no section", at: place) }
        guard open.name == name else { throw fault("{{/\(name)}} where {{/\(open.name)}} is due", at: place) }
        return parts
      case ">", "=", "<", "$": throw fault("{{\(mark)…}} is not known here (no partials, no delimiters)", at: place)
      default: parts.append(.value(try known(name, place), isEscaped: true))
      }
    }
    if let open { throw fault("the section {{#\(open.name)}} is not ended", at: open.at) }
    if !rest.isEmpty { parts.append(.text(String(rest))) }
    return parts
  }

  /// Takes a tag; its mark is a blank for `{{name}}`.
  private mutating func tag(at begin: Range<String.Index>) throws(Template.Fault) -> (mark: Character, name: String) {
    let isTriple = rest[begin.upperBound...].hasPrefix("{")
    let end = isTriple ? "}}}" : "}}"
    guard let close = rest[begin.upperBound...].firstRange(of: end) else {
      throw fault("{{ without its \(end)", at: begin.lowerBound)
    }
    var content = rest[begin.upperBound..<close.lowerBound]
    rest = rest[close.upperBound...]
    var mark: Character = " "
    if let first = content.first, "{!&#^/>=<$".contains(first) {
      mark = first
      content = content.dropFirst()
    }
    return (mark, Normalise.foldWhitespace(String(content)))
  }

  private func known(_ name: String, _ place: String.Index) throws(Template.Fault) -> String {
    if name == "." || names.contains(name) { return name }
    let all = names.sorted().joined(separator: ", ")
    throw fault("there is no value \(VisibleText.escaped(name)); there are \(all)", at: place)
  }

  private func fault(_ message: String, at place: String.Index) -> Template.Fault {
    let before = text[..<place]
    let line = before.count { $0.isNewline } + 1
    let column = before.reversed().prefix { !$0.isNewline }.count + 1
    return Template.Fault(message: message, line: line, column: column)
  }
}
