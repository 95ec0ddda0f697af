/// A line of a page as a reader sees it.
struct PageLine {
  let text: String
  /// The number of the first link in it, or else around it; 0 without one. Pages have many lines, and few are kept.
  let linkNumber: UInt32
  /// The text node that it begins with.
  let origin: HTMLNode
  /// An empty line was written before it: two `br` on end, a paragraph of nothing, a blank line of preformatted text.
  let followsBlank: Bool

  /// Where that link leads to.
  var href: String? { origin.node(linkNumber)?.href }
}

/// A page laid out as lines (SPEC §2 `start`, `end`): every block element is a line, and so is what stands between two
/// `br`. An entry (`li`, a heading, …) is one line whatever stands in it but lists; the cells of a table row stand on
/// one line. Bullets are taken off the front. Pure.
struct PageLines {
  /// Nodes looked at; a page of the largest size has a third of it.
  private static let mostNodes = 4_000_000
  /// Lines kept.
  static let most = 200_000

  private(set) var lines: [PageLine] = []
  private var bytes: [UInt8] = []
  private var link: HTMLNode?
  private var origin: HTMLNode?
  private var isAfterBlank = false
  /// Nothing was written since a line ended: the next `br` makes an empty line.
  private var isAtLineStart = true
  /// Open entries, links that hold blocks, and preformatted elements.
  private var entries: [HTMLNode] = []
  private var links: [HTMLNode] = []
  private var preformatted = 0

  /// The lines of `page` in document order, empty ones left out.
  static func of(_ page: HTMLPage) throws(ParseError) -> [PageLine] {
    guard let root = page.root else { return [] }
    var layout = PageLines()
    try layout.run(root)
    return layout.lines
  }

  private mutating func run(_ root: HTMLNode) throws(ParseError) {
    var tour = Tour(of: root)
    var budget = Self.mostNodes
    while let step = tour.next() {
      budget -= 1
      guard budget > 0, lines.count < Self.most else {
        throw ParseError(.bounds, "the page has more lines than any page of news; check url")
      }
      switch step {
      case .enter(let node): if !enter(node) { tour.skipContent() }
      case .leave(let node): leave(node)
      }
    }
    finishLine()
  }

  private mutating func enter(_ node: HTMLNode) -> Bool {
    if let text = node.text {
      append(text, of: node)
      return false
    }
    let role = node.role
    switch role {
    case .hidden: return false
    case .inline:
      // Blocks are taken even when the page hides them: a ticker shows its lines one after another.
      if node.isHidden { return false }
      if node.isLink { links.append(node) }
    case .lineBreak: lineBreak()
    case .cell: bytes.append(Self.space)
    case .block, .entry: beginBlock(node, role)
    }
    return true
  }

  private mutating func leave(_ node: HTMLNode) {
    switch node.role {
    case .inline: if links.last == node { links.removeLast() }
    case .cell: bytes.append(Self.space)
    case .lineBreak, .hidden: break
    case .block, .entry: endBlock(node)
    }
  }

  /// Inside an entry blocks are white space; a list in it ends the line, its entries are lines of their own.
  private mutating func beginBlock(_ node: HTMLNode, _ role: ElementRole) {
    if node.name == "pre" { preformatted += 1 }
    if role == .entry || entries.isEmpty || Self.lists.contains(node.name) {
      finishLine()
    } else {
      bytes.append(Self.space)
    }
    if role == .entry { entries.append(node) }
  }

  private mutating func endBlock(_ node: HTMLNode) {
    if node.name == "pre" { preformatted -= 1 }
    if isEmptyParagraph(node) { isAfterBlank = true }
    let ends = entries.isEmpty || entries.last == node || Self.lists.contains(node.name)
    if ends { finishLine() } else { bytes.append(Self.space) }
    if entries.last == node { entries.removeLast() }
  }

  private mutating func lineBreak() {
    guard entries.isEmpty else { return bytes.append(Self.space) }
    if isAtLineStart, isBlank { isAfterBlank = true }
    finishLine()
    isAtLineStart = true
  }

  private mutating func append(_ text: UnsafeBufferPointer<UInt8>, of node: HTMLNode) {
    guard preformatted > 0, entries.isEmpty else { return appendFolded(text, of: node) }
    for (index, line) in text.split(separator: Self.lineFeed, omittingEmptySubsequences: false).enumerated() {
      if index > 0 { lineBreak() }
      appendFolded(UnsafeBufferPointer(rebasing: line), of: node)
    }
  }

  private mutating func appendFolded(_ text: UnsafeBufferPointer<UInt8>, of node: HTMLNode) {
    guard bytes.count <= TextWindow.longestLine else { return }
    bytes.append(contentsOf: text.prefix(TextWindow.longestLine))
    guard origin == nil, text.contains(where: { $0 > Self.space }) else { return }
    origin = node
    isAtLineStart = false
    link = links.last
  }

  private var isBlank: Bool { bytes.allSatisfy { $0 <= Self.space } }

  private mutating func finishLine() {
    let text = bytes.withUnsafeBufferPointer { Bullet.stripped(PlainText.folded($0)) }
    if let origin, !text.isEmpty {
      let line = PageLine(
        text: PlainText.cut(text, to: TextWindow.longestLine), linkNumber: (link ?? links.last)?.number ?? 0,
        origin: origin,
        followsBlank: isAfterBlank)
      lines.append(line)
      isAfterBlank = false
    } else if origin != nil {
      isAfterBlank = true  // nothing but a no-break space: a line that was left empty on purpose
    }
    bytes.removeAll(keepingCapacity: true)
    (link, origin) = (nil, nil)
    isAtLineStart = false
  }

  /// `<p></p>`, or a `div` of nothing that no script or style sheet means to fill: so editors leave a gap.
  private func isEmptyParagraph(_ node: HTMLNode) -> Bool {
    guard entries.isEmpty, isBlank, !lines.isEmpty, node.firstChild?.isElement != true else { return false }
    return node.name == "p" || node.name == "div" && !["class", "id", "style"].contains { node.has($0) }
  }

  /// What ends the line of the entry around it.
  private static let lists: Set<String> = ["ul", "ol", "dl", "menu", "table", "tr"]
  private static let space = UInt8(ascii: " ")
  private static let lineFeed = UInt8(ascii: "\n")
}

/// Marks that authors put before the entries of a list. Pure.
enum Bullet {
  /// Printed ones need no space after them; a dash, asterisk or plus without one is part of the text.
  private static let printed: Set<Unicode.Scalar> = [
    "•", "‣", "◦", "⁃", "∙", "·", "●", "○", "■", "□", "▪", "▫", "►", "▶", "▸", "‧", "➤", "➜", "➔", "✓", "❯", "»", "›",
  ]
  private static let typed: Set<Unicode.Scalar> = ["-", "–", "—", "*", "+", ">"]

  /// `text`, white space folded, without the bullets at its front.
  static func stripped(_ text: String) -> String {
    var rest = text.unicodeScalars[...]
    while let first = rest.first {
      let following = rest.dropFirst().first
      let isBullet = printed.contains(first) || typed.contains(first) && (following == nil || following == " ")
      guard isBullet else { break }
      rest = rest.dropFirst().drop { $0 == " " || $0 == "\u{FE0E}" || $0 == "\u{FE0F}" }
    }
    return rest.startIndex == text.startIndex ? text : String(rest)
  }
}
