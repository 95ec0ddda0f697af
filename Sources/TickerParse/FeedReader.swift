import CXML
import TickerModel
import TickerText

/// Reads RSS and Atom as a stream of elements; what an item's fields mean is FeedItem's to say. A class,
/// because C calls it back; it lives inside one call of `parse`.
final class FeedReader {
  /// Names of the first element of every feed that is read, in lower case.
  static let roots: Set<String> = ["rss", "rdf", "feed", "channel", "entry"]
  /// Elements of Media RSS that hold fields.
  private static let groups: Set<String> = ["media:group", "media:content"]

  private let mostItems: Int
  private var family: FeedItem.Family?
  /// The first element's name when it is none of a feed.
  private var strangeRoot: String?
  private var items: [ParsedItem] = []
  private var depth = 0
  /// What relative links start from at each open `xml:base`, the document's own address first.
  private var bases: [(depth: Int, url: String?)]
  private var item: (depth: Int, fields: FeedItem)?
  /// Open elements between the item and its fields that only hold fields together.
  private var groups = 0
  private var field: (depth: Int, content: FeedField)?
  private var schedule = FeedSchedule()
  /// Bytes of text that may still be kept. A document's own entities can make it longer than it is, but not much.
  private var room: Int

  private init(rules: ParseRules, size: Int) {
    mostItems = rules.maxItems
    bases = [(0, rules.baseURL)]
    room = size * 4
  }

  static func parse(_ document: Decoded, by rules: ParseRules) throws(ParseError) -> ParsedDocument {
    let repaired = AmpersandRepair.repaired(document.bytes)
    let reader = FeedReader(rules: rules, size: document.bytes.count)
    let broken = try reader.read(repaired ?? document.bytes)
    let fault = broken ?? (repaired == nil ? document.fault : "an ampersand that should be written &amp;")
    let reason = fault.map { " (\($0))" } ?? ""
    if let root = reader.strangeRoot {
      throw ParseError(
        .kind, "the document begins with <\(root)> and is no feed; check url, or write kind = \"html\" and select")
    }
    guard let family = reader.family else {
      throw ParseError(.document, "the document holds no feed\(reason); check url")
    }
    if broken != nil, reader.items.isEmpty {
      throw ParseError(.document, "the feed is broken before its first item\(reason); check url, or tell its publisher")
    }
    return ParsedDocument(
      form: .feed, kind: family == .atom ? .atom : .rss, items: reader.items, fault: fault.map(VisibleText.escaped),
      hints: reader.schedule.hints)
  }

  /// Runs libxml2 over the document; returns what was broken first.
  private func read(_ bytes: [UInt8]) throws(ParseError) -> String? {
    let content = bytes.drop { $0 != UInt8(ascii: "<") }  // nothing may stand before an XML declaration
    var events = cxml_events()
    events.start = { owner, name, prefix, space, attributes, count in
      FeedReader.of(owner).start(
        FeedElement.name(local: name, prefix: prefix, space: space), FeedElement.attributes(attributes, count: count))
    }
    events.end = { owner, name in FeedReader.of(owner).end(FeedElement.name(local: name, prefix: nil, space: nil)) }
    events.text = { owner, bytes, length in
      FeedReader.of(owner).text(UnsafeBufferPointer(start: bytes, count: Int(length)))
    }
    var fault = cxml_fault()
    let outcome = content.withUnsafeBytes { bytes in
      cxml_read_feed(
        bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count, &events,
        Unmanaged.passUnretained(self).toOpaque(), &fault)
    }
    finishItem()
    switch outcome {
    case CXML_SOUND: return nil
    case CXML_BROKEN: return Self.sentence(fault)
    default: throw XMLBounds.error(outcome)
    }
  }

  private static func sentence(_ fault: cxml_fault) -> String {
    let message = withUnsafeBytes(of: fault.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    return "line \(fault.line): \(Normalise.foldWhitespace(message))"
  }

  /// The reader that `read` gave to C, which keeps it alive meanwhile.
  private static func of(_ owner: UnsafeMutableRawPointer?) -> FeedReader {
    guard let owner else { preconditionFailure("libxml2 lost its reader") }
    return Unmanaged<FeedReader>.fromOpaque(owner).takeUnretainedValue()
  }
}

/// The three things that happen in a document; each answers whether to go on.
extension FeedReader {
  private func start(_ name: String, _ attributes: [String: String]) -> Bool {
    depth += 1
    if depth == 1, !begin(name) { return false }
    if let base = attributes["xml:base"], let url = Link.absolute(base, base: bases.last?.url) {
      bases.append((depth, url))
    }
    if let family, name == "item" || name == "entry" {
      // One that was never closed ends where the next begins.
      finishItem()
      item = (depth, FeedItem(family: family, about: attributes["rdf:about"]))
      return items.count < mostItems
    }
    guard let item else {
      schedule.open(name)
      return true
    }
    if field != nil {
      field?.content.open(name)
    } else if Self.groups.contains(name), depth == item.depth + groups + 1 {
      groups += 1
    } else if depth == item.depth + groups + 1 {
      field = (depth, FeedField(name: name, attributes: attributes))
    }
    return true
  }

  private func end(_ name: String) -> Bool {
    if let field {
      if field.depth == depth { finishField() } else { self.field?.content.close(name) }
    } else if let item, depth == item.depth + groups {
      if groups > 0 { groups -= 1 } else { finishItem() }
    } else if item == nil {
      schedule.close()
    }
    if bases.last?.depth == depth { bases.removeLast() }
    depth -= 1
    return items.count < mostItems
  }

  private func text(_ bytes: UnsafeBufferPointer<CChar>) -> Bool {
    if field != nil, room > 0 {
      room -= bytes.count
      field?.content.append(bytes)
    } else if item == nil {
      schedule.append(bytes)
    }
    return true
  }

  private func begin(_ root: String) -> Bool {
    let local = String(root.split(separator: ":").last ?? "")
    guard Self.roots.contains(local) else {
      strangeRoot = PlainText.cut(root, to: 64)
      return false
    }
    family = local == "feed" || local == "entry" ? .atom : .rss
    return true
  }

  private func finishField() {
    guard let done = field?.content else { return }
    field = nil
    item?.fields.take(done, base: bases.last?.url)
  }

  private func finishItem() {
    finishField()
    if let item, items.count < mostItems { items.append(item.fields.parsed()) }
    item = nil
    groups = 0
  }
}
