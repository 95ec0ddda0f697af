import TickerFetch
import TickerModel
import TickerParse

extension Poller {
  /// The feed that an answer leads to: a source of kind `auto` without rules of its own whose document is an HTML page
  /// takes the first feed that the page names. Nil for everything else. Which feed it was is remembered as a place that
  /// the page moved to, so that the page is asked again only when the feed fails, or once in some days.
  @concurrent func feed(of fetched: Fetched, _ polled: PolledSource) async -> String? {
    let source = polled.source
    guard source.kind == .auto, !fetched.isUnchanged else { return nil }
    let rules = ParseRules(source, url: fetched.url, contentType: fetched.contentType)
    guard !rules.findsItems, let links = try? FeedDiscovery.links(in: fetched.body, by: rules) else { return nil }
    // A page that names itself would be asked twice for nothing.
    return links.first { $0.url != fetched.url && $0.url != polled.url.text }?.url
  }
}

extension Fetched {
  /// As the answer of a feed that stands in its page's place. The page may be asked with these validators again: a date
  /// of another document must not make it a 304, a tag cannot; without a place that is remembered none is of use.
  func followed(isRemembered: Bool) -> Fetched {
    Fetched(
      body: body, isUnchanged: isUnchanged, bodyHash: bodyHash, etag: isRemembered ? etag : nil,
      lastModified: isRemembered && etag == nil ? lastModified : nil, contentType: contentType, url: url)
  }
}
