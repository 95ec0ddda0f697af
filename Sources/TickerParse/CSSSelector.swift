/// CSS selectors as XPath 1.0, for the HTML tree of libxml2 (names in lower case, no namespaces). Pure; any thread.
///
/// A selector is read from left to right and turned around: `ul > li.hot` becomes "every `li` with the class `hot` whose
/// parent is `ul`". So each element is judged once, in document order and without duplicates, and a list of selectors,
/// `:not()` and `:is()` are plain conditions.
public enum CSSSelector {
  /// Bytes; real selectors have some dozen.
  public static let longest = 1024
  /// Functions such as `:not()` inside one another.
  static let deepest = 8
  /// Compounds in one selector: each is an XPath predicate inside the one before.
  static let mostCompounds = 32

  /// The XPath expression that selects, from a document's root, what `selector` matches, in document order.
  public static func xpath(for selector: String) throws(SelectorFault) -> String {
    guard selector.utf8.count <= longest else {
      throw SelectorFault(message: "the selector is longer than \(longest) bytes", offset: longest)
    }
    var parser = CSSParser(selector)
    let selectors = try parser.list()
    try parser.expectEnd()
    if selectors.count == 1 { return selectors[0].step(on: "descendant") }
    return "descendant::*[\(XPath.any(selectors.map(\.condition)))]"
  }
}

/// An element's name and the conditions it must fulfil.
private struct Compound {
  /// In lower case, nil for any.
  var name: String?
  var conditions: [String] = []

  /// An XPath step to the elements of `axis` that match.
  func step(on axis: String) -> String {
    let simple = name.flatMap { XPath.isName($0) ? $0 : nil }
    let named = name != nil && simple == nil ? ["name() = \(XPath.literal(name ?? ""))"] : []
    return "\(axis)::\(simple ?? "*")" + (named + conditions).map { "[\($0)]" }.joined()
  }

  /// The same as a condition on the element at hand.
  var condition: String { name == nil && conditions.isEmpty ? "true()" : step(on: "self") }
}

/// The grammar of https://www.w3.org/TR/selectors-4/#grammar as far as it is read here.
private struct CSSParser {
  private var scanner: CSSScanner
  private var depth = 0

  init(_ text: String) { scanner = CSSScanner(text) }

  func expectEnd() throws(SelectorFault) {
    if let rest = scanner.next { throw scanner.fault("'\(rest)' stands where the selector should end") }
  }

  /// Selectors between commas, each as its last compound, which carries the others as conditions.
  mutating func list() throws(SelectorFault) -> [Compound] {
    var selectors: [Compound] = []
    repeat { selectors.append(try complex()) } while scanner.take(",")
    return selectors
  }

  private mutating func complex() throws(SelectorFault) -> Compound {
    try scanner.skipSpace()
    var last = try compound()
    var count = 1
    while let axis = try combinator() {
      count += 1
      guard count <= CSSSelector.mostCompounds else {
        throw scanner.fault("the selector has more than \(CSSSelector.mostCompounds) parts")
      }
      var following = try compound()
      following.conditions.append(
        axis == .next ? "preceding-sibling::*[1][\(last.condition)]" : last.step(on: axis.rawValue))
      last = following
    }
    return last
  }

  private enum Axis: String {
    case ancestor, parent
    case sibling = "preceding-sibling"
    case next = ""
  }

  private mutating func combinator() throws(SelectorFault) -> Axis? {
    let hasSpace = try scanner.skipSpace()
    var axis: Axis?
    if scanner.take(">") {
      axis = .parent
    } else if scanner.take("+") {
      axis = .next
    } else if scanner.take("~") {
      axis = .sibling
    }
    if axis != nil {
      try scanner.skipSpace()
      return axis
    }
    let isAtEnd = scanner.next == nil || scanner.next == "," || scanner.next == ")"
    return hasSpace && !isAtEnd ? .ancestor : nil
  }

  private mutating func compound() throws(SelectorFault) -> Compound {
    let start = scanner.position
    var compound = Compound()
    if !scanner.take("*") { compound.name = try scanner.identifier()?.lowercased() }
    if scanner.next == "|" { throw scanner.fault("namespaces ('|') have no meaning in HTML") }
    while let condition = try condition(on: compound.name) { compound.conditions.append(condition) }
    guard scanner.position > start else { throw unexpected() }
    return compound
  }

  private func unexpected() -> SelectorFault {
    guard let found = scanner.next else {
      return scanner.fault("the selector ends where an element, a class or an id should follow")
    }
    return scanner.fault("'\(found)' stands where an element, a class or an id should")
  }

  private mutating func condition(on name: String?) throws(SelectorFault) -> String? {
    if scanner.take("#") {
      guard let id = try scanner.name() else { throw scanner.fault("'#' has no id after it") }
      return "@id = \(XPath.literal(id))"
    }
    if scanner.take(".") {
      guard let word = try scanner.identifier() else { throw scanner.fault("'.' has no class after it") }
      return XPath.hasWord(word, in: "@class")
    }
    if scanner.take("[") { return try attribute() }
    if scanner.next == ":" { return try pseudoClass(of: name) }
    return nil
  }

  private mutating func attribute() throws(SelectorFault) -> String {
    try scanner.skipSpace()
    guard let name = try scanner.identifier()?.lowercased() else {
      throw scanner.fault("'[' has no attribute's name after it")
    }
    let attribute = XPath.isName(name) ? "@\(name)" : "@*[name() = \(XPath.literal(name))]"
    try scanner.skipSpace()
    if scanner.take("]") { return attribute }
    let start = scanner.position
    let mark = ["~", "|", "^", "$", "*"].first { scanner.take($0) }
    guard scanner.take("=") else {
      throw scanner.fault("'[\(name)' is followed by no comparison and no ']'", at: start)
    }
    try scanner.skipSpace()
    var written = try scanner.string()
    if written == nil { written = try scanner.identifier() }
    guard var value = written else {
      throw scanner.fault("the attribute's value is missing; put it in quotes")
    }
    try scanner.skipSpace()
    var subject = attribute
    let flagStart = scanner.position
    if let flag = try scanner.identifier() {
      guard ["i", "s"].contains(flag.lowercased()) else {
        throw scanner.fault("'\(flag)' is no flag; 'i' ignores case", at: flagStart)
      }
      if flag.lowercased() == "i" { (subject, value) = (XPath.lowercased(attribute), XPath.lowercasedASCII(value)) }
      try scanner.skipSpace()
    }
    guard scanner.take("]") else { throw scanner.fault("the attribute has no ']'") }
    return XPath.compares(subject, mark, value, isThere: attribute)
  }

  private mutating func pseudoClass(of name: String?) throws(SelectorFault) -> String {
    let start = scanner.position
    _ = scanner.take(":")
    if scanner.next == ":" { throw scanner.fault("pseudo-elements ('::') select no element", at: start) }
    guard let written = try scanner.identifier() else {
      throw scanner.fault("':' has no pseudo-class after it", at: start)
    }
    let pseudo = written.lowercased()
    guard scanner.take("(") else {
      if pseudo.hasSuffix("of-type"), name == nil { throw needsName(written, at: start) }
      guard let condition = XPath.simplePseudoClass(pseudo, on: name ?? "*") else { throw unknown(written, at: start) }
      return condition
    }
    switch pseudo {
    case "not", "is", "where":
      let condition = XPath.any(try inner(start).map(\.condition))
      return pseudo == "not" ? "not(\(condition))" : condition
    case "nth-child", "nth-last-child", "nth-of-type", "nth-last-of-type":
      if pseudo.hasSuffix("of-type"), name == nil { throw needsName(written, at: start) }
      let argumentStart = scanner.position
      guard let formula = NthFormula(try scanner.argument()) else {
        throw scanner.fault("':\(written)()' takes a number, odd, even or a formula such as 2n+1", at: argumentStart)
      }
      let side = pseudo.hasPrefix("nth-last") ? "following" : "preceding"
      return formula.condition(
        on: "count(\(side)-sibling::\(pseudo.hasSuffix("of-type") ? XPath.test(name ?? "*") : "*"))")
    default: throw unknown(written + "()", at: start)
    }
  }

  private mutating func inner(_ start: Int) throws(SelectorFault) -> [Compound] {
    depth += 1
    defer { depth -= 1 }
    guard depth <= CSSSelector.deepest else {
      throw scanner.fault("more than \(CSSSelector.deepest) parentheses stand inside one another", at: start)
    }
    let selectors = try list()
    guard scanner.take(")") else { throw scanner.fault("a parenthesis has no end", at: start) }
    return selectors
  }

  private func unknown(_ pseudo: String, at start: Int) -> SelectorFault {
    scanner.fault("':\(pseudo)' is not known here", at: start)
  }

  private func needsName(_ pseudo: String, at start: Int) -> SelectorFault {
    scanner.fault("':\(pseudo)' needs the element's name before it, as in li:\(pseudo)", at: start)
  }
}
