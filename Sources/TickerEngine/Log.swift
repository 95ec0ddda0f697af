import CLinux
import Glibc
public import Logging
import Synchronization
public import TickerModel
import TickerText

/// Log lines on standard error: with the journal's priority prefix where systemd reads them (sd-daemon(3)), with the
/// level's name for a person. Outside text is made visible; a line is never more than one line.
public struct JournalLogHandler: LogHandler {
  public var metadata: Logger.Metadata = [:]
  /// What is logged at all; the daemon's own level decides, not each logger's copy.
  public var logLevel: Logger.Level {
    get { threshold.value }
    set { threshold.value = newValue }
  }

  private let threshold: LogThreshold
  private let isJournal: Bool

  public init(threshold: LogThreshold) {
    self.threshold = threshold
    // Set by systemd when standard error is the journal (systemd.exec(5)).
    isJournal = getenv("JOURNAL_STREAM") != nil
  }

  public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  public func log(event: LogEvent) {
    let subject = metadata.merging(event.metadata ?? [:]) { _, own in own }
      .sorted { $0.key < $1.key }.map { "\($0.key) \($0.value): " }.joined()
    let text = VisibleText.escaped(subject + event.message.description)
    let bytes =
      Array((isJournal ? "<\(event.level.priority)>" : "\(event.level.rawValue): ").utf8) + Array((text + "\n").utf8)
    _ = write(STDERR_FILENO, bytes, bytes.count)
  }
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
