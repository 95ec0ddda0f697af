import Logging
import TickerFetch
import TickerModel
import TickerStore

/// Decides who is polled when: an agenda of due times behind the gates of the host groups, one poll of a source at a
/// time, no global tick. An actor that lives on the libcurl thread, where its requests start and their answers arrive.
actor Scheduler {
  /// What is due within this long is started together: a wake-up costs as much as the request.
  static let slack = Duration.milliseconds(15).inNanoseconds

  let thread: FetchThread
  private(set) var poller: Poller
  let log: Logger
  var schedules: [String: Schedule] = [:]
  /// By their number in the agenda; nil where a source left.
  private var numbered: [Schedule?] = []
  private var freeNumbers: [Int] = []
  var agenda: Agenda
  private var inflow = Inflow()
  /// Numbers of host groups, by name.
  var groups: [String: Int] = [:]
  /// Groups whose gate learned something since it was last kept on disk.
  var unsavedGroups: Set<String> = []
  private(set) var budget: RequestBudget?
  /// The budget cannot be kept within the `max_interval` of all.
  var isBudgetTooSmall = false
  /// When shares and savings are looked after next, monotonic.
  var nextUpkeep: Int64 = 0
  var nextSave: Int64 = 0
  var trouble = RecordingTrouble()
  var steady = SteadyClock()
  var jitter = JitterSource()
  private(set) var isStopping = false
  /// Documents that were read since memory was last given back.
  var documents = 0
  /// When that may be done again, monotonic.
  var nextTrim: Int64 = 0
  /// Polls that are not over.
  var running = 0
  /// Where every source is polled once: the polls so far, and who waits for their end.
  private(set) var once: (polls: [String: Poll], over: CheckedContinuation<Void, Never>?)?

  nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

  /// `thread` is that of the poller's fetcher.
  init(poller: Poller, thread: FetchThread, log: Logger) {
    self.poller = poller
    self.thread = thread
    self.log = log
    agenda = Agenda(perHost: poller.settings.perHost)
  }

  /// Takes the sources of a configuration: new ones are due soon, changed ones keep their state, others leave.
  func apply(_ sources: [PolledSource], known: KnownSources, poller: Poller) {
    self.poller = poller
    let now = Clock.monotonic
    agenda.limit(perHost: poller.settings.perHost, at: now)
    budget = poller.settings.requestBudget
    let enabled = sources.filter(\.source.enabled)
    let names = Set(enabled.map(\.source.name))
    for schedule in Array(schedules.values) where !names.contains(schedule.name) { forget(schedule) }
    for polled in enabled {
      if let schedule = schedules[polled.source.name] {
        change(schedule, to: polled, at: now)
      } else {
        add(polled, known: known, at: now)
      }
    }
    poller.line.expect(Set(enabled.map(\.group))) { group in
      schedules.values.contains { $0.polled.group == group && $0.state.lastSuccess != nil }
    }
    nextUpkeep = now
    thread.ring()
  }

  /// Polls what is due from now on, until ``stop()``.
  func run() {
    nextSave = Clock.monotonic + Self.saveEvery
    thread.onAlarm { [self] in assumeIsolated { $0.awake() } }
    thread.ring()
  }

  private func awake() {
    guard !isStopping else { return }
    let now = Clock.monotonic
    if once == nil { lookAfter(at: now) }
    giveBackMemory(at: now)
    startDue(at: now)
    guard once != nil else { return thread.ring(by: max(min(agenda.next ?? .max, nextUpkeep), now + Self.slack)) }
    if let next = agenda.next, running > 0 || next < now + Self.longestQuiet {
      thread.ring(by: max(next, now + Self.slack))
    } else if running == 0 {
      once?.over.take()?.resume()
    }
  }

  /// Starts no further poll, gives up the requests that run (nothing of them is known yet, so nothing is lost), waits
  /// until what was fetched is recorded, and keeps what was learned.
  func stop() async {
    isStopping = true
    thread.onAlarm(nil)
    poller.fetcher.giveUp(poller.requests)
    for poll in schedules.values.compactMap(\.running) { _ = await poll.end(for: self) }
    await save()
  }

  /// Polls one source now, whatever its schedule says, and returns when that is recorded.
  func poll(_ name: String) async -> Result<PollReport, PollRefusal> {
    while let running = schedules[name]?.running { _ = await running.end(for: self) }
    guard let schedule = schedules[name], !isStopping else { return .failure(.unknown) }
    if let paused = schedule.pacing.pausedAt { return .failure(.paused(since: paused)) }
    if let held = heldUntil(schedule) { return .failure(.held(until: held)) }
    let now = Clock.monotonic
    guard agenda.force(schedule.number, at: now) else { return .failure(.unknown) }
    return .success(await start(schedule, due: now, at: now).end(for: self))
  }

  /// Polls every source once, whatever is due, as politely as ever. A source whose server asked for more quiet than
  /// anybody waits for is reported as it is. Instead of ``run()``.
  func pollAll() async -> [PollReport] {
    let wanted = schedules.values.filter { $0.pacing.pausedAt == nil }.sorted { $0.name < $1.name }
    for schedule in wanted { agenda.set(schedule.number, due: max(Clock.monotonic, schedule.heldUntil)) }
    await withCheckedContinuation { over in
      once = ([:], over)
      run()
    }
    thread.onAlarm(nil)
    await save()
    return wanted.map { once?.polls[$0.name]?.report ?? heldReport($0) }
  }

  private func heldReport(_ schedule: Schedule) -> PollReport {
    var report = PollReport(source: schedule.name, at: Clock.now, state: schedule.state)
    let until = heldUntil(schedule).map { " until \($0.textToTheSecond)" } ?? ""
    report.fault = SourceFault(stage: .fetch, class: "held", reason: "its server asked for quiet" + until)
    return report
  }

  /// `--once` waits so long for a server that limits its guests.
  private static let longestQuiet = Duration.seconds(30).inNanoseconds
}

/// What the store knows of sources and hosts at a start or reload.
struct KnownSources: Sendable {
  var states: [String: SourceState] = [:]
  /// Those whose stored window holds absent lines.
  var confirming: Set<String> = []
  var pacings: [String: SourcePacing] = [:]
  var groups: [String: KeptHostGroup] = [:]
}

/// Why a source is not polled on command.
enum PollRefusal: Error, Sendable {
  case unknown
  case paused(since: Timestamp)
  case held(until: Timestamp)
}

// MARK: Who is polled

extension Scheduler {
  private func add(_ polled: PolledSource, known: KnownSources, at now: Int64) {
    let name = polled.source.name
    let group = number(of: polled.group, known: known.groups[polled.group.name], at: now)
    let pacing = known.pacings[name] ?? SourcePacing()
    let number = freeNumbers.popLast() ?? numbered.count
    if number == numbered.count { numbered.append(nil) }
    let schedule = Schedule(
      polled, known.states[name] ?? SourceState(), pacing, number: number, group: group)
    schedule.needsConfirmation = known.confirming.contains(name)
    if let held = pacing.heldUntil { schedule.heldUntil = monotonic(held, at: now) }
    schedules[name] = schedule
    numbered[number] = schedule
    agenda.add(number, group: group)
    if schedule.isPolled { agenda.set(number, due: firstDue(schedule, at: now)) }
  }

  private func change(_ schedule: Schedule, to polled: PolledSource, at now: Int64) {
    // Also where it did not change: the daemon's own settings go into each request.
    schedule.request = nil
    guard schedule.polled != polled else { return }
    schedule.polled = polled
    schedule.every = polled.source.firstInterval(schedule.pacing.pace)
    schedule.share = nil
    guard schedule.running == nil else { return }
    regroup(schedule, at: now)
    if schedule.isPolled {
      schedule.reason = .start
      agenda.set(schedule.number, due: max(now, schedule.heldUntil))
    }
  }

  /// Moves a source that does not run to the group of its present hosts.
  func regroup(_ schedule: Schedule, at now: Int64) {
    let group = number(of: schedule.polled.group, known: nil, at: now)
    guard group != schedule.group else { return }
    agenda.remove(schedule.number)
    agenda.add(schedule.number, group: group)
    schedule.group = group
  }

  private func number(of group: HostGroup, known: KeptHostGroup?, at now: Int64) -> Int {
    if let number = groups[group.name] { return number }
    let number = agenda.addGroup()
    groups[group.name] = number
    guard let known else { return number }
    agenda.change(group: number, at: now) { gate in
      if let held = known.heldUntil { gate.hold(until: monotonic(held, at: now)) }
      if let limit = known.limit, let ceiling = known.ceiling { gate.restore(limit: limit, ceiling: ceiling, at: now) }
    }
    return number
  }

  private func forget(_ schedule: Schedule) {
    schedules[schedule.name] = nil
    // One that runs leaves the agenda when its poll is over.
    if schedule.running == nil { leave(schedule) }
  }

  func leave(_ schedule: Schedule) {
    agenda.remove(schedule.number)
    numbered[schedule.number] = nil
    freeNumbers.append(schedule.number)
  }

  func startDue(at now: Int64) {
    while !isStopping, inflow.hasRoom(beside: agenda.recording, at: now), let (number, due) = agenda.take(at: now) {
      if let schedule = numbered[number] { start(schedule, due: due, at: now) }
    }
  }

  @discardableResult
  private func start(_ schedule: Schedule, due: Int64, at now: Int64) -> Poll {
    schedule.startedAt = now
    schedule.isAnswered = false
    let question = schedule.question(now: steady.now(at: now))
    let poll = Poll(schedule.polled, schedule.state, question, due: due, at: now)
    schedule.running = poll
    running += 1
    once?.polls[schedule.name] = poll
    // The number is this source's until its poll is over.
    let number = schedule.number
    if poll.isOfFile {
      answered(schedule, poll.report)
      goOn(schedule, poll, .nothing)
    } else if poller.ask(poll, heard: { [self] outcome in assumeIsolated { $0.heard(outcome, by: number) } }) {
      poll.period = inflow.noteStart(at: now)
    } else {
      goOn(schedule, poll, .nothing)
    }
    return poll
  }

  private func heard(_ outcome: FetchOutcome, by number: Int) {
    guard let schedule = numbered[number], let poll = schedule.running else { return }
    let heard = poller.hear(outcome, poll)
    inflow.noteAnswer(to: poll.period, isDocument: heard.isDocument, at: Clock.monotonic)
    if case .unchanged = heard { return finished(schedule, poll) }
    if case .success = outcome { answered(schedule, poll.report) }
    goOn(schedule, poll, heard)
  }

  /// Does what takes longer.
  private func goOn(_ schedule: Schedule, _ poll: Poll, _ heard: Heard) {
    documents += 1
    Task {
      await poller.read(
        heard, poll, for: self, admitted: { await enter($0, for: schedule) },
        answered: { answered(schedule, poll.report) })
      finished(schedule, poll)
    }
  }
}
