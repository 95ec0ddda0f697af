public import TickerModel

/// Bytes to items. Pure, bounded in time and memory; any thread.
public enum DocumentParser {
  /// Reads a document as `rules` say. A broken one gives what can be read, with its `fault`; one that gives nothing that
  /// could be trusted is an error. The items are in document order, at most `rules.maxItems`.
  public static func parse(_ bytes: [UInt8], by rules: ParseRules) throws(ParseError) -> ParsedDocument {
    switch try form(of: bytes, by: rules) {
    case .text:
      return try TextWindow.parse(Encoding.decode(bytes, as: .text, by: rules), by: rules)
    case .html:
      return try HTMLWindow.parse(Encoding.decode(bytes, as: .html, by: rules), by: rules)
    case .feed: return try FeedReader.parse(Encoding.decode(bytes, as: .xml, by: rules), by: rules)
    case .jsonFeed: return try JSONFeed.parse(Encoding.decode(bytes, as: .json, by: rules), by: rules)
    case .anyJSON:
      let decoded = try Encoding.decode(bytes, as: .json, by: rules)
      let document = JSONDocument.reading(decoded.bytes)
      guard document.value.map(JSONFeed.isFeed) ?? true else { throw Self.strangeJSON }
      return try JSONFeed.items(of: document, fault: decoded.fault, by: rules)
    }
  }

  private enum Form { case text, html, feed, jsonFeed, anyJSON }

  private static func form(of bytes: [UInt8], by rules: ParseRules) throws(ParseError) -> Form {
    switch rules.kind {
    case .text: return .text
    case .html: return .html
    case .rss, .atom: return try feed(rules, .feed)
    case .jsonfeed: return try feed(rules, .jsonFeed)
    case .auto: break
    }
    if rules.select != nil || rules.container != nil { return .html }
    if rules.start != nil || rules.end != nil { return .text }
    switch Sniff.kind(of: bytes) {
    case .feed: return try feed(rules, .feed)
    case .html: return .html
    case .text: return .text
    case .json: return try feed(rules, .anyJSON)
    }
  }

  private static let strangeJSON = ParseError(
    .kind,
    "the document is JSON but no JSON Feed; take the site's RSS or Atom feed or its page with kind = \"html\""
      + " and select, or write kind = \"text\" to take its lines as they stand")

  /// Rules that a feed has no use for are refused, never ignored.
  private static func feed(_ rules: ParseRules, _ form: Form) throws(ParseError) -> Form {
    if rules.select != nil || rules.container != nil {
      throw ParseError(.selector, "a feed has no use for select or container; remove them or write kind = \"html\"")
    }
    if rules.start != nil {
      throw ParseError(.start, "a feed has no use for start; remove it or write kind = \"text\"")
    }
    if rules.end != nil { throw ParseError(.end, "a feed has no use for end; remove it or write kind = \"text\"") }
    return form
  }
}
