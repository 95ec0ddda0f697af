import TickerModel
import TickerText

/// The `filter` of a sink.
enum FilterTable {
  /// Bytes of an event type's pattern; the longest type has some twenty.
  private static let typeBytes = 64

  /// A search among more sources would cost more than it helps.
  private static let mostSuggested = 1000

  /// `sources` are the names that exist; nil when they are not known because a source is faulty.
  static func read(_ sink: inout TableReader, sources: [String]?) -> Filter {
    var filter = Filter()
    guard var table = sink.table("filter", title: "filter", keys: Keys.filter) else { return filter }
    filter.sources = names("source", in: &table, sources: sources)
    filter.notSources = names("not_source", in: &table, sources: sources)
    filter.tags = table.oneOrMoreTexts("tag", atMost: Bounds.listValues)?.map(\.value) ?? []
    filter.types = types(&table)
    filter.minLevel = minLevel(&table)
    filter.texts = patterns(&table)
    sink.absorb(table)
    return filter
  }

  private static func names(_ key: String, in table: inout TableReader, sources: [String]?) -> [String] {
    let names = table.oneOrMoreTexts(key, atMost: Bounds.listValues) ?? []
    if let sources {
      for name in names where !sources.contains(name.value) {
        let question = sources.count > mostSuggested ? "" : Suggestion.question(name.value, among: sources)
        let message = "\(key): there is no source \(Quoted.text(name.value))\(question)"
        table.warn(name.place, message, excerpt: Quoted.text(name.value))
      }
    }
    return names.map(\.value)
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

  private static func minLevel(_ table: inout TableReader) -> Level? {
    guard table.has("min_level") else {
      _ = table.take("min_level")
      return nil
    }
    var level = Level.routine
    table.choice("min_level", into: &level)
    return level
  }

  private static func patterns(_ table: inout TableReader) -> [Pattern] {
    (table.oneOrMoreTexts("text", atMost: Bounds.listValues) ?? []).compactMap { text in
      do throws(Pattern.Fault) {
        return try Pattern(text.value)
      } catch {
        let place = "byte \(error.offset + 1)"
        let message = "text: \(Quoted.text(text.value)) is no regular expression: \(error.message), at \(place)"
        table.fault(text.place, message, excerpt: Quoted.text(text.value))
        return nil
      }
    }
  }
}
