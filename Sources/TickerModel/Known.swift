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
  public let row: Int64
  public let id: String
  /// The source that announced it or, while it never had an event, recorded it: only this one updates or withdraws it.
  public let owner: String
  /// The present text and what the document told with it.
  public let title: String
  public let parsed: ParsedItem
  public let fingerprint: Fingerprint
  public let revision: Int
  public let occurrence: Int
  public let level: Level
  public let tags: [String]
  public let seen: Timestamp
  public let seenAfter: Timestamp?
  public let baseline: Bool
  public let isWithdrawn: Bool
  /// The sources that announced it, in the order of their events; empty for an item that never had one.
  public let announcements: [Sighting]
  /// Whether the source in question saw it before.
  public let isKnownHere: Bool

  public init(
    row: Int64, id: String, owner: String, title: String, parsed: ParsedItem, fingerprint: Fingerprint, revision: Int,
    occurrence: Int, level: Level, tags: [String], seen: Timestamp, seenAfter: Timestamp?, baseline: Bool,
    isWithdrawn: Bool, announcements: [Sighting], isKnownHere: Bool
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
    self.announcements = announcements
    self.isKnownHere = isKnownHere
  }
}

/// What the store knows of the things one poll asks about.
public struct Known: Sendable, Equatable {
  /// By every fingerprint an item ever had.
  public var items: [Fingerprint: KnownItem]
  /// By this source's aliases.
  public var aliases: [String: KnownItem]

  public init(items: [Fingerprint: KnownItem] = [:], aliases: [String: KnownItem] = [:]) {
    self.items = items
    self.aliases = aliases
  }
}

/// The lines of a source's last successful poll, newest first, and those that just went.
public struct StoredWindow: Sendable, Equatable {
  public struct Line: Sendable, Equatable {
    public let fingerprint: Fingerprint
    /// Whether it stood in the window before too.
    public let stood: Bool

    public init(_ fingerprint: Fingerprint, stood: Bool) {
      self.fingerprint = fingerprint
      self.stood = stood
    }
  }

  /// A line that went above a standing one: withdrawn if the next poll confirms it.
  public struct Absent: Sendable, Equatable {
    public let fingerprint: Fingerprint
    /// The index in ``lines`` of the first line that stood below it.
    public let above: Int

    public init(_ fingerprint: Fingerprint, above: Int) {
      self.fingerprint = fingerprint
      self.above = above
    }
  }

  public var lines: [Line]
  public var absent: [Absent]

  public init(lines: [Line] = [], absent: [Absent] = []) {
    self.lines = lines
    self.absent = absent
  }
}
