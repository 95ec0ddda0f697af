import TickerModel

/// An item of RSS 0.9x, 1.0, 2.0, of Atom 0.3, 1.0 or of CDF while its fields come in. Its memory serves one item after
/// another.
struct FeedItem: ~Copyable {
  /// The two families, which read titles and links differently.
  enum Family { case rss, atom }

  /// Tags of one item; events carry 32.
  static let mostTags = 64

  var family = Family.rss
  /// RSS 1.0 names its items by an address.
  var about: String?
  private(set) var title = BestText()
  private(set) var summary = BestText()
  private(set) var author = BestText()
  private(set) var identifier = BestText()
  private var published: (rank: UInt8, time: Timestamp)?
  private var updated: (rank: UInt8, time: Timestamp)?
  /// From an element's text, as RSS writes it.
  private(set) var textLink: String?
  /// From `href`, as Atom writes it.
  private var referenceLink: (rank: Int, url: String)?
  /// RSS 2.0: a guid is an address unless it says otherwise.
  private var isNoAddress = false
  private var tags: [String] = []

  mutating func removeAll(family: Family) {
    self.family = family
    about = nil
    title.removeAll()
    summary.removeAll()
    author.removeAll()
    identifier.removeAll()
    (published, updated, textLink, referenceLink) = (nil, nil, nil, nil)
    isNoAddress = false
    tags = []
  }

  /// Whether the text of such a field could still matter.
  func wants(_ element: FeedElement) -> Bool {
    switch element.role {
    case .title: title.wants(element.rank)
    case .summary: summary.wants(element.rank)
    case .author: author.wants(element.rank)
    case .identifier: identifier.wants(element.rank)
    case .published: element.rank < published?.rank ?? .max
    // The last of several is the newest.
    case .updated: element.rank <= updated?.rank ?? .max
    case .link: textLink == nil
    case .category: tags.count < Self.mostTags
    case .none, .item, .group, .name, .schedule: false
    }
  }

  /// Takes the text of a title, summary, author or identifier.
  mutating func take(_ text: UnsafeBufferPointer<UInt8>, as element: FeedElement, _ form: FeedField.Form) {
    switch element.role {
    case .title: title.take(text, form, rank: element.rank)
    case .summary: summary.take(text, form, rank: element.rank)
    case .author: author.take(text, form, rank: element.rank)
    default: identifier.take(text, form, rank: element.rank)
    }
  }

  mutating func take(_ time: Timestamp, as element: FeedElement) {
    if element.role == .published { published = (element.rank, time) } else { updated = (element.rank, time) }
  }

  mutating func takeTag(_ tag: String) {
    if !tag.isEmpty, tags.count < Self.mostTags, !tags.contains(tag) { tags.append(tag) }
  }

  mutating func takeLink(text: String?) { textLink = textLink ?? text }

  /// RFC 4287, section 4.2.7.2: without `rel` a link is the alternate one. It counts before all others, and a page before
  /// its other forms; an Atom entry that has none is found by what else leads to it.
  static func rank(ofRelation relation: String?, type: String?, family: Family) -> Int? {
    guard let relation = relation?.lowercased() else { return isPage(type) ? 0 : 1 }
    if relation == "alternate" || relation == "http://www.iana.org/assignments/relation/alternate" {
      return isPage(type) ? 0 : 1
    }
    return family == .atom && !otherThings.contains(relation) ? 2 : nil
  }

  private static func isPage(_ type: String?) -> Bool {
    guard let type else { return true }
    return type == "text/html" || type.lowercased().contains("html")
  }

  func wantsLink(_ rank: Int) -> Bool { rank < referenceLink?.rank ?? .max }

  mutating func takeLink(_ url: String, rank: Int) { referenceLink = (rank, url) }

  mutating func takeGuid(isPermaLink: String?) {
    isNoAddress = isPermaLink?.lowercased() == "false"
  }

  /// The item as it stands, which may be empty.
  func parsed(base: LinkBase) -> ParsedItem {
    let written = family == .rss ? textLink ?? referenceLink?.url : referenceLink?.url ?? textLink
    // An identifier that is the link's text is not stored twice.
    let isSame = written.map { $0.utf8.count == identifier.bytes.count && $0.utf8.elementsEqual(identifier.bytes) }
    let guid = isSame == true ? written : name(base: base) ?? about
    return ParsedItem(
      guid: guid, title: title.text(longest: FeedField.longestTitle), link: written ?? link(guid, base: base),
      published: published?.time, updated: updated?.time, summary: summary.text(longest: FeedField.longest),
      author: author.text(longest: FeedField.longestWord), tags: tags)
  }
}

extension FeedItem {
  /// Relations to things that are not the entry.
  private static let otherThings: Set<String> = [
    "enclosure", "edit", "edit-media", "replies", "license", "hub", "http://schemas.google.com/g/2005#feed",
  ]

  /// An Atom id that is a path is one from the base, as relative as its publisher's links.
  private func name(base: LinkBase) -> String? {
    guard let text = identifier.text(longest: FeedField.longestWord) else { return nil }
    let isPath =
      identifier.bytes.first(UInt8(ascii: ":"), from: 0) == nil
      && identifier.bytes.first(UInt8(ascii: "/"), from: 0) != nil
    guard family == .atom, isPath else { return text }
    return Link.reference(text, base: base) ?? text
  }

  /// The address that an item without link is known by. A guid that says nothing of itself is one (RSS 2.0), and so is
  /// every Atom id; a relative one starts from the base, as all addresses in a document do.
  private func link(_ guid: String?, base: LinkBase) -> String? {
    guard let guid, family == .atom || !isNoAddress else { return about.flatMap { Link.reference($0, base: nil) } }
    return Link.reference(guid, base: base)
  }
}
