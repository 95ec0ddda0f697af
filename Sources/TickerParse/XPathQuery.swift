import CXML

/// A node of a page as XPath has it: an element, text or comment, the document (number 0), or an attribute. In the order
/// of the document.
struct XPathNode: Hashable, Comparable {
  let number: UInt32
  /// One more than the place of an attribute in the page; 0 for the node itself.
  var attribute: UInt32 = 0

  static func < (one: XPathNode, other: XPathNode) -> Bool {
    (one.number, one.attribute) < (other.number, other.attribute)
  }
}

/// Asks expressions of one page, within bounds for all of them together: a hostile page can make any of them quadratic.
/// One thread.
struct XPathQuery {
  /// Nodes and pieces of text looked at; a tenth of a second or two. Honest expressions on the largest page need some
  /// million.
  private static let mostSteps = 20_000_000
  /// Nodes found at any point, and bytes of any text; they bound memory.
  private static let mostNodes = 1 << 20
  private static let longestText = 16 << 20
  /// Bytes of text that count as one step.
  private static let bytesPerStep = 16
  /// Attributes that are looked through in one step's time.
  static let attributesPerStep = 8

  /// The bound was reached.
  struct TooMuch: Error {}

  typealias Term = XPathExpression.Term
  typealias Nodes = [XPathNode]

  enum Value {
    case nodes(Nodes)
    case text([UInt8])
    case number(Double)
    case flag(Bool)
  }

  /// The node that a term is asked of, and its place among those of its step.
  struct Context {
    var node: XPathNode
    var position = 1
    var size = 1
  }

  let page: UnsafePointer<cxml_page>
  /// Nodes that the page was read with; what selections add behind them is none of its own.
  private let end: UInt32
  private var steps = 0

  init(_ page: UnsafePointer<cxml_page>) {
    self.page = page
    end = page.pointee.count
  }

  /// Where a node of the page stands; a text that was made of an attribute is that attribute.
  func place(of number: UInt32) -> XPathNode {
    if number < end { return XPathNode(number: number) }
    return XPathNode(number: node(number).parent, attribute: node(number).previous + 1)
  }

  /// What `expression` finds from `node` (0 is the document), in document order.
  mutating func nodes(_ expression: XPathExpression, from node: XPathNode) throws(TooMuch) -> Nodes {
    try nodes(expression.term, Context(node: node))
  }

  mutating func count(_ more: Int = 1) throws(TooMuch) {
    steps += more
    if steps > Self.mostSteps { throw TooMuch() }
  }

  /// For text that is made or compared.
  mutating func count(bytes: Int) throws(TooMuch) {
    guard bytes <= Self.longestText else { throw TooMuch() }
    try count(1 + bytes / Self.bytesPerStep)
  }

  func attribute(_ node: XPathNode) -> cxml_attribute { page.pointee.attributes[Int(node.attribute) - 1] }
  func node(_ number: UInt32) -> cxml_node { page.pointee.nodes[Int(number)] }
  func isElement(_ number: UInt32) -> Bool { number > 0 && cxml_is_element(page.pointee.nodes + Int(number)) }
}

// MARK: Terms

extension XPathQuery {
  mutating func value(_ term: Term, _ context: Context) throws(TooMuch) -> Value {
    switch term {
    case .number(let number): return .number(number)
    case .text(let text): return .text(text)
    case .any(let terms):
      for term in terms where try flag(term, context) { return .flag(true) }
      return .flag(false)
    case .all(let terms):
      for term in terms where try !flag(term, context) { return .flag(false) }
      return .flag(true)
    case .compares(let left, let comparison, let right):
      return .flag(try compare(value(left, context), comparison, value(right, context)))
    case .computes(let left, let operation, let right):
      return .number(XPathNumber.compute(try number(left, context), operation, try number(right, context)))
    case .negative(let term): return .number(-(try number(term, context)))
    case .call(let function, let arguments): return try call(function, arguments, context)
    case .union, .path, .filtered: return .nodes(try nodes(term, context))
    }
  }

  /// The nodes of a term that gives nodes.
  mutating func nodes(_ term: Term, _ context: Context) throws(TooMuch) -> Nodes {
    switch term {
    case .union(let terms):
      var found: Nodes = []
      for term in terms { found += try nodes(term, context) }
      return try ordered(found)
    case .path(let start, let steps):
      switch start {
      case .document: return try follow(steps, from: [XPathNode(number: 0)])
      case .here: return try follow(steps, from: [context.node])
      case .term(let term): return try follow(steps, from: nodes(term, context))
      }
    case .filtered(let term, let predicates): return try filter(nodes(term, context), predicates)
    case .call(.id, let arguments): return try identified(by: value(arguments[0], context))
    default: return []
    }
  }

  private mutating func follow(_ steps: [XPathExpression.Step], from start: Nodes) throws(TooMuch) -> Nodes {
    var nodes = start
    for step in steps where !nodes.isEmpty {
      var found: Nodes = []
      // What stands in an element that was looked through was found already.
      let isNested = step.axis == .descendant || step.axis == .descendantOrSelf
      let skips = isNested && !step.predicates.contains(where: \.isPositional)
      var seen: UInt32 = 0
      for node in nodes {
        if skips, node.attribute == 0, node.number < seen { continue }
        let before = found.count
        try walk(step.axis, from: node, step.test, into: &found)
        if isNested { seen = max(seen, try end(of: node.number)) }
        if !step.predicates.isEmpty {
          let kept = try filter(Array(found[before...]), step.predicates)
          found.replaceSubrange(before..., with: kept)
        }
        guard found.count <= Self.mostNodes else { throw TooMuch() }
      }
      nodes = nodes.count == 1 && !step.axis.isReverse ? found : try ordered(found)
    }
    return nodes
  }

  /// §2.4: a number means a place.
  private mutating func filter(
    _ nodes: Nodes, _ predicates: [XPathExpression.Predicate]
  ) throws(TooMuch) -> Nodes {
    var nodes = nodes
    for predicate in predicates {
      var kept: Nodes = []
      for (index, node) in nodes.enumerated() {
        try count()
        let context = Context(node: node, position: index + 1, size: nodes.count)
        let holds: Bool
        if predicate.term.kind == .number {
          holds = try number(predicate.term, context) == Double(index + 1)
        } else {
          holds = try flag(predicate.term, context)
        }
        if holds { kept.append(node) }
      }
      nodes = kept
    }
    return nodes
  }

  /// In document order, each once.
  mutating func ordered(_ nodes: Nodes) throws(TooMuch) -> Nodes {
    guard nodes.count <= Self.mostNodes else { throw TooMuch() }
    let isOrdered = zip(nodes, nodes.dropFirst()).allSatisfy { $0 < $1 }
    if isOrdered { return nodes }
    try count(nodes.count)
    var result: Nodes = []
    for node in nodes.sorted() where result.last != node { result.append(node) }
    return result
  }
}

// MARK: Axes

extension XPathQuery {
  /// Appends the nodes of an axis that pass the test, in the order in which their places count.
  private mutating func walk(
    _ axis: XPathExpression.Axis, from start: XPathNode, _ test: XPathExpression.NodeTest, into found: inout Nodes
  ) throws(TooMuch) {
    let number = start.number
    let isAttribute = start.attribute > 0
    switch axis {
    case .itself: try take(start, test, into: &found)
    case .parent:
      if isAttribute {
        try take(number, test, into: &found)
      } else if number > 0 {
        try take(node(number).parent, test, into: &found)
      }
    case .child: if !isAttribute { try takeSiblings(node(number).child, test, into: &found) { $0.next } }
    case .followingSibling: if !isAttribute { try takeSiblings(node(number).next, test, into: &found) { $0.next } }
    case .precedingSibling:
      if !isAttribute { try takeSiblings(node(number).previous, test, into: &found) { $0.previous } }
    case .descendant, .descendantOrSelf:
      if axis == .descendantOrSelf { try take(start, test, into: &found) }
      if isAttribute { return }
      for inner in number + 1..<max(number + 1, try end(of: number)) { try take(inner, test, into: &found) }
    case .ancestor, .ancestorOrSelf:
      if axis == .ancestorOrSelf { try take(start, test, into: &found) }
      if isAttribute { try take(number, test, into: &found) }
      var above = number
      while above > 0 {
        above = node(above).parent
        try take(above, test, into: &found)
      }
    case .following:
      // What an element holds follows its attributes.
      let first = isAttribute ? number + 1 : try end(of: number)
      for later in first..<max(first, end) { try take(later, test, into: &found) }
    case .preceding:
      var above = number
      for earlier in (0..<number).reversed() where earlier > 0 {
        if above > 0, earlier == node(above).parent { above = earlier } else { try take(earlier, test, into: &found) }
      }
    case .attribute: if !isAttribute { try takeAttributes(of: number, test, into: &found) }
    case .namespace: return
    }
  }

  private mutating func takeSiblings(
    _ first: UInt32, _ test: XPathExpression.NodeTest, into found: inout Nodes, _ next: (cxml_node) -> UInt32
  ) throws(TooMuch) {
    var number = first
    while number > 0 {
      try take(number, test, into: &found)
      number = next(node(number))
    }
  }

  private mutating func take(
    _ number: UInt32, _ test: XPathExpression.NodeTest, into found: inout Nodes
  ) throws(TooMuch) { try take(XPathNode(number: number), test, into: &found) }

  private mutating func take(
    _ node: XPathNode, _ test: XPathExpression.NodeTest, into found: inout Nodes
  ) throws(TooMuch) {
    try count()
    if fits(test, node) { found.append(node) }
  }

  private mutating func takeAttributes(
    of number: UInt32, _ test: XPathExpression.NodeTest, into found: inout Nodes
  ) throws(TooMuch) {
    guard isElement(number) else { return }
    let element = self.node(number)
    for place in element.first..<element.first + element.count {
      try count()
      let node = XPathNode(number: number, attribute: place + 1)
      let name = attribute(node).name
      switch test {
      case .node, .any: break
      case .name(let wanted): if !(name.map(wanted.isSame) ?? false) { continue }
      case .prefix(let prefix): if !Self.begins(name, prefix) { continue }
      default: continue
      }
      found.append(node)
    }
  }

  private func fits(_ test: XPathExpression.NodeTest, _ node: XPathNode) -> Bool {
    // A name means elements on all axes but that of attributes, which comes here on no other.
    if node.attribute > 0 { if case .node = test { return true } else { return false } }
    let number = node.number
    let name = self.node(number).name
    switch test {
    case .node: return true
    case .text: return number > 0 && name == nil
    case .comment: return name != nil && !isElement(number)
    case .nothing: return false
    case .any: return isElement(number)
    case .name(let wanted): return isElement(number) && (name.map(wanted.isSame) ?? false)
    case .prefix(let prefix): return isElement(number) && Self.begins(name, prefix)
    }
  }

  private static func begins(_ name: UnsafePointer<CChar>?, _ prefix: [UInt8]) -> Bool {
    guard let name else { return false }
    return prefix.indices.allSatisfy { index in
      // The name is read no further than its end, where it differs.
      UInt8(bitPattern: name[index]) == prefix[index]
    }
  }

  /// The number after those of all it holds.
  private mutating func end(of number: UInt32) throws(TooMuch) -> UInt32 {
    var current = number
    while current > 0 {
      let node = node(current)
      if node.next > 0 { return node.next }
      try count()
      current = node.parent
    }
    return end
  }

  /// The elements with these ids, separated by white space; of several with one id the first.
  private mutating func identified(by value: Value) throws(TooMuch) -> Nodes {
    var texts: [[UInt8]] = []
    if case .nodes(let nodes) = value {
      for node in nodes { texts.append(try string(node)) }
    } else {
      texts = [try string(value)]
    }
    var wanted = Set(texts.flatMap { $0.split(whereSeparator: { $0 <= 0x20 }).map(Array.init) })
    var found: Nodes = []
    for number in 1..<max(1, end) where !wanted.isEmpty {
      try count(1 + HTMLNode(page, number).attributeCount / Self.attributesPerStep)
      guard isElement(number), let id = HTMLNode(page, number).value(Self.idName) else { continue }
      if wanted.remove(Array(id)) != nil { found.append(XPathNode(number: number)) }
    }
    return found
  }

  private static let idName = CName("id")
}
