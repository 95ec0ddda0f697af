public import TickerModel

/// What a document offers to someone who does not know it yet, for `tickerd probe`. Pure value.
public struct Survey: Sendable {
  /// What its first bytes say: `html`, `text`, `json`, or `auto` for a feed.
  public let kind: SourceKind
  /// Feeds that a page names.
  public var feeds: [FeedLink] = []
  /// Repeated blocks of a page.
  public var blocks: [PageCandidate] = []
  /// Lists of a JSON document.
  public var lists: [ValueCandidate] = []
  /// Lines before a ticker in a text or page, with what follows.
  public var lines: [(start: String, texts: [String])] = []

  /// Looks a document over. `rules` tell its URL and headers; what they say of items is passed over.
  public init(of bytes: [UInt8], by rules: ParseRules) throws(ParseError) {
    var plain = ParseRules(baseURL: rules.baseURL, contentType: rules.contentType)
    plain.maxItems = rules.maxItems
    switch Sniff.kind(of: bytes) {
    case .feed: kind = .auto
    case .json:
      kind = .json
      lists = try ValueCandidates.of(bytes, by: plain)
    case .text:
      kind = .text
      lines = try LineCandidates.of(bytes, by: plain)
    case .html:
      kind = .html
      feeds = try FeedDiscovery.links(in: bytes, by: plain)
      blocks = try PageCandidates.of(bytes, by: plain)
      lines = try LineCandidates.of(bytes, by: plain)
    }
  }

  /// Rules by which the likeliest items are read; nil when there are none.
  public var proposal: ParseRules? {
    var rules = ParseRules(kind: kind)
    if let block = blocks.first {
      rules.select = block.select
      rules.fields = block.fields
    } else if let list = lists.first {
      rules.items = list.items
      rules.map = list.map
    } else if let line = lines.first {
      (rules.start, rules.end) = (line.start, "")
    } else if kind != .text {
      return nil
    }
    return rules
  }
}
