import Logging
import TickerModel
import TickerStore
import TickerText

/// Decides who is polled when: a heap of due times, one poll of a source at a time, no global tick. An actor: every
/// reading and setting of a source's schedule happens on it.
actor Scheduler {
  /// What is known of a source while the daemon runs.
  private struct Schedule {
    var polled: PolledSource
    var state: SourceState
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
  }

  /// At start polls are spread over this long, or the interval if that is less.
  private static let startSpread = Duration.seconds(10)

  private var poller: Poller
  private let log: Logger
  private var schedules: [String: Schedule] = [:]
  private var heap = DueHeap()
  private var isStopping = false
  private var wake: CheckedContinuation<Void, Never>?
  private var timer: Task<Void, Never>?
  private var sleepsUntil = Int64.max

  init(poller: Poller, log: Logger) {
    self.poller = poller
    self.log = log
  }

  /// Takes the sources of a configuration: new ones are due soon, changed ones keep their state, others leave.
  func apply(_ sources: [PolledSource], states: [String: SourceState], poller: Poller) {
    self.poller = poller
    let enabled = sources.filter(\.source.enabled)
    for name in Array(schedules.keys) where !enabled.contains(where: { $0.source.name == name }) {
      schedules[name] = nil
      heap.remove(name)
    }
    for polled in enabled {
      let name = polled.source.name
      if schedules[name] == nil {
        let state = states[name] ?? SourceState()
        schedules[name] = Schedule(polled: polled, state: state)
        heap.set(name, due: firstDue(polled.source, state))
      } else if schedules[name]?.polled != polled {
        schedules[name]?.polled = polled
        if schedules[name]?.running == nil { heap.set(name, due: Clock.monotonic) }
      }
    }
    wakeUp()
  }

  /// Polls what is due until ``stop()``.
  func run() async {
    while !isStopping {
      while !isStopping, let (name, due) = heap.popDue(at: Clock.monotonic) { start(name, due: due) }
      if !isStopping { await wait(until: heap.next) }
    }
  }

  /// Starts no further poll, gives up the requests that run (nothing of them is known yet, so nothing is lost) and
  /// waits until what was fetched is recorded.
  func stop() async {
    isStopping = true
    wakeUp()
    let running = schedules.values.compactMap(\.running)
    for task in running { task.cancel() }
    for task in running { _ = await task.value }
  }

  /// Polls one source now, whatever its schedule says, and returns when that is recorded. Nil for an unknown source.
  func poll(_ name: String) async -> PollReport? {
    while let running = schedules[name]?.running { _ = await running.value }
    guard schedules[name] != nil, !isStopping else { return nil }
    heap.remove(name)
    return await start(name, due: Clock.monotonic)?.value
  }

  /// Polls every source once, whatever is due.
  func pollAll() async -> [PollReport] {
    for name in schedules.keys.sorted() {
      heap.remove(name)
      start(name, due: Clock.monotonic)
    }
    var reports: [PollReport] = []
    for running in schedules.keys.sorted().compactMap({ schedules[$0]?.running }) {
      reports.append(await running.value)
    }
    return reports
  }

  /// A line for each source, in name order.
  func overview() -> [SourceOverview] {
    schedules.keys.sorted().compactMap { name in
      guard let schedule = schedules[name] else { return nil }
      let wait = heap.due(name).map { Duration.nanoseconds(max(0, $0 - Clock.monotonic)) }
      return SourceOverview(
        polled: schedule.polled, state: schedule.state, nextPoll: wait.map { Clock.now + $0 }, polls: schedule.polls,
        lastStatus: schedule.lastStatus, lateLines: schedule.lateLines, latePolls: schedule.latePolls,
        cutEvents: schedule.cutEvents,
        feedIdentity: schedule.feedIdentity)
    }
  }

  /// The time at which a server that asked for quiet may be asked again; nil when it did not.
  func heldUntil(_ name: String) -> Timestamp? {
    guard let held = schedules[name]?.heldUntil, held > Clock.monotonic else { return nil }
    return Clock.now + .nanoseconds(held - Clock.monotonic)
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
}

extension Scheduler {
  @discardableResult
  private func start(_ name: String, due: Int64) -> Task<PollReport, Never>? {
    guard let schedule = schedules[name] else { return nil }
    let task = Task { [poller] in
      let report = await poller.poll(schedule.polled, schedule.state, confirming: schedule.needsConfirmation)
      finished(report, due: due)
      return report
    }
    schedules[name]?.running = task
    return task
  }

  private func finished(_ report: PollReport, due: Int64) {
    guard var schedule = schedules[report.source] else { return }
    guard report.fault?.isCancellation != true else { return }
    tell(report, before: schedule.state)
    schedule.running = nil
    schedule.state = report.state
    schedule.polls += 1
    tell(report.feedIdentity, of: report.source, before: schedule.feedIdentity)
    schedule.feedIdentity = report.feedIdentity ?? schedule.feedIdentity
    schedule.lastStatus = report.status
    schedule.lateLines += report.lateLines
    schedule.cutEvents += report.cutEvents
    if !report.events.isEmpty { schedule.latePolls = 0 } else if report.lateLines > 0 { schedule.latePolls += 1 }
    if report.fault == nil { schedule.needsConfirmation = report.needsConfirmation }
    let now = Clock.monotonic
    schedule.heldUntil = report.fault == nil ? 0 : now + (report.retryAfter ?? .zero).inNanoseconds
    schedules[report.source] = schedule
    heap.set(report.source, due: max(nextDue(schedule, after: due, now: now), schedule.heldUntil))
    // The loop sleeps until what was due next when it fell asleep; only something earlier needs to wake it.
    if let next = heap.next, next < sleepsUntil { wakeUp() }
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

  private func wait(until due: Int64?) async {
    sleepsUntil = due ?? .max
    timer = due.map { due in
      Task {
        try? await Task.sleep(for: .nanoseconds(max(0, due - Clock.monotonic)))
        if !Task.isCancelled { wakeUp() }
      }
    }
    await withCheckedContinuation { wake = $0 }
    timer?.cancel()
    timer = nil
  }

  private func wakeUp() {
    wake?.resume()
    wake = nil
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
    let source: Logger.Metadata = ["source": "\(report.source)"]
    if let fault = report.fault {
      if fault != before.fault {
        log.warning("\(fault.stage.rawValue) failed (\(fault.class)): \(fault.reason)", metadata: source)
      }
    } else if before.failures > 0 {
      log.notice("works again after \(before.failures) failed polls", metadata: source)
    }
    for notice in report.notices { log.notice("\(notice)", metadata: source) }
    if !report.events.isEmpty { log.info("\(report.events.count) events", metadata: source) }
  }
}
