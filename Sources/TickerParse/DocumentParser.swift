public import TickerModel

/// Bytes to items. Pure, bounded in time and memory; any thread.
public enum DocumentParser {
  /// Reads a document as `rules` say. A broken one gives what can be read, with its `fault`; one that gives nothing that
  /// could be trusted is an error. The items are in document order, at most `rules.maxItems`.
  public static func parse(_ bytes: [UInt8], by rules: ParseRules) throws(ParseError) -> ParsedDocument {
    var document = try read(bytes, by: rules)
    document.items = try SkippedItems.removed(from: document.items, by: rules.skip)
    return document
  }

  private static func read(_ bytes: [UInt8], by rules: ParseRules) throws(ParseError) -> ParsedDocument {
    switch try form(of: bytes, by: rules) {
    case .text:
      return try TextWindow.parse(Encoding.decode(bytes, as: .text, contentType: rules.contentType), by: rules)
    case .html:
      return try HTMLWindow.parse(Encoding.decode(bytes, as: .html, contentType: rules.contentType), by: rules)
    case .feed: return try FeedReader.parse(Encoding.decode(bytes, as: .xml, contentType: rules.contentType), by: rules)
    }
  }

  private enum Form { case text, html, feed }

  private static func form(of bytes: [UInt8], by rules: ParseRules) throws(ParseError) -> Form {
    switch rules.kind {
    case .text: return .text
    case .html: return .html
    case .rss, .atom: return try feed(rules)
    case .json: throw ParseError(.kind, "JSON")
    case .auto: break
    }
    if rules.selectsElements { return .html }
    let sniffed = Sniff.kind(of: bytes)
    if rules.cutsLines { return sniffed == .html ? .html : .text }
    switch sniffed {
    case .feed: return try feed(rules)
    case .html: return .html
    case .text: return .text
    case .json:
      throw ParseError(
        .kind,
        "the document is JSON, which is not read yet; take the site's RSS or Atom feed or its page with kind = \"html\""
          + " and select, or write kind = \"text\" to take its lines as they stand")
    }
  }

  /// Rules that a feed has no use for are refused, never ignored.
  private static func feed(_ rules: ParseRules) throws(ParseError) -> Form {
    if rules.selectsElements {
      throw ParseError(
        .selector, "a feed has no use for select, xpath, fields or container; remove them or write kind = \"html\"")
    }
    if rules.startMark != nil {
      throw ParseError(.start, "a feed has no use for start; remove it or write kind = \"text\"")
    }
    if rules.endMark != nil { throw ParseError(.end, "a feed has no use for end; remove it or write kind = \"text\"") }
    return .feed
  }
}
