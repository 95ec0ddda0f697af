/// What a reader sees in one element.
struct ElementText {
  /// Block elements and line breaks as spaces, white space folded.
  var text: String
  /// Where the first link in it, or else the one around it, leads to.
  var href: String?

  /// Reads `element`, at most some `longest` bytes of it. What the page hides in it is left out, unless nothing else is
  /// there: tickers hide all lines but the one that they show. `budget` counts the nodes looked at and stops the walk at 0.
  static func of(_ element: HTMLNode, longest: Int, budget: inout Int) -> ElementText {
    var walk = Walk(longest: longest)
    walk.run(element, budget: &budget)
    if walk.isBlank, walk.hasHidden {
      walk = Walk(longest: longest, showsHidden: true)
      walk.run(element, budget: &budget)
    }
    return ElementText(text: walk.folded, href: walk.href ?? linkAround(element))
  }

  /// Parents looked at for a link around an element.
  private static let farthestLink = 8

  private static func linkAround(_ element: HTMLNode) -> String? {
    var node = element.parent
    for _ in 0..<farthestLink {
      guard let current = node else { return nil }
      if let href = current.href { return href }
      node = current.parent
    }
    return nil
  }

  private struct Walk {
    let longest: Int
    var showsHidden = false
    var hasHidden = false
    var bytes: [UInt8] = []
    var href: String?

    var isBlank: Bool { bytes.allSatisfy { $0 <= 0x20 } }

    var folded: String { PlainText.cut(bytes.withUnsafeBufferPointer { PlainText.folded($0) }, to: longest) }

    mutating func run(_ element: HTMLNode, budget: inout Int) {
      var tour = Tour(of: element)
      while budget > 0, bytes.count <= longest, let step = tour.next() {
        budget -= 1
        switch step {
        case .enter(let node): if !enter(node, isItem: node == element) { tour.skipContent() }
        case .leave(let node): if node.role != .inline { bytes.append(UInt8(ascii: " ")) }
        }
      }
    }

    /// Whether there is something to see below.
    private mutating func enter(_ node: HTMLNode, isItem: Bool) -> Bool {
      if let text = node.text {
        bytes.append(contentsOf: text.prefix(longest + 1))
        return false
      }
      let role = node.role
      if role == .hidden, !isItem { return false }
      if !isItem, !showsHidden, node.isHidden {
        hasHidden = true
        return false
      }
      if role != .inline { bytes.append(UInt8(ascii: " ")) }
      if href == nil { href = node.href }
      return true
    }
  }
}
