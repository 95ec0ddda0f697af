import Logging
import TickerFetch
import TickerModel
import TickerStore
import TickerText

/// Decides who is polled when: a heap of due times, one poll of a source at a time, no global tick. An actor that lives
/// on the libcurl thread: most polls find nothing changed, and cost no change of threads.
actor Scheduler {
  /// At start polls are spread over this long, or the interval if that is less.
  private static let startSpread = Duration.seconds(10)
  /// What is due within this long is started together: a wake-up costs as much as the request.
  private static let slack = Duration.milliseconds(3).inNanoseconds

  private let thread: FetchThread
  private var poller: Poller
  private let log: Logger
  private var schedules: [String: Schedule] = [:]
  /// By their number in the heap; nil where a source left.
  private var numbered: [Schedule?] = []
  private var heap = DueHeap()
  private var isStopping = false

  nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

  /// `thread` is that of the poller's fetcher.
  init(poller: Poller, thread: FetchThread, log: Logger) {
    self.poller = poller
    self.thread = thread
    self.log = log
  }

  /// Takes the sources of a configuration: new ones are due soon, changed ones keep their state, others leave.
  func apply(_ sources: [PolledSource], states: [String: SourceState], poller: Poller) {
    self.poller = poller
    let enabled = sources.filter(\.source.enabled)
    let names = Set(enabled.map(\.source.name))
    for schedule in Array(schedules.values) where !names.contains(schedule.name) { forget(schedule) }
    for polled in enabled {
      let name = polled.source.name
      if let schedule = schedules[name] {
        // Also where it did not change: the daemon's own settings go into each request.
        schedule.request = nil
        guard schedule.polled != polled else { continue }
        schedule.polled = polled
        if schedule.running == nil { heap.set(schedule.number, due: Clock.monotonic) }
      } else {
        let state = states[name] ?? SourceState()
        let schedule = Schedule(polled, state, number: freeNumber())
        schedules[name] = schedule
        numbered[schedule.number] = schedule
        heap.set(schedule.number, due: firstDue(polled.source, state))
      }
    }
    thread.ring()
  }

  /// Polls what is due until ``stop()``.
  func run() async {
    while !isStopping {
      while let (number, due) = heap.popDue(at: Clock.monotonic) {
        if let schedule = numbered[number] { start(schedule, due: due) }
      }
      await thread.rest(until: heap.next.map { max($0, Clock.monotonic + Self.slack) })
    }
  }

  /// Starts no further poll, gives up the requests that run (nothing of them is known yet, so nothing is lost) and
  /// waits until what was fetched is recorded.
  func stop() async {
    isStopping = true
    thread.ring()
    poller.fetcher.giveUp(poller.requests)
    for task in schedules.values.compactMap(\.running) { _ = await task.value }
  }

  /// Polls one source now, whatever its schedule says, and returns when that is recorded. Nil for an unknown source.
  func poll(_ name: String) async -> PollReport? {
    while let running = schedules[name]?.running { _ = await running.value }
    guard let schedule = schedules[name], !isStopping else { return nil }
    heap.remove(schedule.number)
    return await start(schedule, due: Clock.monotonic).value
  }

  /// Polls every source once, whatever is due.
  func pollAll() async -> [PollReport] {
    let running = schedules.values.sorted { $0.name < $1.name }.map { schedule in
      heap.remove(schedule.number)
      return start(schedule, due: Clock.monotonic)
    }
    var reports: [PollReport] = []
    for task in running { reports.append(await task.value) }
    return reports
  }

  /// A line for each source, in name order.
  func overview() -> [SourceOverview] {
    schedules.values.sorted { $0.name < $1.name }.map { schedule in
      let wait = heap.due(schedule.number).map { Duration.nanoseconds(max(0, $0 - Clock.monotonic)) }
      return SourceOverview(schedule, nextPoll: wait.map { Clock.now + $0 })
    }
  }

  /// The time at which a server that asked for quiet may be asked again; nil when it did not.
  func heldUntil(_ name: String) -> Timestamp? {
    guard let held = schedules[name]?.heldUntil, held > Clock.monotonic else { return nil }
    return Clock.now + .nanoseconds(held - Clock.monotonic)
  }
}

/// What is known of a source while the daemon runs. Touched by the scheduler alone.
final class Schedule {
  var polled: PolledSource
  /// In the heap of due times.
  let number: Int
  var state: SourceState
  /// As it was asked last; nil where the next question is another one.
  var request: PreparedRequest?
  /// Its stored window may hold absent lines, which even an unchanged poll confirms.
  var needsConfirmation = true
  /// Monotonic time before which the server wants no request.
  var heldUntil: Int64 = 0
  var polls = 0
  var lastStatus: Int?
  var lateLines = 0
  var cutEvents = 0
  /// Polls on end that brought late lines and nothing new above.
  var latePolls = 0
  var feedIdentity: FeedIdentity.Rule?
  var running: Task<PollReport, Never>?

  var name: String { polled.source.name }

  init(_ polled: PolledSource, _ state: SourceState, number: Int) {
    self.polled = polled
    self.state = state
    self.number = number
  }

  /// Takes what a poll found.
  func take(_ report: PollReport) {
    running = nil
    request = state.hasSameValidators(as: report.state) ? report.request : nil
    state = report.state
    polls += 1
    feedIdentity = report.feedIdentity ?? feedIdentity
    lastStatus = report.status
    lateLines += report.lateLines
    cutEvents += report.cutEvents
    if !report.events.isEmpty { latePolls = 0 } else if report.lateLines > 0 { latePolls += 1 }
    if report.fault == nil { needsConfirmation = report.needsConfirmation }
  }
}

/// A source as `sources` and `status` tell it.
struct SourceOverview: Sendable {
  let polled: PolledSource
  let state: SourceState
  let nextPoll: Timestamp?
  let polls: Int
  let lastStatus: Int?
  let lateLines: Int
  let latePolls: Int
  /// Since the start.
  let cutEvents: Int
  let feedIdentity: FeedIdentity.Rule?

  init(_ schedule: Schedule, nextPoll: Timestamp?) {
    polled = schedule.polled
    state = schedule.state
    self.nextPoll = nextPoll
    polls = schedule.polls
    lastStatus = schedule.lastStatus
    lateLines = schedule.lateLines
    latePolls = schedule.latePolls
    cutEvents = schedule.cutEvents
    feedIdentity = schedule.feedIdentity
  }
}

extension Scheduler {
  @discardableResult
  private func start(_ schedule: Schedule, due: Int64) -> Task<PollReport, Never> {
    let task = Task {
      let report = await poller.poll(
        schedule.polled, schedule.state, confirming: schedule.needsConfirmation, asking: schedule.request,
        for: self)
      finished(schedule, report, due: due)
      return report
    }
    schedule.running = task
    return task
  }

  private func finished(_ schedule: Schedule, _ report: PollReport, due: Int64) {
    guard schedules[report.source] === schedule, report.fault?.isCancellation != true else { return }
    tell(report, before: schedule.state)
    tell(report.feedIdentity, of: report.source, before: schedule.feedIdentity)
    schedule.take(report)
    let now = Clock.monotonic
    schedule.heldUntil = report.fault == nil ? 0 : now + (report.retryAfter ?? .zero).inNanoseconds
    let next = max(nextDue(schedule, after: due, now: now), schedule.heldUntil)
    heap.set(schedule.number, due: next)
    thread.ring(by: max(next, now + Self.slack))
  }

  private func forget(_ schedule: Schedule) {
    schedules[schedule.name] = nil
    numbered[schedule.number] = nil
    heap.remove(schedule.number)
  }

  private func freeNumber() -> Int {
    if let free = numbered.firstIndex(where: { $0 == nil }) { return free }
    numbered.append(nil)
    return numbered.count - 1
  }

  private func nextDue(_ schedule: Schedule, after due: Int64, now: Int64) -> Int64 {
    let interval = schedule.polled.source.interval
    guard schedule.state.failures > 0 else { return max(due + interval.inNanoseconds, now) }
    let random = Double.random(in: 0..<1)
    return now + Backoff.wait(after: schedule.state.failures, interval: interval, random: random).inNanoseconds
  }

  /// At its own place within the spread, so that a start does not poll everybody at once; never before its interval
  /// has passed since the last poll.
  private func firstDue(_ source: Source, _ state: SourceState) -> Int64 {
    let spread = min(source.interval, Self.startSpread)
    let place = Digest.sha256(Array(source.name.utf8)).prefix(4).reduce(0.0) { $0 / 256 + Double($1) / 256 }
    let rest = state.lastPoll.map { source.interval - max(.zero, Clock.now.since($0)) } ?? .zero
    return Clock.monotonic + max(spread * place, rest).inNanoseconds
  }

  /// A feed whose guids do not tell its entries apart says so once.
  private func tell(_ identity: FeedIdentity.Rule?, of source: String, before: FeedIdentity.Rule?) {
    guard let identity, identity != before, identity != .guid || before != nil else { return }
    let text =
      switch identity {
      case .guid: "its guids tell entries apart again"
      case .link: "its guids are empty or repeated: entries are told apart by their links"
      case .content: "its guids and links are empty or repeated: entries are told apart by their content"
      }
    log.notice("\(text)", metadata: ["source": "\(source)"])
  }

  /// A fault is logged when it begins, changes and ends, not at every poll.
  private func tell(_ report: PollReport, before: SourceState) {
    if let fault = report.fault {
      if fault != before.fault {
        tell(.warning, "\(fault.stage.rawValue) failed (\(fault.class)): \(fault.reason)", of: report)
      }
    } else if before.failures > 0 {
      tell(.notice, "works again after \(before.failures) failed polls", of: report)
    }
    for notice in report.notices { tell(.notice, notice, of: report) }
    if !report.events.isEmpty { tell(.info, "\(report.events.count) events", of: report) }
  }

  private func tell(_ level: Logger.Level, _ text: String, of report: PollReport) {
    log.log(level: level, "\(text)", metadata: ["source": "\(report.source)"])
  }
}
