public import TickerText

/// Everything an operator can say, with the defaults filled in. A value: reading it again makes a new one.
public struct Configuration: Sendable, Equatable {
  public var daemon: DaemonSettings
  /// In reading order, names unique.
  public var sources: [Source]
  /// In reading order; each may set level and tags, or drop an item.
  public var rules: [Rule]
  public var standardOutputs: [StandardOutput]
  /// In reading order, names unique.
  public var webhooks: [Webhook]

  public init(
    daemon: DaemonSettings, sources: [Source] = [], rules: [Rule] = [], standardOutputs: [StandardOutput] = [],
    webhooks: [Webhook] = []
  ) {
    self.daemon = daemon
    self.sources = sources
    self.rules = rules
    self.standardOutputs = standardOutputs
    self.webhooks = webhooks
  }
}

/// The `[daemon]` table.
public struct DaemonSettings: Sendable, Equatable {
  /// The database file, absolute.
  public var state: String
  /// The folder of `tickerd.sock` and `live.sock`, absolute.
  public var runtime: String
  /// The file mode of both sockets.
  public var socketMode: Int = Defaults.socketMode
  public var userAgent: String = Defaults.userAgent
  public var logLevel: LogLevel = Defaults.logLevel
  /// Transfers at once, sources and webhooks together.
  public var maxTransfers: Int = Defaults.maxTransfers
  /// Connected subscribers, both sockets together.
  public var maxSubscribers: Int = Defaults.maxSubscribers
  /// Its members may command the daemon, as root and the daemon's own user may; nil: nobody else.
  public var adminGroup: UserGroup?
  /// Documents kept of each source, for `why` and `try`.
  public var keepDocuments: Int = Defaults.keepDocuments
  /// Bytes that the kept documents of all sources take, compressed.
  public var keepBytes: Int = Defaults.keepBytes
  /// Transfers at once to the hosts of one group (``HostGroup``).
  public var perHost: Int = Defaults.perHost
  /// Spread over the adaptive sources; nil: each as it deserves.
  public var requestBudget: RequestBudget?

  public init(state: String, runtime: String) {
    self.state = state
    self.runtime = runtime
  }

  public var controlSocket: String { runtime + "/tickerd.sock" }
  public var liveSocket: String { runtime + "/live.sock" }
}

/// A group of this machine's users.
public struct UserGroup: Sendable, Hashable {
  public let name: String
  public let number: UInt32

  public init(name: String, number: UInt32) {
    self.name = name
    self.number = number
  }
}

/// Syslog's levels as far as a daemon needs them, most verbose first.
public enum LogLevel: String, Sendable, CaseIterable {
  case debug, info, notice, warning, error
}

/// The kind of document a source serves.
public enum SourceKind: String, Sendable, Hashable, CaseIterable {
  case auto, html, text, rss, atom, jsonfeed, json
}

/// What the first successful poll of a source announces of what stands there already.
public enum Baseline: Sendable, Hashable {
  case silent
  /// The newest so many.
  case last(Int)
  case all

  /// As written in the configuration.
  public var text: String {
    switch self {
    case .silent: "silent"
    case .last(let count): "last:\(count)"
    case .all: "all"
    }
  }
}

/// Which end of a block without identifiers is the newest.
public enum WindowOrder: String, Sendable, CaseIterable {
  case newestFirst = "newest-first"
  case oldestFirst = "oldest-first"
}

/// Whether one source's items can be another's duplicates.
public enum Dedupe: String, Sendable, CaseIterable {
  case global, source
}

/// What a document must show to be believed.
public struct Expectation: Sendable, Equatable {
  /// Fewer lines than this are no window; 0 declares that the block may be empty or absent.
  public var minItems: Int = Defaults.minItems
  /// More lines than this are no window; counted after equal lines are folded.
  public var maxItems: Int = Defaults.maxItems
  /// A CSS selector that must match in an HTML page.
  public var container: String?

  public init() {}
}

/// A `[[source]]` table with the defaults filled in.
public struct Source: Sendable, Equatable {
  public var name: String
  public var url: ConfiguredURL
  public var kind: SourceKind = .auto
  public var enabled: Bool = true
  /// A CSS selector for the items of an HTML page.
  public var select: String?
  /// An XPath 1.0 expression for the same, in place of `select`.
  public var xpath: String?
  /// Where the parts of an HTML page's item stand in its element.
  public var fields: ItemFields = ItemFields()
  /// Where the items of a JSON document are: a JSONPath, or a JSON Pointer to an array.
  public var items: String?
  /// Where the parts of a JSON document's item stand in it.
  public var map: ItemMap = ItemMap()
  /// The line before the window (html, text).
  public var start: String?
  /// In place of `start`: what the line before the window contains.
  public var startMatch: Pattern?
  /// The line after the window (html, text); "" is a blank line, the end of the block or of the document.
  public var end: String?
  /// In place of `end`: what the line after the window contains.
  public var endMatch: Pattern?
  /// An item whose headline matches one of these is none.
  public var skip: [Pattern] = []
  public var order: WindowOrder = .newestFirst
  public var tags: [String] = []
  public var level: Level = .routine
  public var interval: Interval = Defaults.interval
  /// Bounds of an adaptive interval; the first is not more than the second.
  public var minInterval: Duration = Defaults.minInterval
  public var maxInterval: Duration = Defaults.maxInterval
  /// Sources of one group share `per_host` and what their servers ask for; nil: by the host of ``url``.
  public var hostGroup: String?
  public var quietAfter: QuietAfter = .auto
  /// For one whole fetch.
  public var timeout: Duration = Defaults.sourceTimeout
  /// Bytes of a document after decompression.
  public var maxBody: Int = Defaults.maxBody
  public var baseline: Baseline = .silent
  public var dedupe: Dedupe = .global
  /// A line that was away at least this long and comes back on top is news again.
  public var repeatAfter: Duration = Defaults.repeatAfter
  /// How long events and items are kept, counted from the event's `at`.
  public var retention: Duration = Defaults.retention
  /// How long a pruned item's hash stays known after it was last seen.
  public var keepHashes: Duration = Defaults.keepHashes
  /// Taken off a headline's front before it is compared; the displayed text is never changed.
  public var labelStrip: [Pattern] = []
  /// BCP 47 tag of the language, where the operator knows it.
  public var language: String?
  public var expect: Expectation = Expectation()
  /// Private networks this source may be in.
  public var allowNet: [NetworkRange] = []
  /// Sent with every request, and to no other host.
  public var headers: [ConfiguredHeader] = []
  public var auth: ConfiguredAuth?
  /// Nil: none, whatever the environment says.
  public var proxy: ConfiguredURL?
  /// Certificates to trust in place of the system's, an absolute path.
  public var caFile: String?
  /// Takes any certificate.
  public var insecure: Bool = false
  /// The label of the character encoding, where the document and HTTP tell a wrong one.
  public var encoding: String?

  public init(name: String, url: ConfiguredURL) {
    self.name = name
    self.url = url
  }
}

/// How standard output shows an event.
public enum OutputFormat: String, Sendable, CaseIterable {
  case json, text
}

/// A `[[stdout]]` table.
public struct StandardOutput: Sendable, Equatable {
  public var format: OutputFormat
  public var filter: Filter

  public init(format: OutputFormat = .json, filter: Filter = Filter()) {
    self.format = format
    self.filter = filter
  }
}

/// A `[[webhook]]` table with the defaults filled in.
public struct Webhook: Sendable, Equatable {
  public var name: String
  public var url: ConfiguredURL
  public var format: WebhookFormat = .standard
  public var enabled: Bool = true
  /// Signing keys, newest first; a signature for each. Empty: unsigned.
  public var secrets: [SecretReference] = []
  public var filter: Filter = Filter()
  public var allowNet: [NetworkRange] = []
  /// Waits after the first, second, … failed attempt; when it ends the delivery is dead.
  public var retry: [Duration] = Defaults.retry
  /// For one whole attempt.
  public var timeout: Duration = Defaults.webhookTimeout
  /// First attempts in flight at once.
  public var concurrency: Int = Defaults.concurrency
  /// Strictly in the order of the log for each source: what follows a failed delivery waits for it.
  public var ordered: Bool = false
  /// Counted from an event's `at`; an older one is a dead letter.
  public var expiresAfter: Duration = Defaults.expiresAfter
  public var onRecover: Recovery = .all
  /// Nil: every event is a request of its own.
  public var batch: BatchTerms?
  public var circuit: CircuitTerms = CircuitTerms()
  /// Telegram's chat: a number, or `@name` of a public channel.
  public var chatID: String?
  /// ntfy's topic.
  public var topic: String?
  /// The body of the format `template`.
  public var template: Template?
  /// Sent with every delivery.
  public var headers: [ConfiguredHeader] = []
  /// Nil: none, whatever the environment says.
  public var proxy: ConfiguredURL?

  public init(name: String, url: ConfiguredURL) {
    self.name = name
    self.url = url
  }
}
