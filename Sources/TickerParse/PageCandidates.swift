public import TickerModel

/// A repeated block of a page that may be what a source wants: a selector, and what it would take.
public struct PageCandidate: Sendable, Equatable {
  /// A CSS selector that matches these elements and no others.
  public let select: String
  /// Where the headline stands, where an element holds more than it.
  public let fields: ItemFields
  /// How many elements.
  public let count: Int
  /// The first headlines.
  public let texts: [String]
  /// Higher is likelier; see ``PageCandidates``.
  public let score: Double
  /// The page calls the block breaking news, a ticker or the like.
  public let isMarked: Bool
}

/// Finds the blocks of a page that look like lists of news, for `tickerd probe`. Pure.
///
/// A block is an element with two or more children of one name that have text. It is judged by what its headlines look
/// like (their length, their links, how many), by where it stands (not in menus and footers), and by the words in its
/// classes, its id and the heading before it.
public enum PageCandidates {
  /// What is proposed.
  static let most = 8
  private static let shownTexts = 5
  /// Nodes read for all blocks together.
  private static let mostNodes = 2_000_000
  /// Blocks that are read; pages of news have some hundred.
  private static let mostBlocks = 2000

  /// The candidates of an HTML page, likeliest first.
  public static func of(_ bytes: [UInt8], by rules: ParseRules) throws(ParseError) -> [PageCandidate] {
    let page = try HTMLPage(Encoding.decode(bytes, as: .html, by: rules))
    defer { withExtendedLifetime(page) {} }
    var budget = mostNodes
    var blocks: [PageBlock] = []
    for block in try PageBlock.all(in: page).prefix(mostBlocks) where budget > 0 {
      if let judged = block.judged(shown: shownTexts, budget: &budget) { blocks.append(judged) }
    }
    blocks.sort { $0.score > $1.score }
    var candidates: [PageCandidate] = []
    for block in blocks where candidates.count < most {
      guard let select = try BlockSelector(block.items, in: page).text else { continue }
      if candidates.contains(where: { $0.texts == block.texts }) { continue }
      candidates.append(
        PageCandidate(
          select: select, fields: block.fields, count: block.items.count, texts: block.texts, score: block.score,
          isMarked: block.isMarked))
    }
    return candidates
  }
}

/// Children of one element that have the same name.
struct PageBlock {
  let items: [HTMLNode]
  private let parent: HTMLNode
  private(set) var texts: [String] = []
  private(set) var fields = ItemFields()
  private(set) var score = 0.0
  private(set) var isMarked = false

  /// Every block of the page, in document order.
  static func all(in page: HTMLPage) throws(ParseError) -> [PageBlock] {
    guard let root = page.root else { return [] }
    var blocks: [PageBlock] = []
    var tour = Tour(of: root)
    while let step = tour.next() {
      guard case .enter(let node) = step, node.isElement else { continue }
      if node.role == .hidden {
        tour.skipContent()
        continue
      }
      var byName: [String: [HTMLNode]] = [:]
      var names: [String] = []
      for child in sequence(first: node.firstChild, next: { $0?.next }).prefix(5000).compactMap({ $0 })
      where child.isElement {
        let name = child.name
        guard name != "br", name != "option", child.role != .hidden else { continue }
        if byName[name] == nil { names.append(name) }
        byName[name, default: []].append(child)
      }
      for name in names {
        if let items = byName[name], items.count >= 2 { blocks.append(PageBlock(items: items, parent: node)) }
      }
    }
    return blocks
  }

  private init(items: [HTMLNode], parent: HTMLNode) {
    self.items = items
    self.parent = parent
  }

  /// The block with its score; nil when it is no list of headlines.
  func judged(shown: Int, budget: inout Int) -> PageBlock? {
    var read: [ElementText] = []
    var lengths: [Int] = []
    var block = self
    let headings = items.map { Self.heading(in: $0) }
    let hasHeadings = headings.filter { $0 != nil }.count * 2 > items.count
    for (item, heading) in zip(items, headings) {
      let text = ElementText.of(hasHeadings ? heading ?? item : item, longest: 4096, budget: &budget)
      guard !text.text.isEmpty else { continue }
      read.append(text)
      lengths.append(text.text.count)
    }
    guard read.count >= 2, read.count * 2 >= items.count, Set(read.map(\.text)).count > 1 else { return nil }
    block.texts = read.prefix(shown).map { PlainText.cut($0.text, to: 300) }
    if hasHeadings, let name = headings.compactMap({ $0?.name }).first { block.fields[.title] = name }
    if !block.fields.given.isEmpty, items.contains(where: { Self.contains("time", in: $0) }) {
      block.fields[.time] = "time"
    }
    lengths.sort()
    let place = BlockPlace(of: parent)
    block.isMarked = place.isMarked
    // Two or three of something are seldom a list, but a quiet ticker may have no more.
    guard read.count >= (place.isMarked && items[0].role != .inline ? 2 : 3) else { return nil }
    block.score = Self.score(
      median: lengths[lengths.count / 2], count: read.count,
      linked: Double(read.filter { $0.href != nil }.count) / Double(read.count), place: place)
    return block
  }

  private static func score(median: Int, count: Int, linked: Double, place: BlockPlace) -> Double {
    // Headlines have 30 to 160 characters; menu entries fewer, paragraphs more.
    var score =
      switch median {
      case ..<12: 0.0
      case 12..<25: 10.0
      case 25..<160: 40.0
      case 160..<350: 22.0
      default: 5.0
      }
    score += (4...60).contains(count) ? 12.0 : 4.0
    score += linked * 10
    if place.isMarked { score += 60 }
    if place.isNews { score += 12 }
    if place.isFurniture { score -= 30 }
    return score
  }

  private static func heading(in item: HTMLNode) -> HTMLNode? {
    var found: HTMLNode?
    var tour = Tour(of: item)
    var left = 400
    while let step = tour.next(), left > 0 {
      left -= 1
      guard case .enter(let node) = step, node != item, ["h1", "h2", "h3", "h4", "h5"].contains(node.name) else {
        continue
      }
      if found != nil { return nil }
      found = node
    }
    return found
  }

  private static func contains(_ name: String, in item: HTMLNode) -> Bool {
    var tour = Tour(of: item)
    var left = 400
    while let step = tour.next(), left > 0 {
      left -= 1
      if case .enter(let node) = step, node.name == name { return true }
    }
    return false
  }
}

/// What the surroundings of a block say about it.
private struct BlockPlace {
  /// Words of tickers in the languages that newsrooms write classes and headings in.
  private static let marks = [
    "breaking", "ticker", "newsflash", "news-flash", "flash", "urgent", "alert", "eilmeldung", "liveblog", "live-blog",
    "live-updates", "lastminute", "last-minute", "ultimahora", "ultima-hora", "última hora", "dernière minute", "عاجل",
    "срочно", "молния", "速報", "快讯", "son dakika", "חדשות מתפרצות", "فوری",
  ]
  private static let news = [
    "news", "headline", "latest", "update", "story", "stories", "article", "post", "aktuell", "live",
  ]
  private static let furniture = [
    "nav", "menu", "footer", "breadcrumb", "cookie", "social", "share", "sidebar-ad", "tags", "language",
  ]

  private(set) var isMarked = false
  private(set) var isNews = false
  private(set) var isFurniture = false

  /// Looks at the element, those around it, and the heading before it.
  init(of block: HTMLNode) {
    var node: HTMLNode? = block
    for distance in 0..<6 {
      guard let current = node, current.isElement, current.name != "body" else { break }
      let words = ((current.attribute("class") ?? "") + " " + (current.attribute("id") ?? "")).lowercased()
      if distance < 4 {
        if Self.marks.contains(where: words.contains) { isMarked = true }
        if Self.news.contains(where: words.contains) { isNews = true }
        if let heading = Self.headingBefore(current) {
          let text = heading.lowercased()
          if Self.marks.contains(where: text.contains) { isMarked = true }
          if Self.news.contains(where: text.contains) { isNews = true }
        }
      }
      if ["nav", "footer", "header", "form", "menu"].contains(current.name)
        || Self.furniture.contains(where: words.contains)
      {
        isFurniture = true
      }
      node = current.parent
    }
    if isMarked { isFurniture = false }
  }

  /// A short text right before an element, among its earlier siblings.
  private static func headingBefore(_ node: HTMLNode) -> String? {
    var before: HTMLNode?
    for sibling in sequence(first: node.parent?.firstChild, next: { $0?.next }).prefix(200).compactMap({ $0 }) {
      if sibling == node { break }
      if sibling.isElement { before = sibling }
    }
    guard let before else { return nil }
    var budget = 50
    let text = ElementText.of(before, longest: 200, budget: &budget).text
    return text.count <= 60 ? text : nil
  }
}

/// Writes a CSS selector that matches given elements and no others.
private struct BlockSelector {
  /// The shortest one found; nil when none of the forms that are tried fits.
  let text: String?

  init(_ items: [HTMLNode], in page: HTMLPage) throws(ParseError) {
    guard let first = items.first, let parent = first.parent else {
      text = nil
      return
    }
    let name = first.name
    let shared = items.dropFirst().reduce(Self.classes(of: first)) { kept, item in
      kept.filter(Self.classes(of: item).contains)
    }
    let simple = [name] + shared.prefix(3).flatMap { [".\($0)", "\(name).\($0)"] }
    let around = Self.around(parent)
    var forms = simple.dropFirst().map { $0 }
    for step in around { forms += simple.flatMap { ["\(step) \($0)", "\(step) > \($0)"] } }
    if let inner = around.first {
      for outer in around.dropFirst() { forms += simple.map { "\(outer) \(inner) > \($0)" } }
    }
    forms += [Self.path(to: parent) + " > " + name]
    for form in forms where form.utf8.count <= CSSSelector.longest {
      let found = try page.nodes(PageSelector(css: form, key: "select"), most: items.count + 1)
      if found == items {
        text = form
        return
      }
    }
    text = nil
  }

  /// Selectors for the element and those around it that have an id or a class.
  private static func around(_ element: HTMLNode) -> [String] {
    var steps: [String] = []
    var node: HTMLNode? = element
    for _ in 0..<5 {
      guard let current = node, current.isElement, current.name != "body", current.name != "html" else { break }
      if let id = current.attribute("id"), isPlain(id) { steps.append("#\(id)") }
      steps += classes(of: current).prefix(3).map { ".\($0)" }
      if ["main", "aside", "section", "article"].contains(current.name) { steps.append(current.name) }
      node = current.parent
    }
    return steps
  }

  /// From the body on, by the place among siblings where a name alone would not do.
  private static func path(to element: HTMLNode) -> String {
    var steps: [String] = []
    var node: HTMLNode? = element
    while let current = node, current.isElement, steps.count < 24 {
      if let id = current.attribute("id"), isPlain(id) {
        steps.append("#\(id)")
        break
      }
      var place = 0
      var count = 0
      for sibling in sequence(first: current.parent?.firstChild, next: { $0?.next }).compactMap({ $0 })
      where sibling.name == current.name {
        count += 1
        if sibling == current { place = count }
      }
      steps.append(count > 1 ? "\(current.name):nth-of-type(\(place))" : current.name)
      node = current.parent
    }
    return steps.reversed().joined(separator: " > ")
  }

  private static func classes(of node: HTMLNode) -> [String] {
    (node.attribute("class") ?? "").split(whereSeparator: \.isWhitespace).map(String.init).filter(isPlain)
  }

  /// A name that needs no escapes and does not look made by a machine, which the next release would change.
  private static func isPlain(_ name: String) -> Bool {
    guard let first = name.utf8.first, (0x61...0x7A).contains(first | 0x20), name.utf8.count <= 60 else { return false }
    let digits = name.utf8.filter { (0x30...0x39).contains($0) }.count
    return digits <= 3
      && name.utf8.allSatisfy {
        (0x61...0x7A).contains($0 | 0x20) || (0x30...0x39).contains($0) || $0 == 0x2D || $0 == 0x5F
      }
  }
}
