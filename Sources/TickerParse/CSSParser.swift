/// The grammar of https://www.w3.org/TR/selectors-4/#grammar as far as it is read here.
struct CSSParser {
  private var scanner: CSSScanner
  private var depth = 0

  init(_ text: String) { scanner = CSSScanner(text) }

  func expectEnd() throws(SelectorFault) {
    if let rest = scanner.next { throw scanner.fault("'\(rest)' stands where the selector should end") }
  }

  /// Selectors between commas.
  mutating func list() throws(SelectorFault) -> [ComplexSelector] {
    var selectors: [ComplexSelector] = []
    repeat { selectors.append(try complex(isRelative: false)) } while scanner.take(",")
    return selectors
  }

  /// Selectors between commas, each of which may begin with a combinator.
  mutating func relativeList() throws(SelectorFault) -> [ComplexSelector] {
    var selectors: [ComplexSelector] = []
    repeat { selectors.append(try complex(isRelative: true)) } while scanner.take(",")
    return selectors
  }

  /// A list in which empty places stand for nothing (https://www.w3.org/TR/selectors-4/#typedef-forgiving-selector-list).
  private mutating func forgivingList() throws(SelectorFault) -> [ComplexSelector] {
    var selectors: [ComplexSelector] = []
    repeat {
      try scanner.skipSpace()
      if scanner.next != ",", scanner.next != ")" { selectors.append(try complex(isRelative: false)) }
    } while scanner.take(",")
    return selectors
  }

  private mutating func complex(isRelative: Bool) throws(SelectorFault) -> ComplexSelector {
    try scanner.skipSpace()
    var selector = ComplexSelector()
    var combinator: Combinator? = isRelative ? try self.combinator() ?? .descendant : .descendant
    while let next = combinator {
      guard selector.parts.count < CSSSelector.mostCompounds else {
        throw scanner.fault("the selector has more than \(CSSSelector.mostCompounds) parts")
      }
      selector.append(next, try compound())
      combinator = try self.combinator()
    }
    return selector
  }

  private mutating func combinator() throws(SelectorFault) -> Combinator? {
    let hasSpace = try scanner.skipSpace()
    var combinator: Combinator?
    if scanner.take(">") {
      combinator = .child
    } else if scanner.take("+") {
      combinator = .next
    } else if scanner.take("~") {
      combinator = .sibling
    }
    if combinator != nil {
      try scanner.skipSpace()
      return combinator
    }
    let isAtEnd = scanner.next == nil || scanner.next == "," || scanner.next == ")"
    return hasSpace && !isAtEnd ? .descendant : nil
  }

  private mutating func compound() throws(SelectorFault) -> Compound {
    let start = scanner.position
    var compound = Compound()
    if !scanner.take("*") { compound.name = scanner.identifier()?.lowercased() }
    if scanner.next == "|" { throw scanner.fault("namespaces ('|') have no meaning in HTML") }
    while let condition = try condition(on: &compound) { compound.conditions.append(condition) }
    guard scanner.position > start else { throw unexpected() }
    compound.isScope = compound.isScope && compound.name == nil && compound.conditions.count == 1
    return compound
  }

  private func unexpected() -> SelectorFault {
    guard let found = scanner.next else {
      return scanner.fault("the selector ends where an element, a class or an id should follow")
    }
    return scanner.fault("'\(found)' stands where an element, a class or an id should")
  }

  private mutating func condition(on compound: inout Compound) throws(SelectorFault) -> String? {
    if scanner.take("#") {
      guard let id = scanner.name() else { throw scanner.fault("'#' has no id after it") }
      return "@id = \(XPath.literal(id))"
    }
    if scanner.take(".") {
      guard let word = scanner.identifier() else { throw scanner.fault("'.' has no class after it") }
      return "has-class(\(XPath.literal(word)))"
    }
    if scanner.take("[") { return try attribute() }
    if scanner.next == ":" { return try pseudoClass(on: &compound) }
    return nil
  }

  private mutating func attribute() throws(SelectorFault) -> String {
    try scanner.skipSpace()
    guard let name = scanner.identifier()?.lowercased() else {
      throw scanner.fault("'[' has no attribute's name after it")
    }
    let attribute = XPath.isName(name) ? "@\(name)" : "@*[name() = \(XPath.literal(name))]"
    try scanner.skipSpace()
    if scanner.take("]") { return attribute }
    let start = scanner.position
    let mark = ["~", "|", "^", "$", "*", "!"].first { scanner.take($0) }
    guard scanner.take("=") else {
      throw scanner.fault("'[\(name)' is followed by no comparison and no ']'", at: start)
    }
    try scanner.skipSpace()
    var written = try scanner.string()
    if written == nil { written = scanner.identifier() }
    guard var value = written else {
      throw scanner.fault("the attribute's value is missing; put it in quotes")
    }
    try scanner.skipSpace()
    var subject = attribute
    let flagStart = scanner.position
    if let flag = scanner.identifier() {
      guard ["i", "s"].contains(flag.lowercased()) else {
        throw scanner.fault("'\(flag)' is no flag; 'i' ignores case", at: flagStart)
      }
      if flag.lowercased() == "i" { (subject, value) = (XPath.lowercased(attribute), XPath.lowercasedASCII(value)) }
      try scanner.skipSpace()
    }
    guard scanner.take("]") else { throw scanner.fault("the attribute has no ']'") }
    // jQuery's and every scraper's "is not" holds for elements without the attribute too.
    if mark == "!" { return "not(\(XPath.compares(subject, nil, value, isThere: attribute)))" }
    return XPath.compares(subject, mark, value, isThere: attribute)
  }
}

// MARK: Pseudo-classes

extension CSSParser {
  private mutating func pseudoClass(on compound: inout Compound) throws(SelectorFault) -> String {
    let start = scanner.position
    _ = scanner.take(":")
    if scanner.next == ":" { throw scanner.fault("pseudo-elements ('::') select no element", at: start) }
    guard let written = scanner.identifier() else {
      throw scanner.fault("':' has no pseudo-class after it", at: start)
    }
    let pseudo = written.lowercased()
    guard scanner.take("(") else {
      guard let condition = PseudoClass.condition(pseudo, on: compound.name) else { throw unknown(written, at: start) }
      if pseudo == "scope" { compound.isScope = true }
      return condition
    }
    depth += 1
    defer { depth -= 1 }
    guard depth <= CSSSelector.deepest else {
      throw scanner.fault("more than \(CSSSelector.deepest) parentheses stand inside one another", at: start)
    }
    guard let condition = try function(pseudo, named: written) else { throw unknown(written + "()", at: start) }
    try scanner.skipSpace()
    guard scanner.take(")") else { throw scanner.fault("a parenthesis has no end", at: start) }
    return condition
  }

  /// The condition of a function up to its closing parenthesis; nil when there is no such function.
  private mutating func function(_ pseudo: String, named written: String) throws(SelectorFault) -> String? {
    switch pseudo {
    case "not": return "not(\(XPath.any(try list().map(\.element.condition))))"
    case "is", "where", "matches":
      let conditions = try forgivingList().map(\.element.condition)
      return conditions.isEmpty ? "false()" : "(\(XPath.any(conditions)))"
    case "has":
      let paths = try relativeList().map { $0.path(first: "descendant") }
      return "(\(XPath.any(paths)))"
    case "contains", "-soup-contains":
      return XPath.any(try strings().map { "has-text(\(XPath.literal($0)))" })
    case "-soup-contains-own": return XPath.any(try strings().map { "text()[contains(., \(XPath.literal($0)))]" })
    case "lang": return XPath.any(try strings().map { "in-language(\(XPath.literal($0)))" })
    case "dir": return PseudoClass.direction(scanner.identifier()?.lowercased() ?? "")
    case "current", "host", "host-context":
      _ = try list()
      return "false()"
    default: return try nth(pseudo, named: written)
    }
  }

  private mutating func nth(_ pseudo: String, named written: String) throws(SelectorFault) -> String? {
    guard let count = PseudoClass.places[pseudo] else { return nil }
    let start = scanner.position
    guard let formula = NthFormula(scanner.formula()) else {
      throw scanner.fault("':\(written)()' takes a number, odd, even or a formula such as 2n+1", at: start)
    }
    guard pseudo.hasSuffix("child"), scanner.takeWord("of") else { return formula.condition(on: "place(\(count))") }
    let chosen = XPath.any(try list().map(\.element.condition))
    let side = pseudo == "nth-child" ? "preceding" : "following"
    return "(\(chosen)) and (\(formula.condition(on: "(count(\(side)-sibling::*[\(chosen)]) + 1)")))"
  }

  /// Quoted texts or words between commas.
  private mutating func strings() throws(SelectorFault) -> [String] {
    var strings: [String] = []
    repeat {
      try scanner.skipSpace()
      var text = try scanner.string()
      if text == nil { text = scanner.identifier() }
      guard let text else { throw scanner.fault("a text in quotes is missing") }
      strings.append(text)
      try scanner.skipSpace()
    } while scanner.take(",")
    return strings
  }

  private func unknown(_ pseudo: String, at start: Int) -> SelectorFault {
    scanner.fault("':\(pseudo)' is not known here", at: start)
  }
}
