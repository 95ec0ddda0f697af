public import TickerModel

/// What is kept of a source between polls, besides its items and window.
public struct SourceState: Sendable, Equatable {
  /// The hash of the rules by which the last successful poll read the document.
  public var rules: [UInt8] = []
  /// The hash of what decides which texts are the same item: the fingerprint's rule, `dedupe` and `label_strip`.
  public var identity: [UInt8] = []
  /// Byte for byte as the server sent them.
  public var etag: [UInt8]?
  /// Byte for byte as the server sent it.
  public var lastModified: [UInt8]?
  /// SHA-256 of the last document; empty before the first.
  public var bodyHash: [UInt8] = []
  public var lastPoll: Timestamp?
  public var lastSuccess: Timestamp?
  /// Failures in a row.
  public var failures = 0
  public var failingSince: Timestamp?
  public var fault: SourceFault?

  public init() {}
}

/// What one successful poll brought to be judged and recorded.
public struct Observation: Sendable {
  public enum Content: Sendable {
    /// A document, with its items in document order, of equal ones the first.
    case document(DocumentForm, [SeenItem])
    /// 304, or the same bytes as last time.
    case unchanged

    /// Lines or entries of the document; nil where there is none.
    var length: Int? { if case .document(_, let seen) = self { seen.count } else { nil } }
  }

  public let source: Source
  public let rules: [Rule]
  public let now: Timestamp
  public let content: Content
  /// The state to keep; its `lastPoll`, `lastSuccess` and failures are set by recording.
  public let state: SourceState

  public init(source: Source, rules: [Rule] = [], now: Timestamp, content: Content, state: SourceState) {
    self.source = source
    self.rules = rules
    self.now = now
    self.content = content
    self.state = state
  }
}

/// What recording an observation did.
public struct Recorded: Sendable {
  /// As it stands on disk now.
  public let state: SourceState
  /// The events of what was found, committed.
  public let events: [LogRecord]
  public let notices: [String]
  /// For the pace of the source.
  public let finding: Pace.Finding
  /// Unknown lines below the oldest standing one, recorded without event.
  public let lateLines: Int
  /// Events in which something was cut to its bound.
  public let cutEvents: Int
  /// Lines went that the next successful poll, even an unchanged one, confirms as withdrawn.
  public let hasAbsentLines: Bool
  /// How the entries of a feed were told apart; nil for windows.
  public let feedIdentity: FeedIdentity.Rule?
}
