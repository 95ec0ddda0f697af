public import TickerModel

extension ParseRules {
  /// How a document of `source` is read that came from `url` with the header `contentType`.
  public init(_ source: Source, url: String, contentType: String?) {
    self.init(
      kind: source.kind, select: source.select, start: source.start, end: source.end,
      container: source.expect.container, mayBeEmpty: source.expect.minItems == 0, baseURL: url,
      contentType: contentType, encoding: source.encoding)
    xpath = source.xpath
    fields = source.fields
    items = source.items
    map = source.map
    startMatch = source.startMatch
    endMatch = source.endMatch
    skip = source.skip
    language = source.language
  }
}
