extension XPathExpression {
  /// Reads `text`; a fault tells where it breaks the grammar, or that it finds no nodes.
  init(_ text: String) throws(SelectorFault) {
    guard text.utf8.count <= Self.longest else {
      throw SelectorFault(message: "the expression is longer than \(Self.longest) bytes", offset: Self.longest)
    }
    var parser = XPathParser(text)
    term = try parser.whole()
  }
}

/// Recursive descent over an expression (§3.7). At every place it is known whether an operand or an operator comes, which
/// is what tells a name `div` from the operator and `*` from a product. Pure value.
private struct XPathParser {
  typealias Term = XPathExpression.Term
  typealias Step = XPathExpression.Step

  private let bytes: [UInt8]
  private var index = 0
  private var depth = 0

  init(_ text: String) { bytes = Array(text.utf8) }

  mutating func whole() throws(SelectorFault) -> Term {
    let term = try any()
    guard next == nil else { throw fault("something follows that belongs to nothing") }
    guard term.kind == .nodes else {
      throw SelectorFault(message: "it gives a value and finds no nodes; write what selects elements", offset: 0)
    }
    return term
  }
}

// MARK: Operators, the loosest first

extension XPathParser {
  private mutating func any() throws(SelectorFault) -> Term {
    // Chains of operators nest as parentheses do.
    let before = depth
    defer { depth = before }
    try deepen()
    var terms = [try all()]
    while takeWord("or") { terms.append(try all()) }
    return terms.count == 1 ? terms[0] : .any(terms)
  }

  private mutating func all() throws(SelectorFault) -> Term {
    var terms = [try equality()]
    while takeWord("and") { terms.append(try equality()) }
    return terms.count == 1 ? terms[0] : .all(terms)
  }

  private mutating func equality() throws(SelectorFault) -> Term {
    var term = try relation()
    while let comparison = takeComparison(["=", "!="]) {
      try deepen()
      term = .compares(term, comparison, try relation())
    }
    return term
  }

  private mutating func relation() throws(SelectorFault) -> Term {
    var term = try sum()
    while let comparison = takeComparison(["<=", ">=", "<", ">"]) {
      try deepen()
      term = .compares(term, comparison, try sum())
    }
    return term
  }

  private mutating func sum() throws(SelectorFault) -> Term {
    var term = try product()
    while let operation: XPathExpression.Operation = take("+") ? .plus : take("-") ? .minus : nil {
      try deepen()
      term = .computes(term, operation, try product())
    }
    return term
  }

  private mutating func product() throws(SelectorFault) -> Term {
    var term = try negation()
    while let operation: XPathExpression.Operation = take("*")
      ? .times : takeWord("div") ? .divided : takeWord("mod") ? .modulo : nil
    {
      try deepen()
      term = .computes(term, operation, try negation())
    }
    return term
  }

  private mutating func negation() throws(SelectorFault) -> Term {
    guard take("-") else { return try union() }
    try deepen()
    return .negative(try negation())
  }

  private mutating func union() throws(SelectorFault) -> Term {
    let start = index
    var terms = [try path()]
    while take("|") { terms.append(try path()) }
    guard terms.count > 1 else { return terms[0] }
    guard terms.allSatisfy({ $0.kind == .nodes }) else { throw fault("| joins nodes alone", at: start) }
    return .union(terms)
  }

  private mutating func deepen() throws(SelectorFault) {
    depth += 1
    if depth > XPathExpression.deepest { throw fault("more than \(XPathExpression.deepest) terms in one another") }
  }

  private mutating func takeComparison(_ forms: [StaticString]) -> XPathExpression.Comparison? {
    for form in forms where take(form) { return XPathExpression.Comparison(rawValue: "\(form)") }
    return nil
  }
}

// MARK: Paths

extension XPathParser {
  private mutating func path() throws(SelectorFault) -> Term {
    if let primary = try primary() { return try following(primary) }
    if take("//") { return .path(.document, Self.shortened([Self.anything] + (try steps()))) }
    if take("/") {
      // `/` alone is the document.
      return .path(.document, beginsStep ? Self.shortened(try steps()) : [])
    }
    return .path(.here, Self.shortened(try steps()))
  }

  /// Predicates and steps behind a term.
  private mutating func following(_ primary: Term) throws(SelectorFault) -> Term {
    let start = index
    var term = primary
    let predicates = try self.predicates()
    if !predicates.isEmpty { term = .filtered(term, predicates) }
    var steps: [Step]?
    if take("//") { steps = [Self.anything] + (try self.steps()) } else if take("/") { steps = try self.steps() }
    if !predicates.isEmpty || steps != nil, primary.kind != .nodes {
      throw fault("[ and / follow what finds nodes alone", at: start)
    }
    return steps.map { .path(.term(term), Self.shortened($0)) } ?? term
  }

  /// A parenthesis, a literal, a number or a call; nil where a step begins.
  private mutating func primary() throws(SelectorFault) -> Term? {
    skipSpace()
    let start = index
    if take("(") {
      let term = try any()
      try expect(")")
      return term
    }
    if let quote = next, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") { return .text(try literal(quote)) }
    if let number = try number() { return .number(number) }
    guard let name = name(), name != "comment", name != "text", name != "node", name != "processing-instruction",
      take("(")
    else {
      index = start
      return nil
    }
    return try call(name, at: start)
  }

  private mutating func call(_ name: String, at start: Int) throws(SelectorFault) -> Term {
    guard let function = XPathExpression.Function(rawValue: name) else {
      throw fault("there is no function \(name)() in XPath 1.0", at: start)
    }
    var arguments: [Term] = []
    if !take(")") {
      repeat { arguments.append(try any()) } while take(",")
      try expect(")")
    }
    guard function.arguments.contains(arguments.count) else {
      throw fault("\(name)() takes another number of arguments", at: start)
    }
    if function.takesNodes, arguments.contains(where: { $0.kind != .nodes }) {
      throw fault("\(name)() takes nodes", at: start)
    }
    return .call(function, arguments)
  }

  private mutating func steps() throws(SelectorFault) -> [Step] {
    var steps = [try step()]
    while true {
      if take("//") {
        steps += [Self.anything, try step()]
      } else if take("/") {
        steps.append(try step())
      } else {
        return steps
      }
    }
  }

  private mutating func step() throws(SelectorFault) -> Step {
    if take("..") { return Step(axis: .parent, test: .node, predicates: []) }
    if take(".") { return Step(axis: .itself, test: .node, predicates: []) }
    var axis = XPathExpression.Axis.child
    if take("@") {
      axis = .attribute
    } else {
      let start = index
      if let name = name(), take("::") {
        guard let named = XPathExpression.Axis(rawValue: name) else {
          throw fault("there is no axis \(name)", at: start)
        }
        axis = named
      } else {
        index = start
      }
    }
    return Step(axis: axis, test: try test(axis), predicates: try predicates())
  }

  private mutating func test(_ axis: XPathExpression.Axis) throws(SelectorFault) -> XPathExpression.NodeTest {
    let start = next == nil ? bytes.count : index
    if take("*") { return .any }
    guard let name = name() else { throw fault("a step begins with a name, *, @, . or an axis") }
    // An element's own prefix is left off where the page is read: nobody declares one in HTML.
    if name.contains(":"), axis != .attribute { throw fault("elements of a page have no prefix", at: start) }
    if name.hasSuffix(":*") { return .prefix(Array(name.utf8.dropLast())) }
    let known: [String: XPathExpression.NodeTest] = [
      "node": .node, "text": .text, "comment": .comment, "processing-instruction": .nothing,
    ]
    guard let test = known[name], take("(") else { return .name(CName(name)) }
    if case .nothing = test, let quote = next, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
      _ = try literal(quote)
    }
    try expect(")")
    return test
  }

  private mutating func predicates() throws(SelectorFault) -> [XPathExpression.Predicate] {
    var predicates: [XPathExpression.Predicate] = []
    while take("[") {
      let term = try any()
      try expect("]")
      predicates.append(.init(term: term, isPositional: term.kind == .number || term.asksForPlace))
    }
    return predicates
  }

  /// `//` is short for this step (§2.5).
  private static let anything = Step(axis: .descendantOrSelf, test: .node, predicates: [])

  /// `//li` as one step, where the places of the children do not matter: it finds the same.
  private static func shortened(_ steps: [Step]) -> [Step] {
    var result: [Step] = []
    for step in steps {
      let isPlaced = step.predicates.contains(where: \.isPositional)
      if let last = result.last, last.axis == .descendantOrSelf, case .node = last.test, last.predicates.isEmpty,
        step.axis == .child, !isPlaced
      {
        result[result.count - 1] = Step(axis: .descendant, test: step.test, predicates: step.predicates)
      } else {
        result.append(step)
      }
    }
    return result
  }
}

// MARK: Tokens (§3.7)

extension XPathParser {
  /// The byte at the front, white space passed over; nil at the end.
  private var next: UInt8? {
    mutating get {
      skipSpace()
      return index < bytes.count ? bytes[index] : nil
    }
  }

  private mutating func skipSpace() { while index < bytes.count, Self.isSpace(bytes[index]) { index += 1 } }

  private mutating func take(_ token: StaticString) -> Bool {
    skipSpace()
    let isThere = token.withUTF8Buffer { bytes[index...].starts(with: $0) }
    if isThere { index += token.utf8CodeUnitCount }
    return isThere
  }

  /// An operator that is a word.
  private mutating func takeWord(_ word: String) -> Bool {
    let start = index
    if name() == word { return true }
    index = start
    return false
  }

  private mutating func expect(_ token: StaticString) throws(SelectorFault) {
    if !take(token) { throw fault("\(token) is missing") }
  }

  private var beginsStep: Bool {
    mutating get {
      guard let byte = next else { return false }
      return Self.beginsName(byte) || "*@.".utf8.contains(byte)
    }
  }

  private mutating func literal(_ quote: UInt8) throws(SelectorFault) -> [UInt8] {
    let start = index + 1
    guard let end = bytes[start...].firstIndex(of: quote) else { throw fault("a quote is not closed") }
    index = end + 1
    return Array(bytes[start..<end])
  }

  private mutating func number() throws(SelectorFault) -> Double? {
    skipSpace()
    var end = index
    while end < bytes.count, Self.isDigit(bytes[end]) { end += 1 }
    let hasDigits = end > index
    if end < bytes.count, bytes[end] == UInt8(ascii: ".") {
      let point = end
      end += 1
      while end < bytes.count, Self.isDigit(bytes[end]) { end += 1 }
      if !hasDigits, end == point + 1 { return nil }
    } else if !hasDigits {
      return nil
    }
    defer { index = end }
    return XPathNumber.read(bytes[index..<end])
  }

  /// A name, with a prefix or not; `svg:*` too.
  private mutating func name() -> String? {
    skipSpace()
    guard index < bytes.count, Self.beginsName(bytes[index]) else { return nil }
    var end = index
    while end < bytes.count, Self.isName(bytes[end]) { end += 1 }
    if end + 1 < bytes.count, bytes[end] == UInt8(ascii: ":"), bytes[end + 1] != UInt8(ascii: ":") {
      var inside = end + 1
      if bytes[inside] == UInt8(ascii: "*") {
        inside += 1
      } else if Self.beginsName(bytes[inside]) {
        while inside < bytes.count, Self.isName(bytes[inside]) { inside += 1 }
      }
      if inside > end + 1 { end = inside }
    }
    defer { index = end }
    return String(decoding: bytes[index..<end], as: UTF8.self)
  }

  private func fault(_ message: String, at offset: Int? = nil) -> SelectorFault {
    SelectorFault(message: message, offset: offset ?? index)
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }
  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
  private static func beginsName(_ byte: UInt8) -> Bool {
    (0x61...0x7A).contains(byte | 0x20) || byte == UInt8(ascii: "_") || byte >= 0x80
  }
  private static func isName(_ byte: UInt8) -> Bool {
    beginsName(byte) || isDigit(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
  }
}
