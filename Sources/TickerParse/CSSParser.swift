/// The grammar of https://www.w3.org/TR/selectors-4/#grammar as far as it is read here.
struct CSSParser {
  private var scanner: CSSScanner
  private var depth = 0
  /// Tests of places that were read.
  private var placeTests = 0

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
    if !scanner.take("*") { compound.name = (scanner.identifier()?.lowercased()).map(CName.init) }
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

  private mutating func condition(on compound: inout Compound) throws(SelectorFault) -> Condition? {
    if scanner.take("#") {
      guard let id = scanner.name() else { throw scanner.fault("'#' has no id after it") }
      return .id(Array(id.utf8))
    }
    if scanner.take(".") {
      guard let word = scanner.identifier() else { throw scanner.fault("'.' has no class after it") }
      return .word(Array(word.utf8))
    }
    if scanner.take("[") { return try attribute() }
    if scanner.next == ":" { return try pseudoClass(on: &compound) }
    return nil
  }

  private mutating func attribute() throws(SelectorFault) -> Condition {
    try scanner.skipSpace()
    guard let name = scanner.identifier()?.lowercased() else {
      throw scanner.fault("'[' has no attribute's name after it")
    }
    var test = AttributeTest(name: CName(name))
    try scanner.skipSpace()
    if scanner.take("]") { return .attribute(test) }
    let start = scanner.position
    let mark = ["~", "|", "^", "$", "*", "!"].first { scanner.take($0) }
    guard scanner.take("=") else {
      throw scanner.fault("'[\(name)' is followed by no comparison and no ']'", at: start)
    }
    test.comparison = Self.comparison(mark)
    try scanner.skipSpace()
    var written = try scanner.string()
    if written == nil { written = scanner.identifier() }
    guard let value = written else {
      throw scanner.fault("the attribute's value is missing; put it in quotes")
    }
    try scanner.skipSpace()
    let flagStart = scanner.position
    if let flag = scanner.identifier() {
      guard ["i", "s"].contains(flag.lowercased()) else {
        throw scanner.fault("'\(flag)' is no flag; 'i' ignores case", at: flagStart)
      }
      test.ignoresCase = flag.lowercased() == "i"
      try scanner.skipSpace()
    }
    test.value = value.utf8.map { test.ignoresCase && (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
    guard scanner.take("]") else { throw scanner.fault("the attribute has no ']'") }
    // jQuery's and every scraper's "is not" holds for elements without the attribute too.
    return mark == "!" ? .not(.attribute(test)) : .attribute(test)
  }

  private static func comparison(_ mark: Unicode.Scalar?) -> AttributeTest.Comparison {
    switch mark {
    case "~": .isWord
    case "|": .isOrHasPrefix
    case "^": .begins
    case "$": .ends
    case "*": .contains
    default: .equals
    }
  }
}

// MARK: Pseudo-classes

extension CSSParser {
  private mutating func pseudoClass(on compound: inout Compound) throws(SelectorFault) -> Condition {
    let start = scanner.position
    _ = scanner.take(":")
    if scanner.next == ":" { throw scanner.fault("pseudo-elements ('::') select no element", at: start) }
    guard let written = scanner.identifier() else {
      throw scanner.fault("':' has no pseudo-class after it", at: start)
    }
    let pseudo = written.lowercased()
    guard scanner.take("(") else {
      guard let condition = PseudoClass.condition(pseudo) else { throw unknown(written, at: start) }
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
  private mutating func function(_ pseudo: String, named written: String) throws(SelectorFault) -> Condition? {
    switch pseudo {
    case "not": return .not(.fits(try list()))
    case "is", "where", "matches": return .fits(try forgivingList())
    case "has": return .leads(try relativeList().map { $0.scoped(.inside) })
    case "contains", "-soup-contains": return .any(try strings().map { .text(Array($0.utf8), isOwn: false) })
    case "-soup-contains-own": return .any(try strings().map { .text(Array($0.utf8), isOwn: true) })
    case "lang": return .any(try strings().map { .language(Array($0.utf8)) })
    case "dir":
      let direction = scanner.identifier()?.lowercased()
      return direction == "ltr" || direction == "rtl" ? .direction(isRightToLeft: direction == "rtl") : .never
    case "current", "host", "host-context":
      _ = try list()
      return .never
    default: return try nth(pseudo, named: written)
    }
  }

  private mutating func nth(_ pseudo: String, named written: String) throws(SelectorFault) -> Condition? {
    guard ["nth-child", "nth-last-child", "nth-of-type", "nth-last-of-type"].contains(pseudo) else { return nil }
    let start = scanner.position
    guard let formula = NthFormula(scanner.formula()) else {
      throw scanner.fault("':\(written)()' takes a number, odd, even or a formula such as 2n+1", at: start)
    }
    let isOfType = pseudo.hasSuffix("type")
    let chosen = !isOfType && scanner.takeWord("of") ? try list() : nil
    placeTests += 1
    return .place(
      PlaceTest(
        formula: formula, isFromEnd: pseudo.contains("last"), isOfType: isOfType, chosen: chosen, number: placeTests))
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
