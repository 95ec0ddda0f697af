/// A `[[rule]]`: what it fits, and what it does. Pure value.
public struct Rule: Sendable, Equatable {
  /// Item events that it fits; source, tags, level and text judge as a filter does.
  public var match: Filter
  public var level: Level?
  /// Added to the item's own.
  public var tags: [String]
  /// The item is known, without event.
  public var drop: Bool

  public init(match: Filter = Filter(), level: Level? = nil, tags: [String] = [], drop: Bool = false) {
    self.match = match
    self.level = level
    self.tags = tags
    self.drop = drop
  }
}
