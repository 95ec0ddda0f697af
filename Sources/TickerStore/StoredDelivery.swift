public import TickerModel

/// A delivery that failed at least once, or that waits behind one: kept until it succeeds, or is dead.
public struct StoredDelivery: Sendable, Equatable {
  public let endpoint: String
  /// That of the event, or of the last of several.
  public let sequence: Int64
  /// The `webhook-id`, the same on every attempt.
  public let message: String
  /// The event's type, or what several in one message are together.
  public let type: String
  /// The event's source, ``several`` for more than one event in one message; nil where it is about none.
  public let source: String?
  public let contentType: String
  /// The body, identical on every attempt; empty where none was made, and the log has what to make it of.
  public let body: [UInt8]
  /// When the event was recorded; of several the newest.
  public let eventAt: Timestamp
  /// Attempts made so far.
  public var attempts: Int
  /// When the next one is due; nil for a dead letter.
  public var nextAt: Timestamp?
  public var lastStatus: Int?
  /// Why the last attempt failed, for a person.
  public var reason: String
  /// When the last attempt ended.
  public var at: Timestamp
  /// The sequences of the events in it, ascending; of one event that alone.
  public let members: [Int64]

  /// Stands for the source of a message about several events.
  public static let several = "*"

  /// `members` is needed only where they are several.
  public init(
    endpoint: String, sequence: Int64, message: String, type: String, source: String?, contentType: String,
    body: [UInt8], eventAt: Timestamp, attempts: Int, nextAt: Timestamp?, lastStatus: Int?, reason: String,
    at: Timestamp, members: [Int64] = []
  ) {
    self.endpoint = endpoint
    self.sequence = sequence
    self.message = message
    self.type = type
    self.source = source
    self.contentType = contentType
    self.body = body
    self.eventAt = eventAt
    self.attempts = attempts
    self.nextAt = nextAt
    self.lastStatus = lastStatus
    self.reason = reason
    self.at = at
    self.members = members.isEmpty ? [sequence] : members
  }

  /// ``members`` as they are stored, separated by blanks; nil where the sequence says it.
  var severalMembers: String? { members.count > 1 ? members.map(String.init).joined(separator: " ") : nil }
}

/// A waiting delivery without its body.
public struct WaitingDelivery: Sendable, Equatable {
  public let sequence: Int64
  public let source: String?
  public let nextAt: Timestamp

  public init(sequence: Int64, source: String?, nextAt: Timestamp) {
    self.sequence = sequence
    self.source = source
    self.nextAt = nextAt
  }
}

/// What is known of an endpoint between two runs of the daemon.
public struct EndpointState: Sendable, Equatable {
  /// Who disabled it; the raw value is stored.
  public enum Disabler: String, Sendable {
    case person, daemon
  }

  /// Why nothing is sent before a person enables it.
  public struct Disabled: Sendable, Equatable {
    public let since: Timestamp
    public let reason: String
    public let by: Disabler

    public init(since: Timestamp, reason: String, by: Disabler) {
      self.since = since
      self.reason = reason
      self.by = by
    }
  }

  /// An open circuit.
  public struct Failing: Sendable, Equatable {
    public let since: Timestamp
    public let reason: String
    public let probeAt: Timestamp
    /// Between the last try and the next.
    public let probeWait: Duration

    public init(since: Timestamp, reason: String, probeAt: Timestamp, probeWait: Duration) {
      self.since = since
      self.reason = reason
      self.probeAt = probeAt
      self.probeWait = probeWait
    }
  }

  public var position: DeliveryPosition
  public var pausedUntil: Timestamp?
  public var failing: Failing?
  public var disabled: Disabled?

  public init(
    _ position: DeliveryPosition, pausedUntil: Timestamp? = nil, failing: Failing? = nil, disabled: Disabled? = nil
  ) {
    self.position = position
    self.pausedUntil = pausedUntil
    self.failing = failing
    self.disabled = disabled
  }
}
