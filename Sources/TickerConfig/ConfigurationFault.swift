import TickerText

/// One thing wrong with the configuration, with its place. Shows no secret. A value.
public struct ConfigurationFault: Error, Sendable, Equatable {
  /// Whether the configuration can be used all the same.
  public enum Severity: String, Sendable { case fault, warning }

  /// A fault keeps the configuration from being used.
  public let severity: Severity
  /// The path as it was given or found.
  public let file: String
  /// From 1; 0 when the file as a whole is meant.
  public let line: Int
  /// In Unicode code points from 1; 0 when the file as a whole is meant.
  public let column: Int
  /// What is wrong and what to do, one line, safe for a terminal.
  public let message: String
  /// The offending text, bounded and safe for a terminal; nil when there is none or it could be a secret.
  public let excerpt: String?

  /// `message` and `excerpt` must be safe for a terminal.
  public init(severity: Severity, file: String, line: Int, column: Int, message: String, excerpt: String? = nil) {
    self.severity = severity
    self.file = file
    self.line = line
    self.column = column
    self.message = message
    self.excerpt = excerpt
  }

  /// `file:line:column: fault: message`, as compilers print it; `file: fault: message` for the file as a whole.
  public var text: String {
    let place = line == 0 ? "" : ":\(line):\(column)"
    return "\(VisibleText.escaped(file))\(place): \(severity.rawValue): \(message)"
  }
}

/// Where something stands in its file: both from 1, columns in Unicode code points.
struct Place: Sendable, Hashable, Comparable {
  let line: Int
  let column: Int

  /// The file as a whole.
  static let file = Place(line: 0, column: 0)

  static func < (one: Place, other: Place) -> Bool { (one.line, one.column) < (other.line, other.column) }
}

/// A value and where it stands.
struct Located<Value: Sendable>: Sendable {
  let value: Value
  let place: Place
}

extension ConfigurationFault {
  init(_ severity: Severity, _ file: String, _ place: Place, _ message: String, excerpt: String? = nil) {
    self.init(
      severity: severity, file: file, line: place.line, column: place.column, message: message, excerpt: excerpt)
  }
}

/// Text of the operator's as a message shows it.
enum Quoted {
  /// Code points; what is longer is recognised by its beginning.
  private static let longest = 64

  /// Bounded, and safe for a terminal.
  static func plain(_ text: String) -> String {
    let scalars = text.unicodeScalars
    let start = String(String.UnicodeScalarView(scalars.prefix(longest)))
    return VisibleText.escaped(start) + (scalars.count > longest ? "…" : "")
  }

  /// ``plain(_:)`` between quotation marks.
  static func text(_ text: String) -> String { "\"" + plain(text) + "\"" }

  /// `"a", "b", "c"`.
  static func list(_ texts: [String]) -> String { texts.map(Self.text).joined(separator: ", ") }
}
