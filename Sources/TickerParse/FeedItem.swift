import TickerModel
import TickerText

/// An item of RSS 0.9x, 1.0, 2.0 or of Atom 0.3, 1.0 while its fields come in. Feeds mix the vocabularies, so there is
/// one list for each property: of several fields that say the same, the first that can be read counts.
struct FeedItem {
  /// The two families, which read titles and links differently.
  enum Family { case rss, atom }

  private static let titles = ["title", "dc:title", "media:title"]
  private static let summaries = [
    "description", "summary", "content:encoded", "content", "itunes:summary", "media:description", "dc:description",
    "body", "fullitem",
  ]
  private static let published = [
    "pubdate", "published", "issued", "dc:date", "dcterms:issued", "created", "dcterms:created",
  ]
  private static let updated = ["updated", "modified", "dcterms:modified"]
  private static let authors = ["author", "dc:creator", "itunes:author"]
  private static let identifiers = ["guid", "id"]
  private static let kept = Set(titles + summaries + published + updated + authors + identifiers)
  /// Tags of one item; events carry 32.
  static let mostTags = 64

  private let family: Family
  /// RSS 1.0 names its items by an address.
  private let about: String?
  /// The first of each name that is not empty.
  private var fields: [String: FeedField] = [:]
  /// From an element's text, as RSS writes it.
  private var textLink: String?
  /// From `href`, as Atom writes it.
  private var referenceLink: String?
  /// Whether it leads to a page, not to another form of the item.
  private var leadsToPage = false
  private var permanentLink: String?
  private var tags: [String] = []

  init(family: Family, about: String?) {
    self.family = family
    self.about = about
  }

  /// Takes a field that is complete; relative links in it start from `base`.
  mutating func take(_ field: FeedField, base: String?) {
    switch field.name {
    case "link": takeLink(field, base: base)
    case "category", "dc:subject": takeTag(field)
    case "content" where field.attributes["src"] != nil: break  // it stands elsewhere
    case _ where Self.kept.contains(field.name):
      if fields[field.name] == nil, !field.isBlank { fields[field.name] = field }
      // RSS 2.0: a guid is an address unless it says otherwise.
      if field.name == "guid", field.attributes["isPermaLink"]?.lowercased() != "false" {
        permanentLink = permanentLink ?? Link.absolute(field.text, base: nil)
      }
    default: break
    }
  }

  /// The item as it stands, which may be empty.
  func parsed() -> ParsedItem {
    let identifier = first(Self.identifiers) { $0.word } ?? about
    let link = family == .rss ? textLink ?? referenceLink : referenceLink ?? textLink
    return ParsedItem(
      guid: identifier,
      title: first(Self.titles) { PlainText.cut(plain($0), to: FeedField.longestTitle) },
      link: link ?? permanentLink ?? about.flatMap { Link.absolute($0, base: nil) }
        ?? identifier.flatMap { family == .atom ? Link.absolute($0, base: nil) : nil },
      published: first(Self.published) { FeedDate.parse($0.text) },
      updated: first(Self.updated) { FeedDate.parse($0.text) },
      summary: first(Self.summaries) { plain($0) },
      author: first(Self.authors) { $0.person },
      tags: tags)
  }
}

extension FeedItem {
  /// RFC 4287, section 4.2.7.2: without `rel` a link is the alternate one.
  private mutating func takeLink(_ field: FeedField, base: String?) {
    guard let reference = field.attributes["href"] else {
      textLink = textLink ?? Link.absolute(field.text, base: base)
      return
    }
    let relation = field.attributes["rel"]?.lowercased() ?? "alternate"
    guard !leadsToPage, relation == "alternate" || relation == "http://www.iana.org/assignments/relation/alternate",
      let link = Link.absolute(reference, base: base)
    else { return }
    leadsToPage = field.attributes["type"]?.lowercased().contains("html") ?? true
    if leadsToPage || referenceLink == nil { referenceLink = link }
  }

  private mutating func takeTag(_ field: FeedField) {
    let tag = PlainText.cut(field.attributes["term"] ?? field.reduced, to: FeedField.longestWord)
    if !tag.isEmpty, tags.count < Self.mostTags, !tags.contains(tag) { tags.append(tag) }
  }

  /// RSS does not say what is markup, so what looks like it is. Atom does (RFC 4287, section 3.1): `text`, the default,
  /// holds none, `html` is escaped, `xhtml` are elements; Atom 0.3 writes media types and `mode="escaped"`.
  private func plain(_ field: FeedField) -> String {
    guard family == .atom, ["title", "summary", "content"].contains(field.name) else { return field.reduced }
    let type = field.attributes["type"]?.lowercased() ?? "text"
    let mode = field.attributes["mode"]
    if type.contains("html") || mode == "escaped" { return field.reduced }
    // Any other media type is in base64 (RFC 4287, section 4.1.3.3); what it hides is shown when it is text.
    guard mode == "base64" || type.contains("/") && !type.hasPrefix("text/") && !type.hasSuffix("xml") else {
      return field.folded
    }
    guard let bytes = BinaryText.bytes(base64: String(field.text.filter { !$0.isWhitespace })) else {
      return field.folded
    }
    let hidden = String(validating: bytes, as: UTF8.self).map(PlainText.ofHTML)
    return hidden ?? (field.name == "title" ? field.folded : "")
  }

  /// What `reading` makes of the first field that gives anything.
  private func first<Value>(_ names: [String], _ reading: (FeedField) -> Value?) -> Value? {
    for name in names {
      guard let field = fields[name], let value = reading(field), (value as? String)?.isEmpty != true else { continue }
      return value
    }
    return nil
  }
}
