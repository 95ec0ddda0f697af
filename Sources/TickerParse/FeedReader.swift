import TickerModel
import TickerText

/// Reads RSS, Atom and CDF element by element; what an item's fields mean is FeedItem's to say.
struct FeedReader: ~Copyable {
  /// Names of the first element of every feed that is read, in lower case.
  static let roots: Set<String> = ["rss", "rdf", "feed", "channel", "entry"]
  /// Open elements; feeds have some ten, articles in XHTML some thirty.
  private static let deepest = 1000
  /// Bytes of an item, so that the list of items is seldom moved.
  private static let shortestItem = 512
  /// Open elements that an end tag may close over their heads. Publishers forget one or two.
  private static let mostForgotten = 64

  private let rules: ParseRules
  private let bytes: UnsafeBufferPointer<UInt8>
  private var scanner: XMLScanner
  private var names: FeedNames
  private var family: FeedItem.Family?
  /// The first element's name when it is none of a feed.
  private var strangeRoot: String?
  private var items: [ParsedItem] = []
  /// The names of the open elements.
  private var open: [Range<Int>] = []
  /// Those of the tag that came last, if it has any.
  private var attributes = FeedAttributes()
  /// What relative links start from at each open `xml:base`, the document's own address first.
  private var bases: [(depth: Int, base: LinkBase)]
  /// The depth of the last of them.
  private var innermostBase = 0
  private var item = FeedItem()
  /// Where the item stands, 0 outside of one.
  private var itemDepth = 0
  /// Open elements between the item and its fields that only hold fields together.
  private var groups = 0
  private var field: FeedField?
  private var schedule = FeedSchedule()
  private var dates = LastDate()
  /// What stands in the field.
  private var text = ByteBuffer(capacity: 4096)
  /// An attribute's value, and a tag's text, for a moment.
  private var value = ByteBuffer()
  private var tag = BestText()
  /// Bytes of text that may still be kept. A document's own entities can make it longer than it is, but not much.
  private var room: Int

  private init(_ bytes: UnsafeBufferPointer<UInt8>, rules: ParseRules) {
    self.rules = rules
    self.bytes = bytes
    scanner = XMLScanner(bytes)
    names = FeedNames(bytes)
    bases = [(0, LinkBase(rules.baseURL))]
    room = bytes.count * 2
    items.reserveCapacity(min(rules.maxItems, bytes.count / Self.shortestItem))
  }

  static func parse(_ document: Decoded, by rules: ParseRules) throws(ParseError) -> ParsedDocument {
    let result: Result<ParsedDocument, ParseError> = document.bytes.withUnsafeBufferPointer { bytes in
      var reader = FeedReader(bytes, rules: rules)
      reader.read()
      do throws(ParseError) { return .success(try reader.document(fault: document.fault)) } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  private mutating func read() {
    while items.count < rules.maxItems {
      switch scanner.next() {
      case .start(let name, let attributes, let isEmpty):
        guard open.count < Self.deepest else {
          scanner.note(name.lowerBound, "more than \(Self.deepest) elements inside one another")
          return finishItem()
        }
        start(name, attributes)
        if isEmpty { end() }
      case .end(let name): end(name)
      case .text(let range, let isLiteral): take(range, isLiteral: isLiteral)
      case .finished:
        if let last = open.last { scanner.note(last.lowerBound, "an element that is not closed") }
        return finishItem()
      }
    }
  }

  private var base: LinkBase { bases[bases.count - 1].base }

  private func document(fault: String?) throws(ParseError) -> ParsedDocument {
    let broken = scanner.fault.map { "line \(scanner.line(of: $0.offset)): \($0.message)" }
    let reason = (broken ?? fault).map { " (\($0))" } ?? ""
    guard let family else {
      if let root = strangeRoot {
        throw ParseError(
          .kind, "the document begins with <\(root)> and is no feed; check url, or write kind = \"html\" and select")
      }
      throw ParseError(.document, "the document holds no feed\(reason); check url")
    }
    if broken != nil, items.isEmpty {
      throw ParseError(.document, "the feed is broken before its first item\(reason); check url, or tell its publisher")
    }
    return ParsedDocument(
      form: .feed, kind: family == .atom ? .atom : .rss, items: items,
      fault: (broken ?? fault).map(VisibleText.escaped), hints: schedule.hints)
  }
}

/// The three things that happen in a document.
extension FeedReader {
  private mutating func start(_ name: Range<Int>, _ attributes: Range<Int>) {
    open.append(name)
    let hasAttributes = !attributes.isEmpty
    if hasAttributes { take(attributes) }
    if family == nil, !begin(name) { return }
    let element = names.element(name)
    if element.isStray { scanner.note(name.lowerBound, "a prefix that is not declared") }
    if element.role == .item, field == nil || !isMarkup {
      beginItem(hasAttributes ? self.attributes : FeedAttributes())
    } else if field != nil {
      openInside(element)
    } else if itemDepth == 0 {
      if element.role == .schedule { schedule.open(names.usualName(name)) }
    } else if open.count == itemDepth + groups + 1 {
      if element.role == .group { groups += 1 } else { begin(element, hasAttributes: hasAttributes) }
    }
  }

  private mutating func end(_ name: Range<Int>) {
    if let last = open.last, bytes.isSameName(last, name) { return end() }
    scanner.note(name.lowerBound, "an end tag that fits no element, or closes one that is open inside")
    guard let opening = open.suffix(Self.mostForgotten).lastIndex(where: { bytes.isSameName($0, name) }) else { return }
    while open.count > opening { end() }
  }

  /// The innermost element ends.
  private mutating func end() {
    let depth = open.count
    // Only its depth is asked for: the whole field would be copied at each tag.
    if let fieldDepth = field?.depth {
      if fieldDepth == depth { finishField() } else { closeInside(names.element(open[depth - 1])) }
    } else if itemDepth > 0, depth == itemDepth + groups {
      if groups > 0 { groups -= 1 } else { finishItem() }
    } else if itemDepth == 0 {
      schedule.close()
    }
    if innermostBase == depth {
      bases.removeLast()
      innermostBase = bases[bases.count - 1].depth
    }
    names.leave(depth)
    open.removeLast()
  }

  private mutating func take(_ range: Range<Int>, isLiteral: Bool) {
    // What stands between most tags.
    if field == nil, bytes.isBlank(range) { return }
    var fault: XMLText.Fault?
    if field?.isReading == true, room > 0 {
      let space = min(room, FeedField.longest - text.count)
      let before = text.count
      if !isLiteral {
        fault = XMLText.append(range, of: scanner, to: &text, room: space)
      } else if let start = bytes.baseAddress {
        text.append(start + range.lowerBound, count: min(range.count, space))
      }
      room -= text.count - before
    } else if !isLiteral {
      fault = XMLText.fault(in: range, of: bytes)
      if itemDepth == 0 { schedule.append(bytes[range]) }
      if open.isEmpty {
        scanner.note(range.lowerBound, "text outside of the first element")
      }
    }
    if let fault { scanner.note(fault.offset, fault.message.description) }
  }
}

extension FeedReader {
  /// Namespaces and bases hold for the element itself already.
  private mutating func take(_ attributes: Range<Int>) {
    self.attributes = FeedAttributes()
    for (name, range) in XMLAttributes(bytes, in: attributes) {
      let isScope =
        bytes[name.lowerBound] == UInt8(ascii: "x") && bytes.starts(with: "xml", at: name.lowerBound)
      if isScope { takeScope(name, range) }
      self.attributes.take(name, range, bytes)
    }
  }

  private mutating func takeScope(_ name: Range<Int>, _ range: Range<Int>) {
    if bytes.starts(with: "xmlns", at: name.lowerBound) {
      names.declare(name, string(range), depth: open.count)
    } else if bytes[name].elementsEqual("xml:base".utf8), innermostBase != open.count,
      let url = Link.absolute(string(range), base: base)
    {
      bases.append((open.count, LinkBase(url)))
      innermostBase = open.count
    }
  }

  /// Whether the first element is a feed's. What wraps one, as systems print that take it for a page, is passed over.
  private mutating func begin(_ name: Range<Int>) -> Bool {
    let local = names.usualName(name).split(separator: ":").last.map(String.init) ?? ""
    guard Self.roots.contains(local) else {
      strangeRoot = strangeRoot ?? PlainText.cut(String(decoding: bytes[name], as: UTF8.self), to: 64)
      return false
    }
    family = local == "feed" || local == "entry" ? .atom : .rss
    return true
  }

  /// Whether the open field holds elements that are markup, in which an `item` is no item.
  private var isMarkup: Bool { field?.isXHTML ?? false }

  /// One that was never closed ends where the next begins.
  private mutating func beginItem(_ attributes: FeedAttributes) {
    finishItem()
    itemDepth = open.count
    item.removeAll(family: family ?? .rss)
    if let about = attributes.about.map({ PlainText.folded(string($0)) }), !about.isEmpty {
      item.about = PlainText.cut(about, to: FeedField.longestWord)
    }
    // CDF (https://www.w3.org/TR/NOTE-CDFsubmit.html) has them as attributes.
    if let href = attributes.href { item.takeLink(text: Link.reference(string(href), base: base)) }
    if let time = attributes.lastModified.flatMap({ FeedDate.parse(string($0), language: rules.language) }) {
      item.take(time, as: FeedElement(role: .updated))
    }
  }

  private mutating func finishItem() {
    finishField()
    if itemDepth > 0, items.count < rules.maxItems { items.append(item.parsed(base: base)) }
    itemDepth = 0
    groups = 0
  }

  private mutating func string(_ range: Range<Int>) -> String {
    value.removeAll()
    XMLText.append(range, of: scanner, to: &value, room: FeedField.longestTitle)
    return value.text()
  }
}

/// The fields of an item.
extension FeedReader {
  private mutating func begin(_ element: FeedElement, hasAttributes: Bool) {
    guard element.role != .none, hasAttributes || item.wants(element) else { return }
    if hasAttributes, takeAttributes(of: element) { return }
    guard item.wants(element) else { return }
    text.removeAll()
    field = FeedField(
      element: element, depth: open.count, form: form(of: element, hasAttributes: hasAttributes),
      isXHTML: hasAttributes && attributes.type.map { bytes.isText($0, "xhtml") } ?? false,
      isPermaLink: hasAttributes ? attributes.isPermaLink : nil)
  }

  private mutating func form(of element: FeedElement, hasAttributes: Bool) -> FeedField.Form {
    guard family == .atom, element.role == .title || element.role == .summary else { return .guessed }
    guard hasAttributes else { return .plain }
    guard attributes.mode == nil else {
      return FeedField.atomForm(type: attributes.type.map { string($0) }, mode: attributes.mode.map { string($0) })
    }
    // What Atom 1.0 writes, without a search.
    guard let type = attributes.type, !bytes.isText(type, "text") else { return .plain }
    return bytes.isText(type, "html") || bytes.isText(type, "xhtml")
      ? .html : FeedField.atomForm(type: string(type), mode: nil)
  }

  /// Whether the attributes say it all.
  private mutating func takeAttributes(of element: FeedElement) -> Bool {
    switch element.role {
    case .link:
      guard let href = attributes.href else { return false }
      takeLink(href)
      return true
    case .category:
      guard let term = attributes.term else { return false }
      value.removeAll()
      XMLText.append(term, of: scanner, to: &value, room: FeedField.longestTitle)
      takeTag(value.bytes, .plain)
      return true
    case .summary: return attributes.source != nil  // it stands elsewhere
    default: return false
    }
  }

  private mutating func takeLink(_ href: Range<Int>) {
    let isUsual = attributes.relation.map { bytes.isText($0, "alternate") } ?? true
    let rank =
      isUsual && attributes.type == nil
      ? 0
      : FeedItem.rank(
        ofRelation: attributes.relation.map { string($0) }, type: attributes.type.map { string($0) },
        family: item.family)
    guard let rank, item.wantsLink(rank) else { return }
    value.removeAll()
    XMLText.append(href, of: scanner, to: &value, room: Link.longest + 1)
    if let link = Link.reference(value.bytes, base: base) { item.takeLink(link, rank: rank) }
  }

  /// An element begins inside a field.
  private mutating func openInside(_ element: FeedElement) {
    field?.form = .plain
    if element.isHidden { field?.hiddenDepth += 1 }
    if element.isBlock { text.append(UInt8(ascii: " ")) }
    if element.role == .name, field?.element.role == .author, field?.isNamed == false { text.removeAll() }
  }

  private mutating func closeInside(_ element: FeedElement) {
    if element.isHidden, let depth = field?.hiddenDepth, depth > 0 { field?.hiddenDepth = depth - 1 }
    if element.isBlock { text.append(UInt8(ascii: " ")) }
    if element.role == .name, field?.element.role == .author, !text.isEmpty { field?.isNamed = true }
  }

  private mutating func finishField() {
    guard let done = field else { return }
    field = nil
    switch done.element.role {
    case .link: item.takeLink(text: Link.reference(text.bytes, base: base))
    case .category: takeTag(text.bytes, .html)
    case .published, .updated:
      if let time = dates.moment(text.bytes, language: rules.language) { item.take(time, as: done.element) }
    default:
      item.take(text.bytes, as: done.element, done.element.role == .identifier ? .plain : done.form)
      if done.element.role == .identifier, done.element.rank == 0 {
        item.takeGuid(isPermaLink: done.isPermaLink.map { string($0) })
      }
    }
  }

  private mutating func takeTag(_ bytes: UnsafeBufferPointer<UInt8>, _ form: FeedField.Form) {
    tag.removeAll()
    tag.take(bytes, form, rank: 0)
    if let text = tag.text(longest: FeedField.longestWord) { item.takeTag(text) }
  }
}
