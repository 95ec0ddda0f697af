/// What a source's settings and the rules make of an item: its level, its tags, and whether it is told at all. Pure.
public struct Classification: Sendable, Equatable {
  public var level: Level
  /// Configured tags first, then the document's, then those of rules; bounded, each once.
  public var tags: [String]
  /// Known, without event.
  public var isDropped: Bool
  /// The rules that fitted, counted from 1 in reading order; the first ``mostFitting`` of them.
  public var fitting: [Int] = []
  /// BCP 47 tag, where known.
  public var language: String?
  /// Whom the line names as speaking, where it does.
  public var attribution: Attribution?

  /// Enough to explain an item; they are stored with it.
  static let mostFitting = 16

  /// Judges `item` of `source` by `rules` in reading order: each sees the level and the tags that those before it left,
  /// the last one that sets a level wins, and one that drops ends the judgement.
  public init(of item: SeenItem, source: Source, rules: [Rule]) {
    level = source.level
    tags = source.tags(with: item.parsed.tags)
    isDropped = false
    language = source.language
    // A label in front of the speaker ("BREAKING | Araghchi: …") is no part of the name.
    attribution = Attribution(line: LabelStrip.headline(item.title, patterns: source.labelStrip))
    for (index, rule) in rules.enumerated() where rule.match.fits(item, of: source.name, as: self) {
      if fitting.count < Self.mostFitting { fitting.append(index + 1) }
      if rule.drop {
        isDropped = true
        return
      }
      level = rule.level ?? level
      for tag in rule.tags where !tags.contains(tag) && tags.count < EventEncoding.mostTags { tags.append(tag) }
    }
  }
}
