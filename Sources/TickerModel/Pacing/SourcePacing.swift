import TickerText

/// What is kept of a source's schedule from run to run, beside what its polls found. A value.
public struct SourcePacing: Sendable, Equatable {
  public var pace = Pace()
  /// Of the last document that was a feed.
  public var hints = FeedHints()
  /// When the document was last fetched whole, without conditions being met.
  public var fullAt: Timestamp?
  /// Where permanent redirects led.
  public var moved: Moved?
  /// An operator's `pause`.
  public var pausedAt: Timestamp?
  /// The server said 410: the document will not come back.
  public var goneAt: Timestamp?
  /// Before this its server wants no request.
  public var heldUntil: Timestamp?

  public init() {}

  /// Some servers answer 304 for ever, whatever changes: so often the document is asked for without conditions.
  public static let fullEvery = Duration.seconds(8 * 86_400)

  /// Whether the next request is to be one without conditions.
  public func wantsWhole(at now: Timestamp) -> Bool { fullAt.map { now.since($0) >= Self.fullEvery } ?? false }
}

/// A permanent redirect (301, 308). A value.
public struct Moved: Sendable, Equatable {
  /// A hash of the URL as configured, which may hold secrets.
  public let from: String
  /// Safe to be stored and shown.
  public let to: String
  /// ``to`` is the whole address, and may be asked instead; false where it was masked.
  public let isWhole: Bool

  public init(from: String, to: String, isWhole: Bool) {
    self.from = from
    self.to = to
    self.isWhole = isWhole
  }

  /// ``from`` for a URL.
  public static func mark(of url: String) -> String {
    Digest.sha256(Array(url.utf8)).prefix(8).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }
}
