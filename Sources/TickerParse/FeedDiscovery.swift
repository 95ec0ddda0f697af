/// A feed that a page names.
public struct FeedLink: Sendable, Equatable {
  /// Absolute.
  public let url: String
  /// The media type that the page gives it.
  public let type: String
  public let title: String?
}

/// Finds the feeds of an HTML page (https://html.spec.whatwg.org/multipage/links.html#rel-alternate). Pure.
public enum FeedDiscovery {
  /// Media types of what FeedReader and JSONFeed read.
  private static let types: Set<String> = [
    "application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json", "application/rss",
    "application/atom", "text/rss+xml", "text/atom+xml", "text/xml", "application/xml", "application/json",
  ]
  /// A page with more names every author's own.
  private static let most = 50

  /// The feeds that the document names, those of comments last; empty for what is no HTML page. `rules` tell its URL.
  public static func links(in bytes: [UInt8], by rules: ParseRules) throws(ParseError) -> [FeedLink] {
    guard Sniff.kind(of: bytes) == .html else { return [] }
    let page = try HTMLPage(Encoding.decode(bytes, as: .html, by: rules))
    defer { withExtendedLifetime(page) {} }
    return links(in: page, base: HTMLWindow.baseURL(of: page, rules.baseURL))
  }

  static func links(in page: HTMLPage, base: LinkBase) -> [FeedLink] {
    var found: [FeedLink] = []
    for node in page.elements(called: "link").prefix(1000) where found.count < most {
      let relations = node.attribute("rel")?.lowercased().split(whereSeparator: \.isWhitespace) ?? []
      let type = node.attribute("type")?.lowercased().prefix { $0 != ";" && $0 != " " } ?? ""
      guard relations.contains("alternate") || relations.contains("feed"), types.contains(String(type)),
        let url = node.attribute("href").flatMap({ Link.absolute($0, base: base) }),
        !found.contains(where: { $0.url == url })
      else { continue }
      let title = node.attribute("title").map(PlainText.folded).flatMap { $0.isEmpty ? nil : $0 }
      // WordPress names its oEmbed answers as it names its feeds.
      if type.hasSuffix("/json") || type.hasSuffix("xml") && !type.contains("+"),
        url.contains("oembed") || url.contains("wp-json")
      {
        continue
      }
      found.append(FeedLink(url: url, type: String(type), title: title))
    }
    return found.filter { !isOfComments($0) } + found.filter(isOfComments)
  }

  private static func isOfComments(_ link: FeedLink) -> Bool {
    link.url.lowercased().contains("comment") || link.title?.lowercased().contains("comment") == true
  }
}
