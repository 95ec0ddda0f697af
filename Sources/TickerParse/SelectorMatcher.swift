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

  /// The bound was reached.
  struct TooMuch: Error {}

  private enum Outcome { case fits, failsHere, failsAmongSiblings, failsEverywhere }

  private let page: UnsafePointer<cxml_page>
  private var steps = 0
  private var places = PlaceMemory()
  /// What the page says of its language where no element does; nil until it is needed.
  private var pageLanguage: [UInt8]??

  init(_ page: UnsafePointer<cxml_page>) { self.page = page }

  /// What `selector` fits, in document order, at most `most`; from `scope`, where it is relative.
  mutating func find(_ selector: CSSSelector, from scope: HTMLNode?, most: Int) throws(TooMuch) -> [HTMLNode] {
    places.forgetChosen()
    var found: [HTMLNode] = []
    let range = scope.map { Self.range(of: selector.alternatives, from: $0) } ?? 1..<page.pointee.count
    for number in range where found.count < most {
      let node = HTMLNode(page, number)
      if node.isElement, try fits(selector.alternatives, node, scope) { found.append(node) }
    }
    return found
  }

  mutating func count(_ more: Int = 1) throws(TooMuch) {
    steps += more
    if steps > Self.mostSteps { throw TooMuch() }
  }

  /// Where elements can stand that selectors from `scope` lead to.
  private static func range(of selectors: [ScopedSelector], from scope: HTMLNode) -> Range<UInt32> {
    let isBeside = selectors.contains { $0.relation == .next || $0.relation == .sibling }
    return scope.number..<(isBeside ? scope.parent?.end ?? scope.end : scope.end)
  }

  private mutating func fits(_ selectors: [ScopedSelector], _ node: HTMLNode, _ scope: HTMLNode?) throws(TooMuch)
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
    _ scope: HTMLNode?
  ) throws(TooMuch) -> Outcome {
    guard try fits(parts[last].compound, node) else { return .failsHere }
    guard last > 0 else {
      guard let relation, let scope else { return .fits }
      if Self.stands(node, relation, scope) { return .fits }
      // What stands before or above it has a lower number still.
      return node.number <= scope.number ? .failsEverywhere : .failsHere
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

  private static func stands(_ node: HTMLNode, _ relation: ScopedSelector.Relation, _ scope: HTMLNode) -> Bool {
    switch relation {
    case .itself: node == scope
    case .selfOrInside: node.number >= scope.number && node.number < scope.end
    case .inside: node.number > scope.number && node.number < scope.end
    case .child: node.parent == scope
    case .next: node.previousElement == scope
    case .sibling: node.number > scope.number && node.parent == scope.parent
    }
  }

  private mutating func before(_ node: HTMLNode) throws(TooMuch) -> HTMLNode? {
    try count()
    return node.previousElement
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
  private mutating func holds(_ condition: Condition, _ node: HTMLNode) throws(TooMuch) -> Bool {
    switch condition {
    case .never: return false
    case .id(let id): return node.value(Self.idName)?.elementsEqual(id) ?? false
    case .word(let word):
      guard let words = node.value(Self.className) else { return false }
      try count(words.count / Self.bytesPerStep)
      return words.hasWord(word)
    case .attribute(let test):
      guard let value = node.value(test.name) else { return false }
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
    case .state(let state): return state.holds(node)
    case .text(let part, let isOwn): return try contains(part, node, isOwn: isOwn)
    case .language(let range): return try language(of: node).map { LanguageRange.contains(range, $0) } ?? false
    case .direction(let isRightToLeft):
      let written = sequence(first: node, next: \.parent).lazy.compactMap { $0.attribute("dir") }.first
      return (written?.lowercased() == "rtl") == isRightToLeft
    }
  }

  private static let idName = CName("id")
  private static let className = CName("class")

  private mutating func leads(_ selectors: [ScopedSelector], from node: HTMLNode) throws(TooMuch) -> Bool {
    for number in Self.range(of: selectors, from: node) {
      try count()
      let candidate = HTMLNode(page, number)
      if candidate.isElement, try fits(selectors, candidate, node) { return true }
    }
    return false
  }

  private mutating func isEdge(_ node: HTMLNode, isLast: Bool, isOfType: Bool) throws(TooMuch) -> Bool {
    var other = isLast ? node.nextElement : node.previousElement
    while isOfType, let sibling = other, !sibling.isCalled(asIs: node) {
      try count()
      other = isLast ? sibling.nextElement : sibling.previousElement
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
    for number in node.number..<node.end {
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
      try count()
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

/// Places among siblings, counted from 1.
extension SelectorMatcher {
  private mutating func place(_ test: PlaceTest, _ node: HTMLNode) throws(TooMuch) -> Bool {
    guard try isCounted(node, test) else { return false }
    let key = PlaceMemory.Key(
      parent: node.parent?.number ?? 0, name: test.isOfType ? node.nameAddress : 0, isFromEnd: test.isFromEnd,
      test: test.chosen == nil ? 0 : test.number)
    let place = try place(of: node, test, places[key])
    places[key] = (node.number, place)
    return test.formula.matches(place)
  }

  /// From the place of a sibling that was counted before, if there is one.
  private mutating func place(
    of node: HTMLNode, _ test: PlaceTest, _ known: PlaceMemory.Place?
  ) throws(TooMuch) -> Int {
    if let known, known.number == node.number { return known.place }
    // From the end the place of one before says as much: it is greater by those between.
    let goesOn = test.isFromEnd && (known.map { $0.number >= node.number } ?? true)
    var place = 1
    var other = goesOn ? node.nextElement : node.previousElement
    while let sibling = other {
      if !goesOn, let known, sibling.number == known.number {
        return test.isFromEnd ? known.place - place : known.place + place
      }
      if try isCounted(sibling, test), !test.isOfType || sibling.isCalled(asIs: node) { place += 1 }
      other = goesOn ? sibling.nextElement : sibling.previousElement
    }
    return place
  }

  private mutating func isCounted(_ node: HTMLNode, _ test: PlaceTest) throws(TooMuch) -> Bool {
    try count()
    guard let chosen = test.chosen else { return true }
    return try holds(.fits(chosen), node)
  }
}

/// Where the last element of each row of siblings stood: selectors ask about one after another.
struct PlaceMemory {
  typealias Place = (number: UInt32, place: Int)

  struct Key: Hashable {
    let parent: UInt32
    /// Of the elements' name, 0 for all.
    let name: Int
    let isFromEnd: Bool
    /// The test whose elements alone are counted, 0 for all.
    let test: Int
  }

  /// Rows that are remembered; a page has some hundred that anybody asks about.
  private static let most = 1 << 14

  private var all: [Key: Place] = [:]
  private var chosen: [Key: Place] = [:]

  subscript(key: Key) -> Place? {
    get { key.test == 0 ? all[key] : chosen[key] }
    set {
      if all.count + chosen.count > Self.most { (all, chosen) = ([:], [:]) }
      if key.test == 0 { all[key] = newValue } else { chosen[key] = newValue }
    }
  }

  /// Tests of another selector may have the same number.
  mutating func forgetChosen() { if !chosen.isEmpty { chosen = [:] } }
}
