import TickerModel

/// The `filter` of a sink.
enum FilterTable {
  /// Bytes of an event type's pattern; the longest type has some twenty.
  private static let typeBytes = 64

  /// `sources` are the names that exist; nil when they are not known because a source is faulty.
  static func read(_ sink: inout TableReader, sources: [String]?) -> Filter {
    var filter = Filter()
    guard var table = sink.table("filter", title: "filter", keys: Keys.filter) else { return filter }
    filter.sources = table.sourceNames("source", among: sources)
    filter.notSources = table.sourceNames("not_source", among: sources)
    filter.tags = table.oneOrMoreTexts("tag", atMost: Bounds.listValues)?.map(\.value) ?? []
    filter.types = types(&table)
    filter.minLevel = table.choice("min_level")
    filter.texts = table.patterns("text", table.oneOrMoreTexts("text", atMost: Bounds.listValues) ?? [])
    filter.attributions = table.speakerNames()
    sink.absorb(table)
    return filter
  }

  private static func types(_ table: inout TableReader) -> [String] {
    let types = table.oneOrMoreTexts("type", atMost: Bounds.listValues) ?? []
    for type in types where !isType(type.value) {
      let words = EventType.allCases.map(\.rawValue)
      let message = "type: \(Quoted.text(type.value)) is no event type such as \"item.new\" or \"item.*\""
      table.fault(
        type.place, message + Suggestion.question(type.value, among: words), excerpt: Quoted.text(type.value))
    }
    return types.map(\.value)
  }

  /// Words between dots, where `*` stands for anything; what types there will be is not for this module to know.
  private static func isType(_ text: String) -> Bool {
    (1...typeBytes).contains(text.utf8.count)
      && text.utf8.allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || "._*".utf8.contains($0) }
  }
}
