/// A CSS selector for the HTML tree (names in lower case, no namespaces): read once, asked of many pages by
/// SelectorMatcher. Immutable; any thread.
public struct CSSSelector: Sendable {
  /// Bytes; real selectors have some dozen.
  public static let longest = 1024
  /// Functions such as `:not()` inside one another.
  static let deepest = 8
  /// Compounds in one selector.
  static let mostCompounds = 32

  /// What stands between its commas.
  let alternatives: [ScopedSelector]

  /// Reads a selector for a whole document.
  init(_ text: String) throws(SelectorFault) {
    var parser = try Self.parser(text)
    alternatives = try parser.list().map { ScopedSelector(parts: $0.parts, relation: nil) }
    try parser.expectEnd()
  }

  /// Reads a selector from an item's element, the element itself included. It may begin with a combinator or `:scope`:
  /// `> h3` is a child of the element.
  init(relative text: String) throws(SelectorFault) {
    var parser = try Self.parser(text)
    alternatives = try parser.relativeList().map { $0.scoped(.selfOrInside) }
    try parser.expectEnd()
  }

  /// What is wrong with a selector; nil when nothing is.
  public static func fault(in selector: String) -> String? {
    do throws(SelectorFault) { _ = try CSSSelector(selector) } catch { return error.message }
    return nil
  }

  /// What is wrong with a selector from an item's element; nil when nothing is.
  public static func fault(inRelative selector: String) -> String? {
    do throws(SelectorFault) { _ = try CSSSelector(relative: selector) } catch { return error.message }
    return nil
  }

  private static func parser(_ text: String) throws(SelectorFault) -> CSSParser {
    guard text.utf8.count <= longest else {
      throw SelectorFault(message: "the selector is longer than \(longest) bytes", offset: longest)
    }
    return CSSParser(text)
  }
}

/// How an element stands to the one named before it.
enum Combinator: Sendable {
  case descendant, child, next, sibling
}

/// An element's name and the conditions it must fulfil.
struct Compound: Sendable {
  /// In lower case, nil for any.
  var name: CName?
  var conditions: [Condition] = []
  /// Whether `:scope` alone was written, which in a relative selector is the element at hand.
  var isScope = false
}

/// Compounds with what stands between them, from left to right.
struct ComplexSelector: Sendable {
  typealias Part = (combinator: Combinator, compound: Compound)

  private(set) var parts: [Part] = []

  mutating func append(_ combinator: Combinator, _ compound: Compound) { parts.append((combinator, compound)) }

  /// The same from an element at hand; `first` is how the first compound stands to it where no combinator says so.
  func scoped(_ first: ScopedSelector.Relation) -> ScopedSelector {
    guard parts[0].compound.isScope else {
      return ScopedSelector(parts: parts, relation: Self.relation(parts[0].combinator, descendant: first))
    }
    if parts.count == 1 { return ScopedSelector(parts: [(.descendant, Compound())], relation: .itself) }
    return ScopedSelector(
      parts: Array(parts.dropFirst()), relation: Self.relation(parts[1].combinator, descendant: .inside))
  }

  private static func relation(
    _ combinator: Combinator, descendant: ScopedSelector.Relation
  ) -> ScopedSelector.Relation {
    switch combinator {
    case .descendant: descendant
    case .child: .child
    case .next: .next
    case .sibling: .sibling
    }
  }
}

/// A complex selector, and where it starts.
struct ScopedSelector: Sendable {
  /// How the first compound's element stands to the element at hand.
  enum Relation { case itself, selfOrInside, inside, child, next, sibling }

  let parts: [ComplexSelector.Part]
  /// Nil when it may be anywhere in the document.
  let relation: Relation?
}

/// A condition on an element.
indirect enum Condition: Sendable {
  case never
  case id([UInt8])
  /// Its `class` has this word.
  case word([UInt8])
  case attribute(AttributeTest)
  case not(Condition)
  case any([Condition])
  case all([Condition])
  /// One of these selectors fits it.
  case fits([ComplexSelector])
  /// One of these leads from it to an element.
  case leads([ScopedSelector])
  case place(PlaceTest)
  /// No neighbour before it, or after it; of its own name alone with `isOfType`.
  case edge(isLast: Bool, isOfType: Bool)
  case empty
  case root
  case state(PseudoClass.State)
  /// The text in it, or with `isOwn` one of the texts directly in it, contains this.
  case text([UInt8], isOwn: Bool)
  /// A range of RFC 4647.
  case language([UInt8])
  /// `ltr` or `rtl`.
  case direction(isRightToLeft: Bool)
}

/// `[name]` and what may stand behind the name (https://www.w3.org/TR/selectors-4/#attribute-selectors).
struct AttributeTest: Sendable {
  enum Comparison: Sendable { case exists, equals, isWord, isOrHasPrefix, begins, ends, contains }

  let name: CName
  var comparison = Comparison.exists
  var value: [UInt8] = []
  /// Of ASCII letters; `value` is then in lower case.
  var ignoresCase = false
}

/// `:nth-child(an+b of …)` and its like.
struct PlaceTest: Sendable {
  let formula: NthFormula
  let isFromEnd: Bool
  let isOfType: Bool
  /// Only elements that one of these fits are counted.
  let chosen: [ComplexSelector]?
  /// Different for every test of a selector list: places are remembered by it.
  let number: Int
}

/// A name as C compares it.
struct CName: Sendable, Equatable {
  private let bytes: [CChar]

  init(_ name: String) { bytes = Array(name.utf8CString) }

  func isSame(as other: UnsafePointer<CChar>) -> Bool {
    bytes.withUnsafeBufferPointer { own in
      var index = 0
      while own[index] == other[index] {
        if own[index] == 0 { return true }
        index += 1
      }
      return false
    }
  }

  func withPointer<Result>(_ body: (UnsafePointer<CChar>?) -> Result) -> Result {
    bytes.withUnsafeBufferPointer { body($0.baseAddress) }
  }
}
