import TickerModel

/// An entry of Atom 1.0 (RFC 4287) and 0.3.
struct AtomEntry: FeedItem {
  private var item = ParsedItem()
  private var content: String?
  /// Whether the link leads to a page, not to another form of the entry.
  private var hasPage = false

  mutating func take(_ field: FeedField, base: String?) {
    let name = field.name.hasPrefix("atom:") ? String(field.name.dropFirst(5)) : field.name
    switch name {
    case "id": item.guid = item.guid ?? nonEmpty(PlainText.cut(field.folded, to: FeedField.longestWord))
    case "title": item.title = item.title ?? nonEmpty(PlainText.cut(Self.plain(field), to: FeedField.longestTitle))
    case "link": takeLink(field, base: base)
    case "published", "issued", "created": item.published = item.published ?? FeedDate.parse(field.text)
    case "updated", "modified": item.updated = item.updated ?? FeedDate.parse(field.text)
    case "summary": item.summary = item.summary ?? nonEmpty(Self.plain(field))
    case "content":
      if field.attributes["src"] == nil { content = content ?? nonEmpty(Self.plain(field)) }
    case "author", "dc:creator": item.author = item.author ?? nonEmpty(field.person)
    case "category": Self.add(field.attributes["term"] ?? field.reduced, to: &item.tags)
    case "dc:subject": Self.add(field.reduced, to: &item.tags)
    default: break
    }
  }

  func parsed() -> ParsedItem? {
    var item = item
    item.summary = item.summary ?? content
    return item == ParsedItem() ? nil : item
  }

  /// RFC 4287, section 4.2.7.2: without `rel` a link is the alternate one.
  static func isAlternate(_ link: FeedField) -> Bool {
    let relation = link.attributes["rel"]?.lowercased() ?? "alternate"
    return relation == "alternate" || relation == "http://www.iana.org/assignments/relation/alternate"
  }

  static func add(_ tag: String, to tags: inout [String]) {
    let tag = PlainText.cut(tag, to: FeedField.longestWord)
    if !tag.isEmpty, tags.count < FeedField.mostTags, !tags.contains(tag) { tags.append(tag) }
  }

  private mutating func takeLink(_ field: FeedField, base: String?) {
    guard !hasPage, Self.isAlternate(field),
      let link = field.attributes["href"].flatMap({ Link.absolute($0, base: base) })
    else { return }
    let isPage = field.attributes["type"]?.lowercased().contains("html") ?? true
    if isPage || item.link == nil { item.link = link }
    hasPage = isPage
  }

  /// RFC 4287, section 3.1: `text` is the default and holds no markup; `html` is escaped; `xhtml` are elements. Atom 0.3
  /// writes media types and says `mode="escaped"`.
  private static func plain(_ field: FeedField) -> String {
    let type = field.attributes["type"]?.lowercased() ?? "text"
    return type.contains("html") || field.attributes["mode"] == "escaped" ? field.reduced : field.folded
  }

  private func nonEmpty(_ text: String) -> String? { text.isEmpty ? nil : text }
}
