import TickerModel

/// The lines of a page between two marks (SPEC §2 `start`, `end`), for pages as for texts. Pure.
///
/// A page has no blank line that everyone sees, so `end = ""` is where the block of the first line ends: the window
/// stays inside the smallest element that holds both the start and a line after it, and there among neighbours of one
/// kind (all `ul`, all `p`, all text between `br`). An empty line that the author wrote ends it too.
enum PageWindow {
  static func items(_ page: HTMLPage, by rules: ParseRules, base: LinkBase) throws(ParseError) -> [ParsedItem] {
    let lines = try PageLines.of(page)
    var rest = lines[...]
    if let start = rules.startMark {
      guard let found = start.index(inPage: lines[...]) else {
        if rules.mayBeEmpty { return [] }
        throw ParseError(
          .start, "no line of the page \(start.shown); look at the page and write the line before the window")
      }
      rest = lines[(found + 1)...]
    }
    let window = try cut(rest, after: rest.startIndex > 0 ? lines[rest.startIndex - 1] : nil, by: rules)
    return window.prefix(rules.maxItems).map { line in
      ParsedItem(title: line.text, link: line.href.flatMap { Link.absolute($0, base: base) })
    }
  }

  private static func cut(
    _ rest: ArraySlice<PageLine>, after start: PageLine?, by rules: ParseRules
  ) throws(ParseError) -> ArraySlice<PageLine> {
    guard let end = rules.endMark else { return rest }
    if end.isBlank { return start.map { block(of: rest, after: $0) } ?? untilBlank(rest) }
    if let found = end.index(inPage: rest) { return rest[..<found] }
    throw ParseError(
      .end,
      "no line of the page after start \(end.shown); write the line after the window, or end = \"\" for its block's end"
    )
  }

  private static func untilBlank(_ rest: ArraySlice<PageLine>) -> ArraySlice<PageLine> {
    guard let end = rest.dropFirst().firstIndex(where: \.followsBlank) else { return rest }
    return rest[..<end]
  }

  private static func block(of rest: ArraySlice<PageLine>, after start: PageLine) -> ArraySlice<PageLine> {
    guard let first = rest.first else { return rest }
    let around = Ancestry(of: start.origin)
    guard let (parent, branch) = around.meeting(with: first.origin) else { return rest }
    let kind = kind(of: branch)
    let end = rest.dropFirst().firstIndex { line in
      guard !line.followsBlank, let branch = Ancestry.branch(of: line.origin, below: parent) else { return true }
      return self.kind(of: branch) != kind
    }
    return rest[..<(end ?? rest.endIndex)]
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
