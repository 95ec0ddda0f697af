import Glibc
import TickerText

/// Asks paths of one document, within bounds for all of them together. Used on one thread.
struct JSONQuery {
  /// Values looked at. An honest path looks at each value of a document once or twice.
  private static let mostSteps = 8_000_000
  /// Values found at any point of a path; bounds memory.
  private static let mostNodes = 1 << 20
  /// Seconds of processor time, for patterns, whose steps nobody can count beforehand.
  private static let longest = 3.0
  /// Names and bytes that are compared in one step's time.
  private static let namesPerStep = 4
  private static let bytesPerStep = 64
  /// Steps between two looks at the clock.
  private static let clockStep = 1 << 14

  /// The path asked for too much.
  struct TooMuch: Error {}

  private let root: JSONValue
  private var steps = 0
  private let deadline: Double
  private var patterns: [String: Pattern?] = [:]

  init(_ root: JSONValue) {
    self.root = root
    deadline = Self.processorTime() + Self.longest
  }

  /// What `path` finds in `value`, in the order of the document.
  mutating func nodes(_ path: JSONPath, in value: JSONValue) throws(TooMuch) -> [JSONValue] {
    try follow(path.segments, from: value)
  }

  private mutating func follow(_ segments: [JSONPath.Segment], from value: JSONValue) throws(TooMuch) -> [JSONValue] {
    var nodes = [value]
    for segment in segments {
      var found: [JSONValue] = []
      for node in nodes {
        if segment.isDescendant {
          try descend(node, segment.selectors, into: &found)
        } else {
          for selector in segment.selectors { try select(selector, of: node, into: &found) }
        }
      }
      nodes = found
      if nodes.isEmpty { break }
    }
    return nodes
  }

  /// §2.5.2: each value before those inside it. The depth is that of the document, which is bounded.
  private mutating func descend(
    _ node: JSONValue, _ selectors: [JSONPath.Selector], into found: inout [JSONValue]
  ) throws(TooMuch) {
    for selector in selectors { try select(selector, of: node, into: &found) }
    switch node {
    case .array(let elements): for element in elements { try descend(element, selectors, into: &found) }
    case .object(let object): for value in object.values { try descend(value, selectors, into: &found) }
    default: break
    }
  }

  private mutating func select(
    _ selector: JSONPath.Selector, of node: JSONValue, into found: inout [JSONValue]
  ) throws(TooMuch) {
    try count(1)
    guard found.count <= Self.mostNodes else { throw TooMuch() }
    switch selector {
    case .name(let name):
      guard case .object(let object) = node else { return }
      try count(object.count / Self.namesPerStep)
      if let value = object.last(name) { found.append(value) }
    case .index(let index):
      guard case .array(let elements) = node else { return }
      let place = index < 0 ? elements.count + index : index
      if elements.indices.contains(place) { found.append(elements[place]) }
    case .slice(let start, let end, let step):
      guard case .array(let elements) = node else { return }
      for index in Self.indices(start, end, step, of: elements.count) {
        try count(1)
        found.append(elements[index])
      }
    case .wildcard:
      try count(node.children.count)
      // The first are taken as they are, without a copy.
      if found.isEmpty { found = node.children } else { found += node.children }
    case .filter(let condition):
      for child in node.children where try holds(condition, of: child) { found.append(child) }
    }
  }

  /// §2.3.4.2.2
  private static func indices(_ start: Int?, _ end: Int?, _ step: Int, of count: Int) -> StrideTo<Int> {
    guard step != 0 else { return stride(from: 0, to: 0, by: 1) }
    let normal = { (index: Int) in index >= 0 ? index : count + index }
    if step > 0 {
      let lower = min(max(normal(start ?? 0), 0), count)
      return stride(from: lower, to: min(max(normal(end ?? count), 0), count), by: step)
    }
    let upper = min(max(normal(start ?? count - 1), -1), count - 1)
    let lower = end.map { min(max(normal($0), -1), count - 1) } ?? -1
    return stride(from: upper, to: lower, by: step)
  }

  private mutating func count(_ more: Int) throws(TooMuch) {
    let before = steps
    steps += more
    guard steps <= Self.mostSteps else { throw TooMuch() }
    if before / Self.clockStep != steps / Self.clockStep, Self.processorTime() > deadline { throw TooMuch() }
  }

  private static func processorTime() -> Double {
    var now = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now)
    return Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
  }
}

// MARK: Filters

extension JSONQuery {
  private mutating func holds(_ condition: JSONPath.Condition, of node: JSONValue) throws(TooMuch) -> Bool {
    try count(1)
    switch condition {
    case .any(let conditions):
      for condition in conditions where try holds(condition, of: node) { return true }
      return false
    case .all(let conditions):
      for condition in conditions where try !holds(condition, of: node) { return false }
      return true
    case .not(let condition): return try !holds(condition, of: node)
    case .exists(let query): return try !nodes(query, of: node).isEmpty
    case .compares(let left, let comparison, let right):
      return try compare(value(left, of: node), comparison, value(right, of: node))
    case .matches(let subject, let pattern, let whole):
      guard case .string(let text)? = try value(subject, of: node),
        case .string(let pattern)? = try value(pattern, of: node)
      else { return false }
      return try matches(text, pattern, whole: whole)
    }
  }

  private mutating func nodes(_ query: JSONPath.Query, of node: JSONValue) throws(TooMuch) -> [JSONValue] {
    try follow(query.segments, from: query.isRelative ? node : root)
  }

  /// Nil is the RFC's Nothing.
  private mutating func value(_ operand: JSONPath.Operand, of node: JSONValue) throws(TooMuch) -> JSONValue? {
    switch operand {
    case .literal(let value): return value
    case .query(let query): return try nodes(query, of: node).first
    case .count(let query): return .number(String(try nodes(query, of: node).count))
    case .value(let query):
      let found = try nodes(query, of: node)
      return found.count == 1 ? found[0] : nil
    case .length(let operand):
      switch try value(operand, of: node) {
      case .string(let text):
        try count(text.utf8.count / Self.bytesPerStep)
        return .number(String(text.unicodeScalars.count))
      case .array(let elements): return .number(String(elements.count))
      case .object(let members): return .number(String(members.count))
      default: return nil
      }
    }
  }

  /// §2.3.5.2.2
  private mutating func compare(
    _ left: JSONValue?, _ comparison: JSONPath.Comparison, _ right: JSONValue?
  ) throws(TooMuch) -> Bool {
    if let left = left?.scalar, let right = right?.scalar {
      try count(max(left.utf8.count, right.utf8.count) / Self.bytesPerStep)
    }
    switch comparison {
    case .equal: return try equal(left, right)
    case .unequal: return try !equal(left, right)
    case .less: return isLess(left, right)
    case .more: return isLess(right, left)
    case .lessOrEqual: return isLess(left, right) ? true : try equal(left, right)
    case .moreOrEqual: return isLess(right, left) ? true : try equal(left, right)
    }
  }

  /// Code point by code point, which is the order of UTF-8; Swift's own would take canonical equivalents for equal.
  private func isLess(_ left: JSONValue?, _ right: JSONValue?) -> Bool {
    switch (left, right) {
    case (.number(let left), .number(let right)): (Double(left) ?? .nan) < (Double(right) ?? .nan)
    case (.string(let left), .string(let right)): left.utf8.lexicographicallyPrecedes(right.utf8)
    default: false
    }
  }

  private mutating func equal(_ left: JSONValue?, _ right: JSONValue?) throws(TooMuch) -> Bool {
    try count(1 + (left?.scalar?.utf8.count ?? 0) / Self.bytesPerStep)
    switch (left, right) {
    case (nil, nil), (.null, .null): return true
    case (.bool(let left), .bool(let right)): return left == right
    case (.number(let left), .number(let right)): return left == right || Double(left) == Double(right)
    case (.string(let left), .string(let right)): return left.utf8.elementsEqual(right.utf8)
    case (.array(let left), .array(let right)):
      guard left.count == right.count else { return false }
      for (one, other) in zip(left, right) where try !equal(one, other) { return false }
      return true
    case (.object(let left), .object(let right)):
      guard left.count == right.count else { return false }
      let others = Dictionary(right.map { (Array($0.name.utf8), $0.value) }) { $1 }
      try count(right.count)
      for member in left where try !equal(member.value, others[Array(member.name.utf8)]) { return false }
      return true
    default: return false
    }
  }

  private mutating func matches(_ text: String, _ pattern: String, whole: Bool) throws(TooMuch) -> Bool {
    try count(Self.clockStep)
    let key = whole ? "m" + pattern : "s" + pattern
    let compiled: Pattern?
    if let known = patterns[key] {
      compiled = known
    } else {
      let body = InternetPattern.pcre(pattern)
      compiled = try? Pattern(whole ? "\\A(?:\(body))\\z" : body)
      patterns[key] = compiled
    }
    return compiled?.matches(text) ?? false
  }
}

extension JSONValue {
  /// The member whose name has just these code points. Of several the last counts.
  func member(_ name: String) -> JSONValue? {
    guard case .object(let object) = self else { return nil }
    return object.last(name)
  }

  /// The elements or the members' values.
  var children: [JSONValue] {
    switch self {
    case .array(let elements): elements
    case .object(let object): object.values
    default: []
    }
  }
}

/// Regular expressions of RFC 9485 as PCRE has them: a point is everything but a line end, and a bracket inside a class
/// is a character. Pure.
enum InternetPattern {
  static func pcre(_ pattern: String) -> String {
    var result = String.UnicodeScalarView()
    var isEscaped = false
    var isInClass = false
    for scalar in pattern.unicodeScalars {
      if isEscaped {
        isEscaped = false
      } else if scalar == "\\" {
        isEscaped = true
      } else if isInClass {
        if scalar == "[" { result.append("\\") }
        isInClass = scalar != "]"
      } else if scalar == "[" {
        isInClass = true
      } else if scalar == "." {
        result.append(contentsOf: "[^\\n\\r]".unicodeScalars)
        continue
      }
      result.append(scalar)
    }
    return String(result)
  }
}
