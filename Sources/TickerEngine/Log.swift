import Glibc
public import Logging
import Synchronization
public import TickerModel
import TickerText

/// Log lines: to the journal with fields where standard error is the journal, else on standard error with the level's
/// name for a person. Outside text is made visible; a line is never more than one line.
///
/// Metadata `source` and `endpoint` say whom a line is about; everything else is a field of the journal only.
public struct JournalLogHandler: LogHandler {
  public var metadata: Logger.Metadata = [:]
  /// What is logged at all; the daemon's own level decides, not each logger's copy.
  public var logLevel: Logger.Level {
    get { threshold.value }
    set { threshold.value = newValue }
  }

  private let threshold: LogThreshold
  private let journal: JournalSocket?

  public init(threshold: LogThreshold) {
    self.threshold = threshold
    journal = JournalSocket()
  }

  public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  public func log(event: LogEvent) {
    let metadata = metadata.merging(event.metadata ?? [:]) { _, own in own }.sorted { $0.key < $1.key }
    let subject = metadata.filter { Self.subjects.contains($0.key) }.map { "\($0.key) \($0.value): " }.joined()
    let text = VisibleText.escaped(subject + event.message.description)
    let fields = metadata.map { (key: $0.key, value: "\($0.value)") }
    if let journal, journal.send(text, priority: event.level.priority, fields: fields) { return }
    // sd-daemon(3): the prefix carries the priority where the journal reads lines.
    let prefix = journal == nil ? "\(event.level.rawValue): " : "<\(event.level.priority)>"
    let bytes = Array((prefix + text + "\n").utf8)
    _ = write(STDERR_FILENO, bytes, bytes.count)
  }

  private static let subjects: Set = ["source", "endpoint"]
}

/// The level below which nothing is logged; a reload may change it. Any thread.
public final class LogThreshold: Sendable {
  private let level: Mutex<Logger.Level>

  public init(_ level: LogLevel) { self.level = Mutex(level.loggingLevel) }

  public var value: Logger.Level {
    get { level.withLock { $0 } }
    set { level.withLock { $0 = newValue } }
  }

  public func set(_ level: LogLevel) { value = level.loggingLevel }

  /// Whether lines of this level are written.
  public func takes(_ level: LogLevel) -> Bool { level.loggingLevel >= value }
}

extension LogLevel {
  var loggingLevel: Logger.Level {
    switch self {
    case .debug: .debug
    case .info: .info
    case .notice: .notice
    case .warning: .warning
    case .error: .error
    }
  }
}

extension Logger.Level {
  /// Syslog's number (sd-daemon(3)).
  fileprivate var priority: Int {
    switch self {
    case .trace, .debug: 7
    case .info: 6
    case .notice: 5
    case .warning: 4
    case .error: 3
    case .critical: 2
    }
  }
}
