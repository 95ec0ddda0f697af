import TickerModel

/// An item of RSS 0.9x, 1.0 and 2.0 and the modules in use. Which field counts where several say the same is written in
/// the lists below, best first.
struct RSSItem: FeedItem {
  private static let titles = ["title", "dc:title", "media:title"]
  private static let summaries = [
    "description", "summary", "content:encoded", "itunes:summary", "media:description", "dc:description",
    "atom:summary",
    "atom:content", "content",
  ]
  private static let published = [
    "pubdate", "dc:date", "dcterms:issued", "dcterms:created", "atom:published", "published",
  ]
  private static let updated = ["dcterms:modified", "atom:updated", "updated"]
  private static let authors = ["author", "dc:creator", "itunes:author", "atom:author"]
  private static let identifiers = ["guid", "atom:id", "id", "dc:identifier"]
  private static let tags: Set<String> = ["category", "dc:subject"]
  private static let kept = Set(titles + summaries + published + updated + authors + identifiers)

  /// RSS 1.0 names its items by an address.
  private let about: String?
  /// The first of each name that is not empty.
  private var fields: [String: FeedField] = [:]
  private var link: String?
  private var atomLink: String?
  private var permanentLink: String?
  private var tags: [String] = []

  init(about: String?) { self.about = about }

  mutating func take(_ field: FeedField, base: String?) {
    switch field.name {
    case "link":
      let address = field.attributes["href"] ?? field.text
      link = link ?? Link.absolute(address, base: base)
    case "atom:link":
      if atomLink == nil, AtomEntry.isAlternate(field) {
        atomLink = field.attributes["href"].flatMap { Link.absolute($0, base: base) }
      }
    case _ where Self.tags.contains(field.name): AtomEntry.add(field.reduced, to: &tags)
    case _ where Self.kept.contains(field.name):
      if fields[field.name] == nil, !field.folded.isEmpty { fields[field.name] = field }
      // RSS 2.0: a guid is an address unless it says otherwise.
      if field.name == "guid", field.attributes["isPermaLink"]?.lowercased() != "false" {
        permanentLink = permanentLink ?? Link.absolute(field.text, base: nil)
      }
    default: break
    }
  }

  func parsed() -> ParsedItem? {
    let identifier = first(Self.identifiers) { $0.folded } ?? about
    let item = ParsedItem(
      guid: identifier.map { PlainText.cut($0, to: FeedField.longestWord) },
      title: first(Self.titles) { PlainText.cut($0.reduced, to: FeedField.longestTitle) },
      link: link ?? atomLink ?? permanentLink ?? about.flatMap { Link.absolute($0, base: nil) },
      published: first(Self.published) { FeedDate.parse($0.text) },
      updated: first(Self.updated) { FeedDate.parse($0.text) },
      summary: first(Self.summaries) { $0.reduced },
      author: first(Self.authors) { $0.person },
      tags: tags)
    return item == ParsedItem() ? nil : item
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
