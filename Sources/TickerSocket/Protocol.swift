public import TickerModel

/// The numbers of the protocol on `tickerd.sock` (SPEC §5).
public enum SocketProtocol {
  /// Changes only with an incompatible change.
  public static let version = 1
  /// Bytes of a line from the server, its line feed included.
  public static let longestLine = 64 << 10
  /// Bytes of a command, without its line feed.
  public static let longestCommand = 8192
  /// A display wall needs one or two; more is a program that should filter for itself.
  public static let mostSubscriptions = 8
  /// A person types one a second, a script a few dozen.
  public static let commandsPerSecond = 100
  /// Bytes of a command's `id`.
  public static let longestID = 64
  /// Names in `fields`: more than an event has members.
  public static let mostFields = 64
  /// Bytes of a name in `fields`.
  public static let longestField = 32
}

/// Why a command was refused, or a connection closed, as a stable word.
public enum ErrorCode: String, Sendable, Hashable, CaseIterable {
  case badJSON = "bad_json"
  case unknownOperation = "unknown_op"
  case badFilter = "bad_filter"
  case badCursor = "bad_cursor"
  case epochMismatch = "epoch_mismatch"
  case cursorAhead = "cursor_ahead"
  case lineTooLong = "line_too_long"
  case limit
  case forbidden
  case busy
  case filterLimit = "filter_limit"
  /// No such source or subscription.
  case notFound = "not_found"
  /// The command was understood and could not be done.
  case failed
}

/// The refusal of one command; it harms nothing else on the connection. Pure value.
public struct CommandFailure: Error, Sendable, Equatable {
  /// For programs.
  public let code: ErrorCode
  /// A sentence for a person, without secrets.
  public let message: String

  /// `message` is shown to strangers.
  public init(_ code: ErrorCode, _ message: String) {
    self.code = code
    self.message = message
  }
}

/// What a command asks of the daemon rather than of its socket.
public enum AdministrativeCommand: Sendable, Equatable {
  case status
  /// Those whose names come after this one, as many as fit into a line; all begin after "".
  case sources(after: String)
  case poll(String)
  case pause(String)
  case resume(String)
  case reload
  /// One event; its answer is `"event":{…}`.
  case get(EventReference)
  case webhooks(WebhookCommand)

  /// For the log.
  var name: String {
    switch self {
    case .status: "status"
    case .sources: "sources"
    case .poll(let source): "poll \(source)"
    case .pause(let source): "pause \(source)"
    case .resume(let source): "resume \(source)"
    case .reload: "reload"
    case .get: "get"
    case .webhooks(let command): command.operation
    }
  }

  /// Whether it needs root, the daemon's own user or the administrators' group.
  public var changesSomething: Bool {
    switch self {
    case .status, .sources, .get: false
    case .poll, .pause, .resume, .reload: true
    case .webhooks(let command): command.changesSomething
    }
  }
}

/// Which event is asked for.
public enum EventReference: Sendable, Hashable {
  /// The newest event about the item of this id.
  case item(String)
  case cursor(Cursor)
}

/// One line from a client, understood. Pure value.
public struct Command: Sendable, Equatable {
  /// Comes back in the answer, so that a client can tell its answers apart.
  public let id: CommandID?
  /// What to do.
  public let operation: Operation

  /// What is asked.
  public enum Operation: Sendable, Equatable {
    case subscribe(SubscribeRequest)
    /// The number the subscription was given.
    case unsubscribe(Int)
    case ping
    case help
    /// Those whose numbers come after this one, as many as fit into a line; all begin after 0.
    case subscribers(after: Int)
    case act(AdministrativeCommand)
  }

  /// Both as the client said them.
  public init(id: CommandID?, operation: Operation) {
    self.id = id
    self.operation = operation
  }
}

/// A client's own name for a command: a text of at most ``SocketProtocol/longestID`` bytes, or a whole number.
public enum CommandID: Sendable, Hashable {
  case text(String)
  case number(Int)
}

/// A request for events. Pure value.
public struct SubscribeRequest: Sendable, Equatable {
  /// Where in the log it begins.
  public enum Start: Sendable, Equatable {
    /// Strictly after this event.
    case after(Cursor)
    /// With the first event recorded at this time or later.
    case since(Moment)
    /// With the newest so many that pass the filter.
    case last(Int)
    /// With the next event.
    case head
    /// With the oldest event kept.
    case tail
  }

  /// Where it ends, that event included.
  public enum End: Sendable, Equatable {
    case cursor(Cursor)
    case time(Moment)
  }

  /// A point of time, or how long before the server's present.
  public enum Moment: Sendable, Equatable {
    case at(Timestamp)
    case ago(Duration)

    /// The time it means when it is `now`.
    public func timestamp(now: Timestamp) -> Timestamp {
      switch self {
      case .at(let time): time
      case .ago(let duration): now - duration
      }
    }
  }

  /// The first event it may give.
  public var start: Start
  /// Nil: no end but the connection's, or that of ``follow``.
  public var until: End?
  /// Goes on with what comes; without, it ends at the head as of the subscription.
  public var follow: Bool
  /// An empty one takes all.
  public var filter: Filter
  /// The members that an event is told with, beside its type and cursor; empty: all.
  public var fields: [String]
  /// Silence after which the position is told; nil is the server's.
  public var beat: Duration?

  /// Without arguments: everything from now on.
  public init(
    start: Start = .head, until: End? = nil, follow: Bool = true, filter: Filter = Filter(), fields: [String] = [],
    beat: Duration? = nil
  ) {
    self.start = start
    self.until = until
    self.follow = follow
    self.filter = filter
    self.fields = fields
    self.beat = beat
  }
}
