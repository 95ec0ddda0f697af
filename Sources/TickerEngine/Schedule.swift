import TickerFetch
import TickerModel
import TickerStore

/// What is known of a source while the daemon runs. Touched by the scheduler alone.
final class Schedule {
  var polled: PolledSource
  /// In the agenda.
  let number: Int
  /// Of its host group, in the agenda.
  var group: Int
  /// The group of a feed that is asked in its page's place just now.
  var followed: Int?
  /// Its phase among all others, 0 up to 1.
  let place: Double
  var state: SourceState
  var pacing: SourcePacing
  /// What was learned since it was last kept on disk.
  var isUnsaved = false
  /// As it was asked last; nil where the next question is another one.
  var request: PreparedRequest?
  /// Its stored window holds absent lines, which even an unchanged poll confirms.
  var needsConfirmation = false
  /// Monotonic time before which the server wants no request.
  var heldUntil: Int64 = 0
  /// Monotonic start of the running or last poll; 0 before the first.
  var startedAt: Int64 = 0
  /// The server's part of the running poll is over.
  var isAnswered = false
  /// Monotonic start of the last successful poll; 0 before the first of this run.
  var succeededAt: Int64 = 0
  /// Between two polls as things are: the configured interval, or what was learned and asked for.
  var every: Duration
  /// What the budget gives to this source; nil without one.
  var share: Duration?
  var reason = DueReason.start
  /// How long the last answer stays fresh.
  var freshFor: Duration?
  var times = StageTimes()
  /// What failed last, where it was the machine's own network.
  var cutOff: SourceFault?
  var polls = 0
  var lastStatus: Int?
  var lastAnswer: PollAnswer?
  var lateLines = 0
  var cutEvents = 0
  /// Polls on end that brought late lines and nothing new above.
  var latePolls = 0
  var feedIdentity: FeedIdentity.Rule?
  var running: Poll?

  var name: String { polled.source.name }
  var isAdaptive: Bool { polled.source.interval == .adaptive }
  /// Whether it is polled by itself.
  var isPolled: Bool { pacing.pausedAt == nil && pacing.goneAt == nil }

  init(_ polled: PolledSource, _ state: SourceState, _ pacing: SourcePacing, number: Int, group: Int) {
    self.polled = polled
    self.state = state
    self.pacing = pacing
    self.number = number
    self.group = group
    place = Due.place(of: polled.source.name)
    every = polled.source.firstInterval(pacing.pace)
  }

  /// How it is to be asked now.
  func question(now: Timestamp) -> PollQuestion {
    let isWhole = pacing.wantsWhole(at: now)
    return PollQuestion(
      isConfirming: needsConfirmation, isWhole: isWhole, movedTo: isWhole ? nil : polled.target(of: pacing.moved),
      again: isWhole ? nil : request)
  }

  /// Takes what a poll found, but for what it tells of the pace.
  func take(_ report: PollReport) {
    running = nil
    request = state.hasSameValidators(as: report.state) ? report.request : nil
    state = report.state
    polls += 1
    feedIdentity = report.feedIdentity ?? feedIdentity
    lastStatus = report.status
    lastAnswer = report.answer
    cutOff = report.isCutOff ? report.fault : nil
    lateLines += report.lateLines
    cutEvents += report.cutEvents
    if !report.events.isEmpty { latePolls = 0 } else if report.lateLines > 0 { latePolls += 1 }
    if report.fault == nil { needsConfirmation = report.needsConfirmation }
  }

  /// Notes where the time of a poll went.
  func note(_ report: PollReport, waited nanoseconds: Int64, elapsed: Duration?) {
    times.note(.wait, microseconds: nanoseconds / 1000)
    if let timing = report.timing {
      if !timing.reused {
        times.note(.dns, timing.nameLookup)
        times.note(.connect, timing.connected - timing.nameLookup)
        if timing.secured > .zero { times.note(.tls, timing.secured - timing.connected) }
      }
      times.note(.server, microseconds: timing.serverMicroseconds)
      times.note(.fetch, microseconds: timing.totalMicroseconds)
    }
    if let parsing = report.parsing { times.note(.parse, parsing) }
    if let recording = report.recording { times.note(.record, recording) }
    if report.finding.new > 0, let elapsed { times.note(.delay, elapsed) }
  }
}

/// Why a source is polled next when it is.
enum DueReason: String, Sendable {
  /// The daemon started, or the source is new or was changed.
  case start
  /// The configured interval.
  case interval
  /// What was learned of it.
  case adaptive
  /// What its server or its document asked for.
  case hint
  case budget
  /// It failed.
  case backoff
  case retryAfter = "retry-after"
  /// The machine has no network.
  case offline
  /// Due, and its host group has no place free, or may get no request yet.
  case host
  case paused
  case gone
}

extension Source {
  var bounds: ClosedRange<Duration> { minInterval...max(minInterval, maxInterval) }

  /// The interval before the first poll of a run.
  func firstInterval(_ pace: Pace) -> Duration {
    switch interval {
    case .every(let duration): duration
    case .adaptive: min(max(pace.lastInterval, bounds.lowerBound), bounds.upperBound)
    }
  }
}

extension PolledSource {
  /// What to ask instead of the configured URL, where permanent redirects from it led.
  func target(of moved: Moved?) -> String? {
    guard let moved, moved.isWhole, moved.from == Moved.mark(of: url.text) else { return nil }
    return moved.to
  }

  /// Bytes, as of a link in an event: a hostile one must not fill a line of the socket.
  private static let longestMove = 2048

  /// What a permanent redirect is remembered as; nil where it led nowhere else, or to a place that must not be asked by
  /// itself.
  func moved(to final: String) -> Moved? {
    guard final != url.text, !url.isSecret, final.utf8.count <= Self.longestMove else { return nil }
    let shown = MaskedURL.text(final)
    // Never from https to http: what a redirect takes away once it should not take away for ever.
    let isWhole = shown == final && (URLParts(final).scheme == "https" || URLParts(url.text).scheme == "http")
    return Moved(from: Moved.mark(of: url.text), to: shown, isWhole: isWhole)
  }
}
