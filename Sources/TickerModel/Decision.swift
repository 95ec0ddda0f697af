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
  /// Rows of the items whose lines are no longer in the window: the last successful poll was the last to see them.
  public var departed: [Int64] = []
  /// Indices of a feed's entries that are to be judged again although they stand there again just so.
  public var unsettled: Set<Int> = []
  /// How the entries of a feed's document were told apart.
  public var identity: FeedIdentity.Rule?

  public init() {}

  public var events: [Event] { changes.compactMap(\.event) }

  /// How many lines or entries no earlier poll of this source had shown, those of a first look and late ones aside.
  public var turnover: Int {
    changes.count { [.new, .recurred, .sighted].contains($0.trace?.verdict) }
  }
}

/// One change of what is known, with the event that tells it where there is one.
public struct Change: Sendable, Equatable {
  public enum Kind: Sendable, Equatable {
    /// An item nobody knew.
    case create(SeenItem)
    /// A known line that is news again after a long absence: a new item of the same text.
    case recur(KnownItem, SeenItem)
    /// A known item, first seen by this source. With an event this source announced it; an item that never had one
    /// before belongs to this source from then on.
    case sight(KnownItem, SeenItem)
    /// Another text of a known item, or a withdrawn one that is back.
    case revise(KnownItem, SeenItem)
    /// Another text that is not announced: the item jitters, or a rule drops the text.
    case rewrite(KnownItem, SeenItem)
    /// Another text of an item that another source owns: its hash is the item's own from now on.
    case learn(KnownItem, SeenItem)
    /// Its line was taken away.
    case withdraw(KnownItem)
    /// A new alias of an item this source knows.
    case alias(KnownItem, SeenItem)
    /// Something about the source itself.
    case tell
  }

  public let kind: Kind
  public let event: Event?
  /// Level, tags and the rest, where an item is recorded.
  public let classification: Classification?
  /// Why, for `tickerd why`.
  public let trace: Trace?

  public init(_ kind: Kind, event: Event? = nil, classification: Classification? = nil, trace: Trace? = nil) {
    self.kind = kind
    self.event = event
    self.classification = classification
    self.trace = trace
  }
}

/// Why a line or entry was judged as it was. A pure value; texts are those of the document.
public struct Trace: Sendable, Equatable {
  /// The rule of SPEC §3.2 or §3.3 that decided.
  public enum Verdict: String, Sendable, CaseIterable {
    case baseline
    /// §3.2 (d), or an entry without a known guid, link or content.
    case new
    /// §3.2 (a).
    case edited
    /// Back at an earlier text of its own, in its place.
    case reverted
    /// Withdrawn, and back.
    case restored
    /// §3.2 (b), after `repeat_after`.
    case recurred
    /// §3.2 (c).
    case late
    /// Known from another source.
    case sighted
    /// The same guid or link with other content.
    case sameEntry = "same-entry"
    /// Taken away, §3.2 (e).
    case withdrawn
  }

  public let verdict: Verdict
  /// The line above it in the document, nil at its top.
  public var above: String?
  /// The line below it, nil at its bottom.
  public var below: String?
  /// The text it was most like of those that went in its place, and how much.
  public var closest: String?
  public var similarity: Double?

  public init(
    _ verdict: Verdict, above: String? = nil, below: String? = nil, closest: String? = nil, similarity: Double? = nil
  ) {
    self.verdict = verdict
    self.above = above
    self.below = below
    self.closest = closest
    self.similarity = similarity
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
