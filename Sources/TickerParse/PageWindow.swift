import TickerModel

/// The lines of a page between two marks (SPEC §2 `start`, `end`), for pages as for texts. Pure.
///
/// A page has no blank line that everyone sees, so `end = ""` is where the block of the first line ends: the window
/// stays inside the smallest element that holds both the start and a line after it, and there among neighbours of one
/// kind (all `ul`, all `p`, all text between `br`). An empty line that the author wrote ends it too, and so does a
/// neighbour with a heading in it, where the first has none: a heading begins what comes next, such as an article.
enum PageWindow {
  static func items(_ page: HTMLPage, by rules: ParseRules, base: LinkBase) throws(ParseError) -> [ParsedItem] {
    guard let layout = try PageLines.of(page) else { return [] }
    var first = 0
    if let start = rules.startMark {
      guard let found = start.index(in: layout.lines[...], of: layout) else {
        if rules.mayBeEmpty { return [] }
        throw ParseError(
          .start, "no line of the page \(start.shown); look at the page and write the line before the window")
      }
      first = found + 1
    }
    var items: [ParsedItem] = []
    for line in layout.lines[try first..<end(of: layout, from: first, by: rules)].prefix(rules.maxItems) {
      let link = layout.href(of: line).flatMap { Link.absolute($0, base: base) }
      items.append(ParsedItem(title: layout.text(of: line), link: link))
    }
    return items
  }

  /// The line after the window whose first line is `first`.
  private static func end(
    of layout: borrowing PageLines, from first: Int, by rules: ParseRules
  ) throws(ParseError) -> Int {
    guard let end = rules.endMark else { return layout.lines.count }
    if end.isBlank { return first > 0 ? blockEnd(of: layout, from: first) : blank(in: layout, after: first) }
    if let found = end.index(in: layout.lines[first...], of: layout) { return found }
    throw ParseError(
      .end,
      "no line of the page after start \(end.shown); write the line after the window, or end = \"\" for its block's end"
    )
  }

  private static func blank(in layout: borrowing PageLines, after first: Int) -> Int {
    layout.lines[first...].dropFirst().firstIndex(where: \.followsBlank) ?? layout.lines.count
  }

  private static func blockEnd(of layout: borrowing PageLines, from first: Int) -> Int {
    let lines = layout.lines
    guard first < lines.count, let start = layout.origin(of: lines[first - 1]),
      let origin = layout.origin(of: lines[first]), let (parent, branch) = Ancestry(of: start).meeting(with: origin)
    else { return lines.count }
    let kind = kind(of: branch)
    let hasHeadings = branch.holdsHeading
    for index in lines.indices.dropFirst(first + 1) {
      guard !lines[index].followsBlank, let origin = layout.origin(of: lines[index]),
        let branch = Ancestry.branch(of: origin, below: parent), self.kind(of: branch) == kind,
        hasHeadings || !origin.isInHeading(below: parent)
      else { return index }
    }
    return lines.count
  }

  /// Text and inline elements are of one kind: they flow together.
  private static func kind(of node: HTMLNode) -> String { node.isElement && node.role != .inline ? node.name : "" }
}

/// The elements around a node.
private struct Ancestry {
  private let nodes: [HTMLNode]

  init(of node: HTMLNode) {
    nodes = Array(sequence(first: node) { $0.parent })
  }

  /// The innermost element around both this node and `other`, and the child of it that holds `other`.
  func meeting(with other: HTMLNode) -> (parent: HTMLNode, branch: HTMLNode)? {
    // Two lines of one text meet in it.
    var branch = other
    var node: HTMLNode? = other
    while let current = node {
      if nodes.contains(current) { return current == other ? (other.parent ?? other, other) : (current, branch) }
      branch = current
      node = current.parent
    }
    return nil
  }

  /// The child of `parent` that holds `node`; nil when it stands elsewhere.
  static func branch(of node: HTMLNode, below parent: HTMLNode) -> HTMLNode? {
    var branch = node
    while let above = branch.parent {
      if above == parent { return branch }
      branch = above
    }
    return nil
  }
}

extension HTMLNode {
  /// Whether a heading inside `parent` holds it.
  fileprivate func isInHeading(below parent: HTMLNode) -> Bool {
    sequence(first: self, next: \.parent).prefix { $0 != parent }.contains(where: \.isHeading)
  }

  fileprivate var isHeading: Bool {
    let name = self.name.utf8
    return name.count == 2 && name.first == UInt8(ascii: "h") && (0x31...0x36).contains(name.last ?? 0)
  }

  /// Whether it is a heading, or one stands in it.
  fileprivate var holdsHeading: Bool { (number..<end).contains { node($0)?.isHeading ?? false } }
}
