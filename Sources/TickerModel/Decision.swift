/// What one poll changes, decided before anything is written. A pure value.
public struct Decision: Sendable, Equatable {
  /// In the order in which they are recorded and announced: oldest first.
  public var changes: [Change] = []
  /// The window to store; nil leaves the stored one (feeds have none).
  public var window: StoredWindow?
  /// Sentences for the log and `sources`, for example how many items a silent baseline recorded.
  public var notices: [String] = []
  /// Unknown lines below the oldest standing one, recorded without event (SPEC §3.2, rule c).
  public var lateLines = 0

  public init() {}

  public var events: [Event] { changes.compactMap(\.event) }
}

/// One change of what is known, with the event that tells it where there is one.
public struct Change: Sendable, Equatable {
  public enum Kind: Sendable, Equatable {
    /// An item nobody knew.
    case create(SeenItem)
    /// A known item, first seen by this source. With an event this source announced it; an item that never had one
    /// before belongs to this source from then on.
    case sight(KnownItem, SeenItem)
    /// Another text of a known item. Without event (a source that is not its owner) the text is only learnt.
    case revise(KnownItem, SeenItem)
    /// Its line was taken away.
    case withdraw(KnownItem)
    /// A new alias of an item this source knows.
    case alias(KnownItem, SeenItem)
  }

  public let kind: Kind
  public let event: Event?

  public init(_ kind: Kind, event: Event? = nil) {
    self.kind = kind
    self.event = event
  }
}

/// What Decide needs to know of the poll besides the document.
public struct PollContext: Sendable, Equatable {
  public let source: Source
  public let rules: [Rule]
  public let now: Timestamp
  /// The last successful poll; nil at the first.
  public let lastSuccess: Timestamp?
  /// The source's rules are others than at the last poll.
  public let rulesChanged: Bool

  public init(
    source: Source, rules: [Rule] = [], now: Timestamp, lastSuccess: Timestamp?, rulesChanged: Bool = false
  ) {
    self.source = source
    self.rules = rules
    self.now = now
    self.lastSuccess = lastSuccess
    self.rulesChanged = rulesChanged
  }
}
