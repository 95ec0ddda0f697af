/// The grammar of RFC 9535, appendix A. A value that reads one query.
struct JSONPathParser {
  /// Parentheses, filters and functions inside one another.
  private static let deepest = 16
  /// Numbers that every JSON reader keeps exactly (RFC 7493 §2.2).
  private static let exact = -(1 << 53) + 1...(1 << 53) - 1

  private let scalars: [Unicode.Scalar]
  private var position = 0
  private var depth = 0

  init(_ text: String) { scalars = Array(text.unicodeScalars) }

  mutating func query() throws(PathFault) -> [JSONPath.Segment] {
    guard take("$") else { throw fault("a path begins with $") }
    let segments = try self.segments()
    guard position == scalars.count else { throw fault("something stands where the path should end") }
    return segments
  }

  private mutating func segments() throws(PathFault) -> [JSONPath.Segment] {
    var segments: [JSONPath.Segment] = []
    while true {
      let start = position
      skipSpace()
      if take("[") {
        segments.append(JSONPath.Segment(isDescendant: false, selectors: try bracketed()))
      } else if take(".") {
        let isDescendant = take(".")
        segments.append(JSONPath.Segment(isDescendant: isDescendant, selectors: try shorthand(isDescendant)))
      } else {
        position = start
        return segments
      }
    }
  }

  /// After a point: `*`, a name, or after two points brackets.
  private mutating func shorthand(_ isDescendant: Bool) throws(PathFault) -> [JSONPath.Selector] {
    if take("*") { return [.wildcard] }
    if isDescendant, take("[") { return try bracketed() }
    guard let first = next, Self.isNameStart(first) else {
      throw fault("a name or * is missing after the point; names with other characters stand in ['…']")
    }
    let start = position
    while let scalar = next, Self.isNameStart(scalar) || Self.isDigit(scalar) { position += 1 }
    return [.name(String(String.UnicodeScalarView(scalars[start..<position])))]
  }

  private mutating func bracketed() throws(PathFault) -> [JSONPath.Selector] {
    var selectors: [JSONPath.Selector] = []
    repeat {
      skipSpace()
      selectors.append(try selector())
      skipSpace()
    } while take(",")
    guard take("]") else { throw fault("the bracket has no end") }
    return selectors
  }

  private mutating func selector() throws(PathFault) -> JSONPath.Selector {
    if take("*") { return .wildcard }
    if take("?") { return .filter(try nested { (parser) throws(PathFault) in try parser.condition() }) }
    if let name = try string() { return .name(name) }
    let start = try integer()
    let mark = position
    skipSpace()
    guard take(":") else {
      position = mark
      guard let start else { throw fault("a name in quotes, a number, a slice, * or ?filter is missing") }
      return .index(start)
    }
    skipSpace()
    let end = try integer()
    let afterEnd = position
    skipSpace()
    guard take(":") else {
      position = afterEnd
      return .slice(start: start, end: end, step: 1)
    }
    let afterColon = position
    skipSpace()
    let step = try integer()
    if step == nil { position = afterColon }
    return .slice(start: start, end: end, step: step ?? 1)
  }

  private mutating func nested<Result>(
    _ read: (inout JSONPathParser) throws(PathFault) -> Result
  ) throws(PathFault) -> Result {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.deepest else {
      throw fault("more than \(Self.deepest) filters and parentheses stand inside one another")
    }
    skipSpace()
    return try read(&self)
  }
}

// MARK: Filters

extension JSONPathParser {
  private mutating func condition() throws(PathFault) -> JSONPath.Condition {
    var alternatives: [JSONPath.Condition] = []
    repeat {
      skipSpace()
      var parts: [JSONPath.Condition] = []
      repeat {
        skipSpace()
        parts.append(try basic())
      } while takeBetween("&&")
      alternatives.append(parts.count == 1 ? parts[0] : .all(parts))
    } while takeBetween("||")
    return alternatives.count == 1 ? alternatives[0] : .any(alternatives)
  }

  private mutating func basic() throws(PathFault) -> JSONPath.Condition {
    if take("!") {
      skipSpace()
      if next == "(" { return .not(try parenthesis()) }
      return .not(try test(try expression()))
    }
    if next == "(" { return try parenthesis() }
    let left = try expression()
    let mark = position
    skipSpace()
    guard let comparison = try comparison() else {
      position = mark
      return try test(left)
    }
    skipSpace()
    let right = try operand(try expression())
    return .compares(try operand(left), comparison, right)
  }

  private mutating func parenthesis() throws(PathFault) -> JSONPath.Condition {
    _ = take("(")
    let condition = try nested { (parser) throws(PathFault) in try parser.condition() }
    skipSpace()
    guard take(")") else { throw fault("a parenthesis has no end") }
    return condition
  }

  private mutating func comparison() throws(PathFault) -> JSONPath.Comparison? {
    for sign in ["==", "!=", "<=", ">=", "<", ">"] where take(word: sign) { return JSONPath.Comparison(rawValue: sign) }
    if next == "=" { throw fault("values are compared with ==") }
    return nil
  }

  /// What stands in a filter, before it is known what it is used for.
  private enum Expression {
    case operand(JSONPath.Operand)
    case query(JSONPath.Query)
    case condition(JSONPath.Condition)
  }

  private mutating func expression() throws(PathFault) -> Expression {
    if let text = try string() { return .operand(.literal(.string(text))) }
    if next == "@" || next == "$" { return .query(try relativeQuery()) }
    if let number = try number() { return .operand(.literal(.number(number))) }
    let start = position
    while let scalar = next, ("a"..."z").contains(scalar) || Self.isDigit(scalar) || scalar == "_" { position += 1 }
    let word = String(String.UnicodeScalarView(scalars[start..<position]))
    if take("(") { return try nested { (parser) throws(PathFault) in try parser.function(word, at: start) } }
    switch word {
    case "true": return .operand(.literal(.bool(true)))
    case "false": return .operand(.literal(.bool(false)))
    case "null": return .operand(.literal(.null))
    default: throw fault("@, $, a function or a value is missing", at: start)
    }
  }

  private mutating func relativeQuery() throws(PathFault) -> JSONPath.Query {
    let isRelative = take("@")
    if !isRelative { _ = take("$") }
    return JSONPath.Query(isRelative: isRelative, segments: try segments())
  }

  /// The functions of §2.4, with the types that their arguments must have.
  private mutating func function(_ name: String, at start: Int) throws(PathFault) -> Expression {
    let result: Expression
    switch name {
    case "length": result = .operand(.length(try operand(try expression())))
    case "count": result = .operand(.count(try nodes(try expression())))
    case "value": result = .operand(.value(try nodes(try expression())))
    case "match", "search":
      let subject = try operand(try expression())
      skipSpace()
      guard take(",") else { throw fault("\(name)() takes a value and a pattern") }
      skipSpace()
      result = .condition(.matches(subject, pattern: try operand(try expression()), whole: name == "match"))
    default: throw fault("there is no function \(name.isEmpty ? "without a name" : name + "()")", at: start)
    }
    skipSpace()
    guard take(")") else { throw fault("\(name)() takes no more, or its parenthesis has no end") }
    return result
  }

  /// As one value: a query must be singular.
  private func operand(_ expression: Expression) throws(PathFault) -> JSONPath.Operand {
    switch expression {
    case .operand(let operand): return operand
    case .query(let query):
      guard query.segments.isSingular else { throw fault("a query that may find several values cannot be compared") }
      return .query(query)
    case .condition: throw fault("match() and search() are true or false, they cannot be compared")
    }
  }

  private func nodes(_ expression: Expression) throws(PathFault) -> JSONPath.Query {
    guard case .query(let query) = expression else { throw fault("count() and value() take a query such as @.*") }
    return query
  }

  /// As a condition of its own: whether something is there, or a function that says yes or no.
  private func test(_ expression: Expression) throws(PathFault) -> JSONPath.Condition {
    switch expression {
    case .query(let query): return .exists(query)
    case .condition(let condition): return condition
    case .operand: throw fault("a value alone is no condition; compare it with ==, < or >")
    }
  }
}

// MARK: Tokens

extension JSONPathParser {
  private var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard next == scalar else { return false }
    position += 1
    return true
  }

  private mutating func take(word: String) -> Bool {
    let end = position + word.unicodeScalars.count
    guard end <= scalars.count, scalars[position..<end].elementsEqual(word.unicodeScalars) else { return false }
    position = end
    return true
  }

  /// `word` with white space before it.
  private mutating func takeBetween(_ word: String) -> Bool {
    let mark = position
    skipSpace()
    if take(word: word) { return true }
    position = mark
    return false
  }

  private mutating func skipSpace() {
    while let scalar = next, scalar == " " || scalar == "\t" || scalar == "\n" || scalar == "\r" { position += 1 }
  }

  /// Of an index or slice: no zeros in front, no minus zero, exact everywhere.
  private mutating func integer() throws(PathFault) -> Int? {
    let start = position
    let isNegative = take("-")
    let digits = position
    while let scalar = next, Self.isDigit(scalar) { position += 1 }
    if position == digits {
      if isNegative { throw fault("a minus without digits", at: start) }
      return nil
    }
    let text = String(String.UnicodeScalarView(scalars[start..<position]))
    let isCanonical = scalars[digits] != "0" || position == digits + 1 && !isNegative
    guard isCanonical, let number = Int(text), Self.exact.contains(number) else {
      throw fault("\(text.prefix(20)) is no number that JSON can count with", at: start)
    }
    return number
  }

  /// A number of JSON as it is written; nil when none begins here.
  private mutating func number() throws(PathFault) -> String? {
    let start = position
    _ = take("-")
    let digits = takeDigits()
    if digits == 0 {
      guard position == start else { throw fault("a minus without digits", at: start) }
      return nil
    }
    let first = scalars[position - digits]
    if first == "0", digits > 1 { throw fault("a number has no zeros in front", at: start) }
    if take("."), takeDigits() == 0 { throw fault("a number has digits after its point", at: start) }
    if take("e") || take("E") {
      if !take("+") { _ = take("-") }
      if takeDigits() == 0 { throw fault("a number has digits in its exponent", at: start) }
    }
    return String(String.UnicodeScalarView(scalars[start..<position]))
  }

  private mutating func takeDigits() -> Int {
    let start = position
    while let scalar = next, Self.isDigit(scalar) { position += 1 }
    return position - start
  }

  /// A quoted text with its escapes resolved (§2.3.1.2); nil when none begins here.
  private mutating func string() throws(PathFault) -> String? {
    guard let quote = next, quote == "'" || quote == "\"" else { return nil }
    let start = position
    position += 1
    var text = String.UnicodeScalarView()
    while let scalar = next, scalar != quote {
      position += 1
      guard scalar.value >= 0x20 else { throw fault("control characters are written \\u0000", at: position - 1) }
      text.append(scalar == "\\" ? try escape(quote) : scalar)
    }
    guard take(quote) else { throw fault("the quoted text has no end", at: start) }
    return String(text)
  }

  private mutating func escape(_ quote: Unicode.Scalar) throws(PathFault) -> Unicode.Scalar {
    guard let scalar = next else { throw fault("the backslash escapes nothing") }
    position += 1
    switch scalar {
    case quote, "\\", "/": return scalar
    case "b": return "\u{8}"
    case "f": return "\u{C}"
    case "n": return "\n"
    case "r": return "\r"
    case "t": return "\t"
    case "u": return try surrogates()
    default: throw fault("\\\(scalar) is no escape sequence", at: position - 2)
    }
  }

  private mutating func surrogates() throws(PathFault) -> Unicode.Scalar {
    let high = try unit()
    guard (0xD800..<0xDC00).contains(high) else {
      guard let scalar = Unicode.Scalar(high) else { throw fault("half a surrogate pair is no character") }
      return scalar
    }
    guard take("\\"), take("u") else { throw fault("half a surrogate pair is no character") }
    let low = try unit()
    guard (0xDC00..<0xE000).contains(low),
      let scalar = Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
    else { throw fault("half a surrogate pair is no character") }
    return scalar
  }

  private mutating func unit() throws(PathFault) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let scalar = next, scalar.isASCII, let digit = Character(scalar).hexDigitValue else {
        throw fault("\\u takes four hexadecimal digits")
      }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }

  private func fault(_ message: String, at position: Int? = nil) -> PathFault {
    let position = min(position ?? self.position, scalars.count)
    return PathFault(message: message, offset: scalars[..<position].reduce(0) { $0 + UTF8.width($1) })
  }

  private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

  private static func isNameStart(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value >= 0x80 || scalar == "_" || ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
  }
}
