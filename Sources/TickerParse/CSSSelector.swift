/// CSS selectors as XPath 1.0, for the HTML tree of libxml2 (names in lower case, no namespaces). Pure; any thread.
///
/// A selector is read from left to right and turned around: `ul > li.hot` becomes "every `li` with the class `hot` whose
/// parent is `ul`". So each element is judged once, in document order and without duplicates, and a list of selectors,
/// `:not()` and `:is()` are plain conditions. Where XPath 1.0 lacks words or is slow, the functions that cxml.c registers
/// help (`has-class()`, `place()`, `has-text()`, `in-language()`).
public enum CSSSelector {
  /// Bytes; real selectors have some dozen.
  public static let longest = 1024
  /// Functions such as `:not()` inside one another.
  static let deepest = 8
  /// Compounds in one selector: each is an XPath predicate inside the one before.
  static let mostCompounds = 32

  /// Bytes of an expression: `:nth-child(… of …)` inside itself triples what it stands for.
  static let longestXPath = 64 << 10

  /// The XPath expression that selects, from a document's root, what `selector` matches, in document order.
  public static func xpath(for selector: String) throws(SelectorFault) -> String {
    var parser = try parser(selector)
    let selectors = try parser.list()
    try parser.expectEnd()
    if selectors.count == 1 { return try bounded(selectors[0].element.step(on: "descendant")) }
    return try bounded("descendant::*[\(XPath.any(selectors.map(\.element.condition)))]")
  }

  /// The XPath expression that selects from an item's element what `selector` matches in it, the element itself
  /// included. A selector may begin with a combinator or `:scope`: `> h3` is a child of the element.
  static func relativeXPath(for selector: String) throws(SelectorFault) -> String {
    var parser = try parser(selector)
    let selectors = try parser.relativeList()
    try parser.expectEnd()
    return try bounded(selectors.map { $0.path(first: "descendant-or-self") }.joined(separator: " | "))
  }

  private static func bounded(_ xpath: String) throws(SelectorFault) -> String {
    if xpath.utf8.count <= longestXPath { return xpath }
    throw SelectorFault(message: "the selector is too intricate; write :nth-child(… of …) less deeply", offset: 0)
  }

  /// What is wrong with a selector; nil when nothing is.
  public static func fault(in selector: String) -> String? { fault(selector, xpath) }

  /// What is wrong with a selector from an item's element; nil when nothing is.
  public static func fault(inRelative selector: String) -> String? { fault(selector, relativeXPath) }

  private static func fault(
    _ selector: String, _ translate: (String) throws(SelectorFault) -> String
  ) -> String? {
    do throws(SelectorFault) {
      _ = try translate(selector)
      return nil
    } catch {
      return error.message
    }
  }

  private static func parser(_ selector: String) throws(SelectorFault) -> CSSParser {
    guard selector.utf8.count <= longest else {
      throw SelectorFault(message: "the selector is longer than \(longest) bytes", offset: longest)
    }
    return CSSParser(selector)
  }
}

/// How an element stands to the one named before it.
enum Combinator {
  case descendant, child, next, sibling
}

/// An element's name and the conditions it must fulfil.
struct Compound {
  /// In lower case, nil for any.
  var name: String?
  var conditions: [String] = []
  /// Whether `:scope` alone was written, which in a relative selector is the element at hand.
  var isScope = false

  /// An XPath step to the elements of `axis` that match.
  func step(on axis: String) -> String {
    let simple = name.flatMap { XPath.isName($0) ? $0 : nil }
    let named = name != nil && simple == nil ? ["name() = \(XPath.literal(name ?? ""))"] : []
    return "\(axis)::\(simple ?? "*")" + (named + conditions).map { "[\($0)]" }.joined()
  }

  /// The same as a condition on the element at hand.
  var condition: String { name == nil && conditions.isEmpty ? "true()" : step(on: "self") }
}

/// Compounds with what stands between them.
struct ComplexSelector {
  private(set) var parts: [(combinator: Combinator, compound: Compound)] = []

  mutating func append(_ combinator: Combinator, _ compound: Compound) { parts.append((combinator, compound)) }

  /// The last compound, which carries those before it as conditions.
  var element: Compound {
    var last = parts[0].compound
    for (combinator, compound) in parts.dropFirst() {
      var following = compound
      let before =
        switch combinator {
        case .descendant: last.step(on: "ancestor")
        case .child: last.step(on: "parent")
        case .sibling: last.step(on: "preceding-sibling")
        case .next: "preceding-sibling::*[1][\(last.condition)]"
        }
      following.conditions.append(before)
      last = following
    }
    return last
  }

  /// The way from an element to what the selector matches; `first` is the axis where no combinator leads on.
  func path(first: String) -> String {
    if parts.count == 1, parts[0].compound.isScope { return "self::*" }
    let parts = parts[0].compound.isScope ? parts.dropFirst() : parts[...]
    return parts.enumerated().map { index, part in
      switch part.combinator {
      case .descendant: part.compound.step(on: index == 0 && parts.count == self.parts.count ? first : "descendant")
      case .child: part.compound.step(on: "child")
      case .sibling: part.compound.step(on: "following-sibling")
      case .next: "following-sibling::*[1][\(part.compound.condition)]"
      }
    }.joined(separator: "/")
  }
}
