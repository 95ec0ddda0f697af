import TickerModel
import TickerText

/// Reads JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/). Pure.
enum JSONFeed {
  static func parse(_ document: Decoded, by rules: ParseRules) throws(ParseError) -> ParsedDocument {
    try items(of: JSONDocument.reading(document.bytes), fault: document.fault, by: rules)
  }

  /// Whether a JSON document calls itself a feed: by the address of a version, or by a bare number beside items and a
  /// title, as some systems write it.
  static func isFeed(_ value: JSONValue) -> Bool {
    guard value["items"]?.array != nil, let version = value["version"]?.scalar else { return false }
    return version.contains("jsonfeed.org/") || version.hasPrefix("1") && value["title"]?.string != nil
  }

  /// The items of a document that is read already.
  static func items(
    of document: JSONDocument, fault: String?, by rules: ParseRules
  ) throws(ParseError) -> ParsedDocument {
    let reason = document.fault.map { "byte \($0.offset): \($0.message)" }
    let place = reason.map { " (\($0))" } ?? ""
    if let fault = document.fault, fault.reason == .depth || fault.reason == .size {
      throw ParseError(.bounds, "the document is deeper or larger than a feed is\(place); check url")
    }
    guard let value = document.value else {
      throw ParseError(.document, "the document is no JSON\(place); check url")
    }
    guard let items = value["items"]?.array else {
      throw ParseError(.kind, "the JSON document has no array called items and is no JSON Feed\(place); check url")
    }
    if reason != nil, items.isEmpty {
      throw ParseError(.document, "the feed is broken before its first item\(place); check url, or tell its publisher")
    }
    let feed = Feed(value, by: rules)
    return ParsedDocument(
      form: .feed, kind: .jsonfeed, items: items.prefix(rules.maxItems).map(feed.item),
      fault: (reason ?? fault).map(VisibleText.escaped))
  }

  /// What the items take from the feed around them.
  private struct Feed {
    let base: LinkBase
    let author: String?
    let language: String?

    init(_ value: JSONValue, by rules: ParseRules) {
      language = rules.language
      base = LinkBase(rules.baseURL ?? ["home_page_url", "feed_url"].lazy.compactMap { value[$0]?.string }.first)
      author = JSONFeed.author(of: value)
    }

    /// Publishers write identifiers as numbers and HTML into titles, whatever the format says.
    func item(_ value: JSONValue) -> ParsedItem {
      let identifier = word(value["id"]?.scalar)
      return ParsedItem(
        guid: identifier,
        title: text(value["title"]).map { PlainText.cut($0, to: FeedField.longestTitle) },
        link: link(value["url"]) ?? link(value["external_url"])
          ?? identifier.flatMap { Link.absolute($0, base: nil) },
        published: date(value["date_published"]), updated: date(value["date_modified"]),
        summary: text(value["summary"]) ?? plain(value["content_text"]) ?? text(value["content_html"]),
        author: JSONFeed.author(of: value) ?? author, tags: tags(value["tags"]))
    }

    private func link(_ value: JSONValue?) -> String? { value?.string.flatMap { Link.absolute($0, base: base) } }

    private func date(_ value: JSONValue?) -> Timestamp? {
      value?.scalar.flatMap { FeedDate.parse($0, language: language) }
    }

    /// `content_text` and what stands in it that looks like markup is text.
    private func plain(_ value: JSONValue?) -> String? { filled(value?.string.map { PlainText.folded(bounded($0)) }) }

    private func text(_ value: JSONValue?) -> String? {
      guard let text = value?.string.map(bounded) else { return nil }
      return filled(PlainText.ofHTML(text)) ?? filled(PlainText.folded(text))
    }

    private func tags(_ value: JSONValue?) -> [String] {
      var tags: [String] = []
      for tag in value?.array ?? [] where tags.count < FeedItem.mostTags {
        if let tag = word(tag.scalar), !tags.contains(tag) { tags.append(tag) }
      }
      return tags
    }
  }

  /// The first of `authors` (1.1), else `author` (1.0); some write one object for the list.
  private static func author(of value: JSONValue) -> String? {
    let authors = value["authors"]?.array?.first ?? value["authors"] ?? value["author"]
    return word(authors?["name"]?.string ?? authors?.string)
  }

  private static func word(_ text: String?) -> String? {
    filled(text.map { PlainText.cut(PlainText.folded($0), to: FeedField.longestWord) })
  }

  private static func bounded(_ text: String) -> String { PlainText.cut(text, to: FeedField.longest) }

  private static func filled(_ text: String?) -> String? { text?.isEmpty == false ? text : nil }
}
