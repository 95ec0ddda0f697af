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
      return try TextWindow.parse(Encoding.decode(bytes, as: .text, by: rules), by: rules)
    case .html:
      return try HTMLWindow.parse(Encoding.decode(bytes, as: .html, by: rules), by: rules)
    case .feed: return try FeedReader.parse(Encoding.decode(bytes, as: .xml, by: rules), by: rules)
    case .jsonFeed: return try JSONFeed.parse(Encoding.decode(bytes, as: .json, by: rules), by: rules)
    case .mappedJSON: return try JSONItems.parse(Encoding.decode(bytes, as: .json, by: rules), by: rules)
    case .anyJSON:
      let decoded = try Encoding.decode(bytes, as: .json, by: rules)
      let document = JSONDocument.reading(decoded.bytes)
      guard document.value.map(JSONFeed.isFeed) ?? true else { throw Self.strangeJSON }
      return try JSONFeed.items(of: document, fault: decoded.fault, by: rules)
    }
  }

  private enum Form { case text, html, feed, jsonFeed, mappedJSON, anyJSON }

  private static func form(of bytes: [UInt8], by rules: ParseRules) throws(ParseError) -> Form {
    switch rules.kind {
    case .text: return try lines(rules, .text)
    case .html: return try lines(rules, .html)
    case .rss, .atom: return try feed(rules, .feed)
    case .jsonfeed: return try feed(rules, .jsonFeed)
    case .json: return try feed(rules, .mappedJSON)
    case .auto: break
    }
    if rules.selectsElements { return .html }
    if rules.mapsValues { return .mappedJSON }
    let sniffed = Sniff.kind(of: bytes)
    if rules.cutsLines { return sniffed == .html ? .html : .text }
    switch sniffed {
    case .feed: return try feed(rules, .feed)
    case .html: return .html
    case .text: return .text
    case .json: return try feed(rules, .anyJSON)
    }
  }

  private static let strangeJSON = ParseError(
    .kind,
    "the document is JSON but no JSON Feed; write items = \"…\" and map = { title = \"…\" }, where its items and their"
      + " headlines are (`tickerd probe URL` proposes some)")

  /// Rules that a kind has no use for are refused, never ignored.
  private static func lines(_ rules: ParseRules, _ form: Form) throws(ParseError) -> Form {
    if rules.mapsValues {
      throw ParseError(.selector, "items and map are for JSON documents; remove them or write kind = \"json\"")
    }
    return form
  }

  private static func feed(_ rules: ParseRules, _ form: Form) throws(ParseError) -> Form {
    let what = form == .mappedJSON ? "a JSON document" : "a feed"
    if form != .mappedJSON { _ = try lines(rules, form) }
    if rules.selectsElements {
      throw ParseError(
        .selector, "\(what) has no use for select, xpath, fields or container; remove them or write kind = \"html\"")
    }
    if rules.startMark != nil {
      throw ParseError(.start, "\(what) has no use for start; remove it or write kind = \"text\"")
    }
    if rules.endMark != nil { throw ParseError(.end, "\(what) has no use for end; remove it or write kind = \"text\"") }
    return form
  }
}
