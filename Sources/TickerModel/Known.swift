/// An item with its fingerprint, as a poll saw it.
public struct SeenItem: Sendable, Equatable {
  public let fingerprint: Fingerprint
  /// The headline or line; for a feed's item without title the beginning of its text, or its link.
  public let title: String
  public let parsed: ParsedItem
  /// The keys under which this source knows the item besides its content (guid, link), best first; empty for lines.
  public let aliases: [String]

  public init(fingerprint: Fingerprint, title: String, parsed: ParsedItem, aliases: [String] = []) {
    self.fingerprint = fingerprint
    self.title = title
    self.parsed = parsed
    self.aliases = aliases
  }
}

/// An item as the store knows it, from the point of view of one source.
public struct KnownItem: Sendable, Equatable {
  /// The store's row.
  public var row: Int64
  public var id: String
  /// The source that announced it or, while it never had an event, recorded it: only this one updates or withdraws it.
  public var owner: String
  /// The present text and what the document told with it.
  public var title: String
  public var parsed: ParsedItem
  public var fingerprint: Fingerprint
  public var revision: Int
  public var occurrence: Int
  public var level: Level
  public var tags: [String]
  public var seen: Timestamp
  public var seenAfter: Timestamp?
  public var baseline: Bool
  public var isWithdrawn: Bool
  /// Its text changed so often that changes are no longer announced.
  public var isJittering: Bool
  /// The sources that announced it, in the order of their events; empty for an item that never had one.
  public var announcements: [Sighting]
  /// Whether the source in question saw it before.
  public var isKnownHere: Bool
  /// The last poll of the source in question that saw it; nil while it stands there, and where it never did.
  public var lastSeenHere: Timestamp?

  public init(
    row: Int64, id: String, owner: String, title: String, parsed: ParsedItem, fingerprint: Fingerprint, revision: Int,
    occurrence: Int, level: Level, tags: [String], seen: Timestamp, seenAfter: Timestamp?, baseline: Bool,
    isWithdrawn: Bool, isJittering: Bool, announcements: [Sighting], isKnownHere: Bool, lastSeenHere: Timestamp?
  ) {
    self.row = row
    self.id = id
    self.owner = owner
    self.title = title
    self.parsed = parsed
    self.fingerprint = fingerprint
    self.revision = revision
    self.occurrence = occurrence
    self.level = level
    self.tags = tags
    self.seen = seen
    self.seenAfter = seenAfter
    self.baseline = baseline
    self.isWithdrawn = isWithdrawn
    self.isJittering = isJittering
    self.announcements = announcements
    self.isKnownHere = isKnownHere
    self.lastSeenHere = lastSeenHere
  }
}

/// What the store knows of the things one poll asks about.
public struct Known: Sendable, Equatable {
  /// By every fingerprint an item ever had.
  public var items: [Fingerprint: KnownItem]
  /// The texts of those fingerprints that are not of their item's present text, where they are kept.
  public var formerTitles: [Fingerprint: String] = [:]
  /// By this source's aliases.
  public var aliases: [String: KnownItem]

  public init(items: [Fingerprint: KnownItem] = [:], aliases: [String: KnownItem] = [:]) {
    self.items = items
    self.aliases = aliases
  }

  /// The text of a fingerprint, which may be an earlier one of its item; nil for one that nobody knows.
  func title(of fingerprint: Fingerprint) -> String? { formerTitles[fingerprint] ?? items[fingerprint]?.title }
}
