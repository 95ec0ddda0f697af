import TickerFetch
import TickerModel
import TickerStore

/// One poll under way. Touched by the scheduler, and by what it lets run meanwhile.
final class Poll {
  let polled: PolledSource
  /// What is known of the source.
  let before: SourceState
  let question: PollQuestion
  /// It was polled by these rules before.
  let isKnown: Bool
  /// Monotonic times.
  let due: Int64
  let started: Int64
  /// Of ``Inflow``.
  var period: Int64 = 0
  var report: PollReport
  private(set) var isOver = false
  /// Of which no server is asked.
  var isOfFile: Bool { polled.url.text.hasPrefix("file:") }
  private var waiting: [CheckedContinuation<PollReport, Never>] = []

  init(_ polled: PolledSource, _ before: SourceState, _ question: PollQuestion, due: Int64, at now: Int64) {
    self.polled = polled
    self.before = before
    self.question = question
    isKnown = before.rules == polled.rules && before.lastSuccess != nil
    self.due = due
    started = now
    report = PollReport(source: polled.source.name, at: Clock.now, state: before)
  }

  /// Returns when it is over.
  func end(for actor: isolated any Actor) async -> PollReport {
    isOver ? report : await withCheckedContinuation { waiting.append($0) }
  }

  func finish() {
    isOver = true
    for continuation in waiting { continuation.resume(returning: report) }
    waiting = []
  }
}

/// How a source is asked this time.
struct PollQuestion: Sendable {
  /// The poll must be judged even if it finds nothing changed.
  var isConfirming = true
  /// Without conditions, so that the document comes whole.
  var isWhole = false
  /// Instead of the configured URL.
  var movedTo: String?
  /// The last request, where nothing that goes into it changed.
  var again: PreparedRequest?
}

/// What an answer brought.
enum PollAnswer: String, Sendable {
  /// 304.
  case notModified = "not-modified"
  /// The very bytes of the last poll.
  case same
  case changed
}

/// What one poll found, for the scheduler, the log and `tickerd poll`.
struct PollReport: Sendable {
  let source: String
  let at: Timestamp
  /// As it stands on disk now; as before where even the fault could not be written.
  var state: SourceState
  /// What was asked, good for the next poll where the validators stayed.
  var request: PreparedRequest?
  var fault: SourceFault?
  /// Why the store could not take what was found, where that is the fault.
  var storeFault: StoreError.Kind?
  var status: Int?
  /// Before which the server wants no other request.
  var retryAfter: Duration?
  /// How long the answer stays fresh, by its own headers.
  var freshFor: Duration?
  /// Permanent redirects led here.
  var finalURL: String?
  /// The feed that was read in its page's place.
  var followed: String?
  /// Nil where there was none.
  var answer: PollAnswer?
  /// The machine itself seems to have no network: what failed is not the source's.
  var isCutOff = false
  /// What this poll told about the machine's own network.
  var lineChange: Connectivity.Change?
  var timing: FetchTiming?
  var parsing: Duration?
  var recording: Duration?
  /// What the document says of when to come again; nil where none was read.
  var hints: FeedHints?
  var finding = Pace.Finding.unchanged
  var isUnchanged = false
  /// The next poll must be judged even if it finds nothing changed.
  var needsConfirmation = false
  var events: [LogRecord] = []
  var notices: [String] = []
  var lateLines = 0
  var cutEvents = 0
  /// From its start until it was recorded.
  var duration = Duration.zero
  var feedIdentity: FeedIdentity.Rule?
  /// The document is broken, but could be read.
  var warning: String?

  init(source: String, at: Timestamp, state: SourceState) {
    self.source = source
    self.at = at
    self.state = state
  }
}

/// What the fetch stage hands on.
struct Fetched {
  let body: [UInt8]
  /// 304, or the very bytes of the last poll.
  let isUnchanged: Bool
  let bodyHash: [UInt8]
  let etag: [UInt8]?
  let lastModified: [UInt8]?
  let contentType: String?
  /// Where the document came from after redirects, the base of its links.
  let url: String
}

extension SourceState {
  /// Whether the next request asks the same.
  func hasSameValidators(as other: SourceState) -> Bool {
    etag == other.etag && lastModified == other.lastModified && rules == other.rules
      && (lastSuccess == nil) == (other.lastSuccess == nil)
  }
}
