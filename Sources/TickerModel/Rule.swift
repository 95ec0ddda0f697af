public import TickerText

/// A `[[rule]]`: what it fits, and what it does. Pure value.
public struct Rule: Sendable, Equatable {
  public var match: RuleMatch
  /// Replaces the item's own.
  public var level: Level?
  /// Added to the item's own.
  public var tags: [String]
  /// The item is known, without event.
  public var drop: Bool

  public init(match: RuleMatch = RuleMatch(), level: Level? = nil, tags: [String] = [], drop: Bool = false) {
    self.match = match
    self.level = level
    self.tags = tags
    self.drop = drop
  }
}

/// Which items a rule fits: every given key must be satisfied, within a key any one value does, as in a filter. An
/// empty key is not given. Pure value.
public struct RuleMatch: Sendable, Equatable {
  public var sources: [String]
  public var notSources: [String]
  public var tags: [String]
  public var levels: [Level]
  /// Over title, line feed, text.
  public var texts: [Pattern]
  /// Whole names, compared without regard to case; an item without attribution fits none.
  public var attributions: [String]
  /// BCP 47 ranges: `en` fits `en` and `en-GB`; an item of unknown language fits none.
  public var languages: [String]

  public init(
    sources: [String] = [], notSources: [String] = [], tags: [String] = [], levels: [Level] = [],
    texts: [Pattern] = [], attributions: [String] = [], languages: [String] = []
  ) {
    self.sources = sources
    self.notSources = notSources
    self.tags = tags
    self.levels = levels
    self.texts = texts
    self.attributions = attributions
    self.languages = languages
  }

  /// Whether `item` of the source named `source` fits, level and tags judged as they stand in `classification`.
  func fits(_ item: SeenItem, of source: String, as classification: Classification) -> Bool {
    // The cheapest first: a pattern costs more than all the rest.
    (sources.isEmpty || sources.contains(source)) && !notSources.contains(source)
      && (levels.isEmpty || levels.contains(classification.level))
      && (tags.isEmpty || tags.contains(where: classification.tags.contains))
      && (languages.isEmpty || languages.contains { Self.range($0, takes: classification.language) })
      && (attributions.isEmpty || attributions.contains { classification.attribution?.isNamed($0) == true })
      && fits(textOf: item)
  }

  private func fits(textOf item: SeenItem) -> Bool {
    guard !texts.isEmpty else { return true }
    let subject = Filter.subject(title: item.title, text: item.parsed.summary)
    return texts.contains { $0.matches(subject) }
  }

  /// Basic filtering (RFC 4647 §3.3.1): the same subtags at the front, letters compared without regard to case.
  private static func range(_ range: String, takes language: String?) -> Bool {
    guard let language = language?.utf8, language.count >= range.utf8.count else { return false }
    let rest = language.dropFirst(range.utf8.count).first
    return (rest == nil || rest == UInt8(ascii: "-")) && zip(range.utf8, language).allSatisfy { lower($0) == lower($1) }
  }

  /// Language tags are ASCII (RFC 5646 §2.1).
  private static func lower(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
  }
}
