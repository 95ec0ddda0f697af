/// What a source's settings and the rules make of an item: its level, its tags, and whether it is told at all. Pure.
public struct Classification: Sendable, Equatable {
  public var level: Level
  /// Configured tags first, then the document's, then those of rules; bounded, each once.
  public var tags: [String]
  /// Known, without event.
  public var isDropped: Bool
  /// BCP 47 tag, where known.
  public var language: String?

  /// Judges `item` of `source` by `rules` in reading order.
  public init(of item: SeenItem, source: Source, rules: [Rule]) {
    level = source.level
    tags = source.tags(with: item.parsed.tags)
    isDropped = false
    language = source.language
  }
}
