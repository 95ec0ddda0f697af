/// An XPath 1.0 expression (https://www.w3.org/TR/1999/REC-xpath-19991116/) that finds nodes of a page: read once, asked
/// of many pages by XPathQuery. What a page cannot have is left out: variables and namespaces. Immutable; any thread.
struct XPathExpression: Sendable {
  /// Terms inside one another; people write some four.
  static let deepest = 40
  /// Bytes; as long as a CSS selector may be.
  static let longest = CSSSelector.longest

  let term: Term

  /// What a term gives.
  enum Kind: Sendable { case nodes, text, number, flag }

  indirect enum Term: Sendable {
    case number(Double)
    case text([UInt8])
    case any([Term])
    case all([Term])
    case compares(Term, Comparison, Term)
    case computes(Term, Operation, Term)
    case negative(Term)
    case union([Term])
    case call(Function, [Term])
    /// Steps from the document, the node at hand, or what a term finds.
    case path(Start, [Step])
    /// Those of a term's nodes, in document order, for which all of these hold.
    case filtered(Term, [Predicate])
  }

  enum Start: Sendable {
    case document, here
    case term(Term)
  }

  struct Step: Sendable {
    let axis: Axis
    let test: NodeTest
    let predicates: [Predicate]
  }

  /// What stands between `[` and `]`.
  struct Predicate: Sendable {
    let term: Term
    /// Whether the place among the step's nodes matters.
    let isPositional: Bool
  }

  /// §2.2; `namespace` finds nothing in a page.
  enum Axis: String, Sendable {
    case ancestor, attribute, child, descendant, following, namespace, parent, preceding
    case itself = "self"
    case ancestorOrSelf = "ancestor-or-self"
    case descendantOrSelf = "descendant-or-self"
    case followingSibling = "following-sibling"
    case precedingSibling = "preceding-sibling"

    /// Nodes are then counted from the last in the document to the first.
    var isReverse: Bool {
      switch self {
      case .ancestor, .ancestorOrSelf, .preceding, .precedingSibling: true
      default: false
      }
    }
  }

  enum NodeTest: Sendable {
    /// `node()`
    case node
    case text, comment
    /// `processing-instruction()`: a page has none.
    case nothing
    /// `*`
    case any
    /// `svg:*`
    case prefix([UInt8])
    case name(CName)
  }

  enum Comparison: String, Sendable {
    case equal = "=", unequal = "!=", less = "<", lessOrEqual = "<=", more = ">", moreOrEqual = ">="

    /// The same with its sides changed.
    var turned: Comparison {
      switch self {
      case .less: .more
      case .lessOrEqual: .moreOrEqual
      case .more: .less
      case .moreOrEqual: .lessOrEqual
      case .equal, .unequal: self
      }
    }
  }

  enum Operation: String, Sendable {
    case plus = "+", minus = "-", times = "*", divided = "div", modulo = "mod"
  }

  /// §4
  enum Function: String, Sendable, CaseIterable {
    case last, position, count, id, name, string, concat, contains, substring, translate, boolean, not, lang, number,
      sum
    case floor, ceiling, round
    case localName = "local-name"
    case namespaceURI = "namespace-uri"
    case startsWith = "starts-with"
    case substringBefore = "substring-before"
    case substringAfter = "substring-after"
    case stringLength = "string-length"
    case normalizeSpace = "normalize-space"
    case yes = "true"
    case no = "false"

    var kind: Kind {
      switch self {
      case .id: .nodes
      case .last, .position, .count, .stringLength, .number, .sum, .floor, .ceiling, .round: .number
      case .startsWith, .contains, .boolean, .not, .yes, .no, .lang: .flag
      default: .text
      }
    }

    /// How many arguments it takes.
    var arguments: ClosedRange<Int> {
      switch self {
      case .last, .position, .yes, .no: 0...0
      case .name, .localName, .namespaceURI, .string, .stringLength, .normalizeSpace, .number: 0...1
      case .count, .id, .boolean, .not, .lang, .sum, .floor, .ceiling, .round: 1...1
      case .startsWith, .contains, .substringBefore, .substringAfter: 2...2
      case .substring: 2...3
      case .translate: 3...3
      case .concat: 2...64
      }
    }

    /// Whether an argument must be nodes.
    var takesNodes: Bool {
      switch self {
      case .count, .sum, .name, .localName, .namespaceURI: true
      default: false
      }
    }
  }
}

extension XPathExpression.Term {
  var kind: XPathExpression.Kind {
    switch self {
    case .number, .computes, .negative: .number
    case .text: .text
    case .any, .all, .compares: .flag
    case .union, .path, .filtered: .nodes
    case .call(let function, _): function.kind
    }
  }

  /// Whether it asks for the place of the node at hand; predicates inside it ask for places of their own.
  var asksForPlace: Bool {
    switch self {
    case .number, .text: false
    case .any(let terms), .all(let terms), .union(let terms): terms.contains(where: \.asksForPlace)
    case .compares(let left, _, let right): left.asksForPlace || right.asksForPlace
    case .computes(let left, _, let right): left.asksForPlace || right.asksForPlace
    case .negative(let term), .filtered(let term, _), .path(.term(let term), _): term.asksForPlace
    case .path: false
    case .call(let function, let terms):
      function == .last || function == .position || terms.contains(where: \.asksForPlace)
    }
  }
}

/// XPath 1.0 expressions for configuration. Pure.
public enum XPath {
  /// Why `expression` is no XPath 1.0 that finds nodes of a page; nil when it can be used. Any thread.
  public static func fault(in expression: String) -> String? {
    do throws(SelectorFault) {
      _ = try XPathExpression(expression)
      return nil
    } catch {
      return error.message + (error.offset > 0 ? " (at byte \(error.offset))" : "")
    }
  }
}
