public import TickerText

/// Which events a sink takes: every given key must be satisfied, within a key any one value does (SPEC §3.4).
/// An empty key is not given. Pure value.
public struct Filter: Sendable, Equatable {
  public var sources: [String]
  public var notSources: [String]
  /// Item events only.
  public var tags: [String]
  /// Event types; `*` stands for any run of characters.
  public var types: [String]
  /// Item events only.
  public var minLevel: Level?
  /// Over title, line feed, text; item events only.
  public var texts: [Pattern]
  /// Whole names, compared without regard to case; item events only. An item without attribution passes none.
  public var attributions: [String]

  public init(
    sources: [String] = [], notSources: [String] = [], tags: [String] = [], types: [String] = [],
    minLevel: Level? = nil, texts: [Pattern] = [], attributions: [String] = []
  ) {
    self.sources = sources
    self.notSources = notSources
    self.tags = tags
    self.types = types
    self.minLevel = minLevel
    self.texts = texts
    self.attributions = attributions
  }

  /// What webhooks, standard output, `tail` and `live.sock` take where no type is given.
  public static let announcements = ["item.*", "source.gap"]

  /// This filter with ``announcements`` where no type is given.
  public var announcing: Filter {
    var filter = self
    if filter.types.isEmpty { filter.types = Self.announcements }
    return filter
  }

  /// Whether an event's body must be read to judge it, which costs more than all the other keys.
  public var readsBody: Bool { !texts.isEmpty || !attributions.isEmpty }

  /// Whether the sink takes this event. A further source's sighting passes only if the sink heard none of the earlier.
  public func passes(_ record: LogRecord) -> Bool {
    guard passes(type: record.type) else { return false }
    guard record.type.hasPrefix("item.") else { return passes(source: record.source) }
    guard passes(source: record.source), passes(tags: record.tags, level: record.level ?? .routine) else {
      return false
    }
    let heard = record.also.contains { passes(source: $0.source) && passes(tags: $0.tags, level: $0.level) }
    return !heard && passes(bodyOf: record)
  }

  private func passes(type: String) -> Bool { types.isEmpty || types.contains { Self.matches(glob: $0, type) } }

  private func passes(source: String?) -> Bool {
    if let source, notSources.contains(source) { return false }
    guard !sources.isEmpty else { return true }
    return source.map(sources.contains) ?? false
  }

  private func passes(tags candidates: [String], level: Level) -> Bool {
    guard tags.isEmpty || tags.contains(where: candidates.contains) else { return false }
    return minLevel.map { level >= $0 } ?? true
  }

  private func passes(bodyOf record: LogRecord) -> Bool {
    guard readsBody else { return true }
    var (title, text, attribution): (String?, String?, String?)
    // Of a body of some twenty members, these alone.
    for member in JSONMembers(record.body) {
      switch member.name {
      case "title": title = member.string
      case "text": text = member.string
      case "attribution": attribution = member.string
      default: break
      }
    }
    guard let title, attributions.isEmpty || passes(attribution: attribution) else { return false }
    let subject = Self.subject(title: title, text: text)
    return texts.isEmpty || texts.contains { $0.matches(subject) }
  }

  private func passes(attribution: String?) -> Bool {
    guard let attribution else { return false }
    return attributions.contains { Attribution.isSame($0, attribution) }
  }

  /// What a text pattern judges.
  static func subject(title: String, text: String?) -> String { title + "\n" + (text ?? "") }

  static func matches(glob: String, _ text: String) -> Bool {
    guard let star = glob.utf8.firstIndex(of: UInt8(ascii: "*")) else { return glob == text }
    // `item.*`, which every event is judged by for every sink.
    if glob.utf8.index(after: star) == glob.utf8.endIndex { return text.utf8.starts(with: glob.utf8[..<star]) }
    let parts = glob.split(separator: "*", omittingEmptySubsequences: false)
    var rest = Substring(text)
    for (index, part) in parts.enumerated() {
      if index == 0 {
        guard rest.hasPrefix(part) else { return false }
        rest = rest.dropFirst(part.count)
      } else if index == parts.count - 1 {
        return rest.hasSuffix(part)
      } else if !part.isEmpty {
        guard let found = rest.firstRange(of: part) else { return false }
        rest = rest[found.upperBound...]
      }
    }
    return rest.isEmpty
  }
}
