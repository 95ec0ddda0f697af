/// A JSONPath query (RFC 9535), read once and asked of many values. Immutable; any thread.
struct JSONPath: Sendable {
  /// Bytes of a query; real ones have some dozen.
  static let longest = 1024

  let segments: [Segment]

  /// Reads `text`; a fault tells where it breaks the grammar or the types of §2.4.3.
  init(_ text: String) throws(PathFault) {
    guard text.utf8.count <= Self.longest else {
      throw PathFault(message: "the path is longer than \(Self.longest) bytes", offset: Self.longest)
    }
    var parser = JSONPathParser(text)
    segments = try parser.query()
  }

  /// Whether the query can find one value at most (§2.3.5.1, "singular query").
  var isSingular: Bool { segments.isSingular }

  struct Segment: Sendable {
    /// `..`: every value below is asked too.
    let isDescendant: Bool
    let selectors: [Selector]
  }

  enum Selector: Sendable {
    case name(String)
    case index(Int)
    case slice(start: Int?, end: Int?, step: Int)
    case wildcard
    case filter(Condition)
  }

  /// A logical expression of a filter (§2.3.5).
  indirect enum Condition: Sendable {
    case any([Condition])
    case all([Condition])
    case not(Condition)
    case compares(Operand, Comparison, Operand)
    case exists(Query)
    case matches(Operand, pattern: Operand, whole: Bool)
  }

  enum Comparison: String, Sendable {
    case equal = "==", unequal = "!=", less = "<", lessOrEqual = "<=", more = ">", moreOrEqual = ">="
  }

  /// What is compared, or given to a function.
  indirect enum Operand: Sendable {
    case literal(JSONValue)
    /// Finds one value or nothing.
    case query(Query)
    case length(Operand)
    case count(Query)
    case value(Query)
  }

  /// A query inside a filter: of the value at hand (`@`) or the whole document (`$`).
  struct Query: Sendable {
    let isRelative: Bool
    let segments: [Segment]
  }
}

extension [JSONPath.Segment] {
  var isSingular: Bool {
    allSatisfy { segment in
      guard !segment.isDescendant, segment.selectors.count == 1 else { return false }
      switch segment.selectors[0] {
      case .name, .index: return true
      default: return false
      }
    }
  }
}

/// What is wrong with a path, and where. Pure value.
struct PathFault: Error, Sendable, Equatable {
  /// A clause that names the faulty part.
  let message: String
  /// Offset into the path's UTF-8.
  let offset: Int
}
