/// A line of a page as a reader sees it. Pages have many lines, and few are kept: PageLines says what stands in one.
struct PageLine {
  /// Where its text stands among the bytes of all lines.
  fileprivate let start: UInt32
  fileprivate let count: UInt32
  /// The number of the first link in it, or else around it; 0 without one.
  fileprivate let link: UInt32
  /// The number of the text node that it begins with.
  fileprivate let origin: UInt32
  /// An empty line was written before it: two `br` on end, a paragraph of nothing, a blank line of preformatted text.
  let followsBlank: Bool
}

/// A page laid out as lines (SPEC §2 `start`, `end`): every block element is a line, and so is what stands between two
/// `br`. An entry (`li`, a heading, …) is one line whatever stands in it but lists; the cells of a table row stand on
/// one line. Bullets are taken off the front. Pure.
struct PageLines: ~Copyable {
  /// Nodes looked at; a page of the largest size has a third of it.
  private static let mostNodes = 4_000_000
  /// Lines kept.
  static let most = 200_000

  /// In document order, empty ones left out.
  private(set) var lines: [PageLine] = []
  /// The texts of all lines.
  private var texts: [UInt8] = []
  private let root: HTMLNode
  /// The line that is being read.
  private var bytes: [UInt8] = []
  private var folded = ByteBuffer()
  private var link: HTMLNode?
  private var origin: HTMLNode?
  private var isAfterBlank = false
  /// Nothing was written since a line ended: the next `br` makes an empty line.
  private var isAtLineStart = true
  /// Open entries, links that hold blocks, and preformatted elements.
  private var entries: [HTMLNode] = []
  private var links: [HTMLNode] = []
  private var preformatted = 0

  /// The lines of `page`, which must outlive them; nil of a page of nothing.
  static func of(_ page: HTMLPage) throws(ParseError) -> PageLines? {
    guard let root = page.root else { return nil }
    var layout = PageLines(root)
    try layout.run()
    return layout
  }

  private init(_ root: HTMLNode) {
    self.root = root
    // Lines hold no more than the page does; memory that is never written to costs nothing, moving it does.
    texts.reserveCapacity(root.textBytes)
  }

  private mutating func run() throws(ParseError) {
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
    let start = texts.count
    appendText()
    if let origin, texts.count > start {
      let line = PageLine(
        start: UInt32(start), count: UInt32(texts.count - start), link: (link ?? links.last)?.number ?? 0,
        origin: origin.number, followsBlank: isAfterBlank)
      lines.append(line)
      isAfterBlank = false
    } else if origin != nil {
      isAfterBlank = true  // nothing but a no-break space: a line that was left empty on purpose
    }
    bytes.removeAll(keepingCapacity: true)
    (link, origin) = (nil, nil)
    isAtLineStart = false
  }

  /// What a reader sees of the line, without the bullets at its front.
  private mutating func appendText() {
    guard origin != nil else { return }
    folded.removeAll()
    bytes.withUnsafeBufferPointer { PlainText.append($0, isMarkup: false, to: &folded) }
    // A letter or digit is no bullet, and most lines begin with one.
    if let first = folded.bytes.first, (0x61...0x7A).contains(first | 0x20) || (0x30...0x39).contains(first),
      folded.count <= TextWindow.longestLine
    {
      texts += folded.bytes
    } else {
      texts += PlainText.cut(Bullet.stripped(folded.text()), to: TextWindow.longestLine).utf8
    }
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

/// What stands in a line.
extension PageLines {
  func text(of line: PageLine) -> String { String(decoding: bytes(of: line), as: UTF8.self) }

  func bytes(of line: PageLine) -> ArraySlice<UInt8> {
    texts[Int(line.start)..<Int(line.start) + Int(line.count)]
  }

  /// Where its link leads to.
  func href(of line: PageLine) -> String? { root.node(line.link)?.href }

  /// The text node that it begins with.
  func origin(of line: PageLine) -> HTMLNode? { root.node(line.origin) }
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
