import CXML

/// Asks selectors of one page, within bounds for all of them together: a hostile page can make any selector quadratic.
/// One thread.
///
/// An element is judged from the last compound to the first, upwards and backwards, as browsers do. Where a failure says
/// that no neighbour or nothing above can be right either, the search ends there: that keeps selectors such as
/// `* * * * .x` from trying every combination.
struct SelectorMatcher {
  /// Elements and bytes looked at; a tenth of a second or two. Honest selectors on the largest page need some hundred
  /// thousand.
  private static let mostSteps = 8_000_000
  /// Bytes of text that count as one step.
  private static let bytesPerStep = 16
  /// Attributes that are looked through in one step's time.
  private static let attributesPerStep = 8

  /// The bound was reached.
  struct TooMuch: Error {}

  private enum Outcome { case fits, failsHere, failsAmongSiblings, failsEverywhere }

  private let page: UnsafePointer<cxml_page>
  private var steps = 0
  var places = PlaceMemory()
  /// What the page says of its language where no element does; nil until it is needed.
  private var pageLanguage: [UInt8]??

  init(_ page: UnsafePointer<cxml_page>) { self.page = page }

  /// What `selector` fits, in document order, at most `most`; from `scope`, where it is relative.
  mutating func find(_ selector: CSSSelector, from scope: HTMLNode?, most: Int) throws(TooMuch) -> [HTMLNode] {
    places.forgetChosen()
    var found: [HTMLNode] = []
    var start: Scope?
    var range = 1..<page.pointee.count
    if let scope {
      let whole = try self.scope(scope)
      (start, range) = (whole, try self.range(of: selector.alternatives, from: whole))
    }
    for number in range where found.count < most {
      let node = HTMLNode(page, number)
      if node.isElement, try fits(selector.alternatives, node, start) { found.append(node) }
    }
    return found
  }

  mutating func count(_ more: Int = 1) throws(TooMuch) {
    steps += more
    if steps > Self.mostSteps { throw TooMuch() }
  }

  /// An element that relative selectors start from, and the number after those of all it holds.
  private typealias Scope = (node: HTMLNode, end: UInt32)

  private mutating func scope(_ node: HTMLNode) throws(TooMuch) -> Scope { (node, try end(of: node)) }

  /// `HTMLNode.end`; who is the last in all that is around it looks far.
  private mutating func end(of node: HTMLNode) throws(TooMuch) -> UInt32 {
    var current = node
    while true {
      if let next = current.next { return next.number }
      try count()
      guard let parent = current.parent else { return page.pointee.count }
      current = parent
    }
  }

  /// Where elements can stand that selectors from `scope` lead to.
  private mutating func range(of selectors: [ScopedSelector], from scope: Scope) throws(TooMuch) -> Range<UInt32> {
    let isBeside = selectors.contains { $0.relation == .next || $0.relation == .sibling }
    guard isBeside, let parent = scope.node.parent else { return scope.node.number..<scope.end }
    return scope.node.number..<(try end(of: parent))
  }

  private mutating func fits(_ selectors: [ScopedSelector], _ node: HTMLNode, _ scope: Scope?) throws(TooMuch)
    -> Bool
  {
    for selector in selectors {
      let outcome = try judge(selector.parts, selector.parts.count - 1, node, selector.relation, scope)
      if outcome == .fits { return true }
    }
    return false
  }

  /// Whether the compounds up to `last` fit an element and those before and above it.
  private mutating func judge(
    _ parts: [ComplexSelector.Part], _ last: Int, _ node: HTMLNode, _ relation: ScopedSelector.Relation?,
    _ scope: Scope?
  ) throws(TooMuch) -> Outcome {
    guard try fits(parts[last].compound, node) else { return .failsHere }
    guard last > 0 else {
      guard let relation, let scope else { return .fits }
      if try stands(node, relation, scope) { return .fits }
      // What stands before or above it has a lower number still.
      return node.number <= scope.node.number ? .failsEverywhere : .failsHere
    }
    switch parts[last].combinator {
    case .child:
      guard let parent = node.parent else { return .failsEverywhere }
      let outcome = try judge(parts, last - 1, parent, relation, scope)
      return outcome == .failsAmongSiblings ? .failsHere : outcome
    case .descendant:
      var above = node.parent
      while let parent = above {
        let outcome = try judge(parts, last - 1, parent, relation, scope)
        if outcome == .fits || outcome == .failsEverywhere { return outcome }
        above = parent.parent
      }
      return .failsEverywhere
    case .next:
      guard let neighbour = try before(node) else { return .failsAmongSiblings }
      return try judge(parts, last - 1, neighbour, relation, scope)
    case .sibling:
      var neighbour = try before(node)
      while let sibling = neighbour {
        let outcome = try judge(parts, last - 1, sibling, relation, scope)
        if outcome != .failsHere { return outcome }
        neighbour = try before(sibling)
      }
      return .failsAmongSiblings
    }
  }

  private mutating func stands(
    _ node: HTMLNode, _ relation: ScopedSelector.Relation, _ scope: Scope
  ) throws(TooMuch) -> Bool {
    let at = scope.node
    switch relation {
    case .itself: return node == at
    case .selfOrInside: return node.number >= at.number && node.number < scope.end
    case .inside: return node.number > at.number && node.number < scope.end
    case .child: return node.parent == at
    case .next: return try before(node) == at
    case .sibling: return node.number > at.number && node.parent == at.parent
    }
  }

  /// The element before it among its siblings; each node on the way counts.
  mutating func before(_ node: HTMLNode) throws(TooMuch) -> HTMLNode? {
    var other = node
    repeat {
      try count()
      guard let previous = other.previous else { return nil }
      other = previous
    } while !other.isElement
    return other
  }

  mutating func after(_ node: HTMLNode) throws(TooMuch) -> HTMLNode? {
    var other = node
    repeat {
      try count()
      guard let next = other.next else { return nil }
      other = next
    } while !other.isElement
    return other
  }

  private mutating func fits(_ compound: Compound, _ node: HTMLNode) throws(TooMuch) -> Bool {
    try count()
    if let name = compound.name, !node.isCalled(name) { return false }
    for condition in compound.conditions where try !holds(condition, node) { return false }
    return true
  }
}

/// The conditions.
extension SelectorMatcher {
  mutating func holds(_ condition: Condition, _ node: HTMLNode) throws(TooMuch) -> Bool {
    switch condition {
    case .never: return false
    case .id(let id): return try value(Self.idName, of: node)?.elementsEqual(id) ?? false
    case .word(let word):
      guard let words = try value(Self.className, of: node) else { return false }
      try count(words.count / Self.bytesPerStep)
      return words.hasWord(word)
    case .attribute(let test):
      guard let value = try value(test.name, of: node) else { return false }
      try count(value.count / Self.bytesPerStep)
      return test.holds(value)
    case .not(let condition): return try !holds(condition, node)
    case .any(let conditions):
      for condition in conditions where try holds(condition, node) { return true }
      return false
    case .all(let conditions):
      for condition in conditions where try !holds(condition, node) { return false }
      return true
    case .fits(let selectors):
      for selector in selectors
      where try judge(selector.parts, selector.parts.count - 1, node, nil, nil) == .fits { return true }
      return false
    case .leads(let selectors): return try leads(selectors, from: node)
    case .place(let test): return try place(test, node)
    case .edge(let isLast, let isOfType): return try isEdge(node, isLast: isLast, isOfType: isOfType)
    case .empty: return try isEmpty(node)
    case .root: return node.parent == nil
    case .state(.disabled): return try isDisabled(node)
    case .state(.enabled):
      guard PseudoClass.State.canBeDisabled.contains(node.name) else { return false }
      return try !isDisabled(node)
    case .state(let state): return state.holds(node)
    case .text(let part, let isOwn): return try contains(part, node, isOwn: isOwn)
    case .language(let range): return try language(of: node).map { LanguageRange.contains(range, $0) } ?? false
    case .direction(let isRightToLeft):
      return try isRightToLeft == (self.isRightToLeft(node))
    }
  }

  /// Tags with a thousand attributes are looked through too.
  private mutating func value(_ name: CName, of node: HTMLNode) throws(TooMuch) -> UnsafeBufferPointer<UInt8>? {
    try count(node.attributeCount / Self.attributesPerStep)
    return node.value(name)
  }

  /// Of the nearest element that says a direction.
  private mutating func isRightToLeft(_ node: HTMLNode) throws(TooMuch) -> Bool {
    var current: HTMLNode? = node
    while let element = current {
      try count(1 + element.attributeCount / Self.attributesPerStep)
      if let written = element.attribute("dir") { return written.lowercased() == "rtl" }
      current = element.parent
    }
    return false
  }

  private mutating func isDisabled(_ node: HTMLNode) throws(TooMuch) -> Bool {
    let name = node.name
    guard PseudoClass.State.canBeDisabled.contains(name) else { return false }
    if node.has("disabled") { return true }
    if name == "option" { return node.parent.map { $0.name == "optgroup" && $0.has("disabled") } ?? false }
    return name == "optgroup" ? false : try isFenced(node)
  }

  /// Inside a disabled fieldset; controls in the first legend of one stay enabled.
  private mutating func isFenced(_ node: HTMLNode) throws(TooMuch) -> Bool {
    var isFenced = false
    var current = node
    while let above = current.parent {
      try count(1 + above.attributeCount / Self.attributesPerStep)
      if above.name == "fieldset", above.has("disabled") { isFenced = true }
      if above.name == "legend", let fieldset = above.parent, fieldset.name == "fieldset", fieldset.has("disabled") {
        var earlier = try before(above)
        while let sibling = earlier, sibling.name != "legend" { earlier = try before(sibling) }
        if earlier == nil { return false }
      }
      current = above
    }
    return isFenced
  }

  private static let idName = CName("id")
  private static let className = CName("class")

  private mutating func leads(_ selectors: [ScopedSelector], from node: HTMLNode) throws(TooMuch) -> Bool {
    let scope = try scope(node)
    for number in try range(of: selectors, from: scope) {
      try count()
      let candidate = HTMLNode(page, number)
      if candidate.isElement, try fits(selectors, candidate, scope) { return true }
    }
    return false
  }

  private mutating func isEdge(_ node: HTMLNode, isLast: Bool, isOfType: Bool) throws(TooMuch) -> Bool {
    var other = isLast ? try after(node) : try before(node)
    while isOfType, let sibling = other, !sibling.isCalled(asIs: node) {
      other = isLast ? try after(sibling) : try before(sibling)
    }
    return other == nil
  }

  private mutating func isEmpty(_ node: HTMLNode) throws(TooMuch) -> Bool {
    var child = node.firstChild
    while let current = child {
      try count()
      if !current.isComment { return false }
      child = current.next
    }
    return true
  }

  private mutating func contains(_ part: [UInt8], _ node: HTMLNode, isOwn: Bool) throws(TooMuch) -> Bool {
    var text: [UInt8] = []
    for number in node.number..<(try end(of: node)) {
      let inner = HTMLNode(page, number)
      guard let bytes = inner.text, !isOwn || inner.parent == node else { continue }
      try count(1 + bytes.count / Self.bytesPerStep)
      if !isOwn { text += bytes } else if bytes.contains(part) { return true }
    }
    return !isOwn && text.withUnsafeBufferPointer { $0.contains(part) }
  }

  /// Of the nearest element that says one, else the page's own (HTML, "pragma-set default language").
  private mutating func language(of node: HTMLNode) throws(TooMuch) -> [UInt8]? {
    var current: HTMLNode? = node
    while let element = current {
      try count(1 + element.attributeCount / Self.attributesPerStep)
      if let tag = element.attribute("lang") ?? element.attribute("xml:lang") { return Array(tag.utf8) }
      current = element.parent
    }
    if let known = pageLanguage { return known }
    let pragma = (1..<page.pointee.count).lazy.map { [page] in HTMLNode(page, $0) }.first { node in
      node.name == "meta" && node.attribute("http-equiv")?.lowercased() == "content-language"
        && sequence(first: node, next: \.parent).dropFirst().allSatisfy { ["html", "head"].contains($0.name) }
    }
    let tag = pragma?.attribute("content").map { Array($0.utf8) }
    pageLanguage = .some(tag)
    return tag
  }
}
