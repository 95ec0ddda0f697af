import Logging
import TickerFetch
import TickerModel
import TickerStore

// What a poll that is over means for the next one.
extension Scheduler {
  /// A server that asks for more quiet than this is mistaken (SPEC §6).
  private static let longestHold = Duration.seconds(86_400)
  /// While the machine has no network somebody is asked at least so often, to notice when it is back.
  private static let longestOffline = Duration.seconds(60)

  /// Between two looks at a gate that is shut: as long as a quick request takes.
  private static let gateLook = Duration.milliseconds(20)

  /// The server has answered: its gate is free for others while the document is parsed and recorded.
  func answered(_ schedule: Schedule, _ report: PollReport) {
    let now = Clock.monotonic
    schedule.isAnswered = true
    hold(schedule, report, at: now)
    agenda.release(schedule.number, report.gateAnswer, at: now)
    leaveFollowed(schedule, report, at: now)
    if let learned = report.gateAnswer.isComplaint { noteGroup(schedule, learned) }
    if let next = agenda.next { thread.ring(by: max(next, now + Self.slack)) }
  }

  /// Waits at the gate of a feed that a page leads to: page and feed are two requests, often of one host. False where it
  /// stays shut for as long as the source's timeout. Who waits here is no source that is due: the gate is looked at
  /// again and again, which few pages ask for, and those once in some days.
  func enter(_ feed: String, for schedule: Schedule) async -> Bool {
    let source = schedule.polled.source
    guard let group = groups[HostGroup(url: feed, override: source.hostGroup).name] else { return true }
    let end = Clock.monotonic + source.timeout.inNanoseconds
    while !isStopping {
      let now = Clock.monotonic
      let gate = agenda.gate(of: group)
      if gate.opens(at: now) <= now, gate.running < agenda.perHost {
        agenda.change(group: group, at: now) { $0.start(at: now) }
        schedule.followed = group
        return true
      }
      guard now < end, (try? await Task.sleep(for: Self.gateLook)) != nil else { return false }
    }
    return false
  }

  private func leaveFollowed(_ schedule: Schedule, _ report: PollReport, at now: Int64) {
    guard let group = schedule.followed else { return }
    schedule.followed = nil
    agenda.change(group: group, at: now) { $0.finish(report.gateAnswer, at: now) }
  }

  func finished(_ schedule: Schedule, _ poll: Poll) {
    running -= 1
    defer {
      poll.finish()
      if once != nil { thread.ring() }
    }
    let report = poll.report
    let now = Clock.monotonic
    leaveFollowed(schedule, report, at: now)
    guard report.fault?.isCancellation != true else { return }
    agenda.finish(schedule.number, report.gateAnswer, at: now, isFailing: report.fault != nil)
    guard schedules[report.source] === schedule else { return leave(schedule) }
    tell(report, before: schedule.state)
    tell(report.feedIdentity, of: report.source, before: schedule.feedIdentity)
    let elapsed = elapsed(of: schedule)
    schedule.note(report, waited: schedule.startedAt - poll.due, elapsed: elapsed)
    schedule.take(report)
    remember(report, poll.question, of: schedule, at: now)
    if !schedule.isAnswered { hold(schedule, report, at: now) }
    if report.fault == nil { learn(report, elapsed: elapsed, of: schedule, at: now) }
    if schedule.group != groups[schedule.polled.group.name] { regroup(schedule, at: now) }
    if schedule.isPolled, once == nil {
      let next = next(after: poll.due, report, of: schedule, elapsed: elapsed, at: now)
      agenda.set(schedule.number, due: max(next, schedule.heldUntil))
      if schedule.heldUntil > next { schedule.reason = .retryAfter }
    }
    if let change = report.lineChange { tell(change, of: schedule, at: now) }
    if once != nil { return }
    // Who only became due meanwhile starts together with others.
    if agenda.isGateFree(at: now) { startDue(at: now) }
    if let next = agenda.next { thread.ring(by: max(next, now + Self.slack)) }
  }
}

extension Scheduler {
  /// Between the starts of the last successful poll and of this one; nil where nobody looked for long.
  private func elapsed(of schedule: Schedule) -> Duration? {
    if schedule.succeededAt > 0 { return .nanoseconds(schedule.startedAt - schedule.succeededAt) }
    guard let last = schedule.state.lastSuccess else { return nil }
    let elapsed = steady.now(at: schedule.startedAt).since(last)
    return elapsed > .zero && elapsed <= Pace.longestLook ? elapsed : nil
  }

  /// What the answer says for ever: moved, gone, or come whole.
  private func remember(_ report: PollReport, _ question: PollQuestion, of schedule: Schedule, at now: Int64) {
    let before = schedule.pacing
    let time = steady.now(at: now)
    if let hints = report.hints { schedule.pacing.hints = hints }
    if report.fault == nil {
      if question.isWhole || report.answer == .changed || before.fullAt == nil { schedule.pacing.fullAt = time }
      schedule.pacing.goneAt = nil
    } else if report.status == Poller.gone {
      schedule.pacing.goneAt = time
    } else if question.isWhole, report.status == 304 {
      // It answers so whatever it is asked; the next question has conditions again, and is understood.
      schedule.pacing.fullAt = time
    }
    if let feed = report.followed, report.fault == nil {
      schedule.pacing.moved = schedule.polled.moved(to: feed)
    } else if let final = report.finalURL {
      // A moved page may have moved on; what is asked then began at the last place.
      schedule.pacing.moved = schedule.polled.moved(to: final)
    } else if question.movedTo != nil, report.fault != nil, !report.isCutOff {
      // The old address knows better.
      schedule.pacing.moved = nil
    } else if question.movedTo == nil, report.fault == nil, question.again == nil {
      schedule.pacing.moved = nil
    }
    if schedule.polled.target(of: before.moved) != schedule.polled.target(of: schedule.pacing.moved) {
      schedule.request = nil
    }
    if let moved = schedule.pacing.moved, moved != before.moved {
      let told =
        report.followed == nil
        ? "moved for good to \(moved.to); correct url"
        : "the page leads to its feed \(moved.to), which is polled in its place; write select to read the page itself"
      log.notice("\(told)", metadata: ["source": "\(schedule.name)"])
    }
    schedule.isUnsaved = true
    if schedule.pacing.moved != before.moved || schedule.pacing.goneAt != before.goneAt { saveSoon(schedule) }
  }

  /// Obeys `Retry-After`: the source always, its whole group where the server complains of too many requests.
  private func hold(_ schedule: Schedule, _ report: PollReport, at now: Int64) {
    guard let wait = report.retryAfter.map({ min($0, Self.longestHold) }), wait > .zero else {
      schedule.heldUntil = 0
      schedule.pacing.heldUntil = nil
      return
    }
    schedule.heldUntil = now + wait.inNanoseconds
    schedule.pacing.heldUntil = Clock.now + wait
    saveSoon(schedule)
    guard report.status == 429 || report.status == 503 else { return }
    agenda.change(group: schedule.group, at: now) { $0.hold(until: schedule.heldUntil) }
    unsavedGroups.insert(schedule.polled.group.name)
    saveGroupsSoon()
  }

  private func noteGroup(_ schedule: Schedule, _ isComplaint: Bool) {
    let hasLimit = agenda.gate(of: schedule.group).limit != nil
    if isComplaint || hasLimit { unsavedGroups.insert(schedule.polled.group.name) }
  }

  private func learn(_ report: PollReport, elapsed: Duration?, of schedule: Schedule, at now: Int64) {
    let time = steady.now(at: now)
    schedule.pacing.pace.learn(report.finding, elapsed: elapsed, now: time)
    schedule.freshFor = report.freshFor
    schedule.succeededAt = schedule.startedAt
    let rule = schedule.polled.source.quietAfter
    guard let since = schedule.pacing.pace.lastMove, schedule.pacing.pace.isSilenceTelling(at: time, rule) else {
      return
    }
    schedule.pacing.pace.isQuiet = true
    let missing = rule == .auto ? schedule.pacing.pace.missing(from: since, to: time) : nil
    let event = SourceEvents.quiet(schedule.name, since: since, missing: missing, now: Clock.now)
    log.notice("\(event.condition?.reason ?? "quiet")", metadata: ["source": "\(schedule.name)"])
    let name = schedule.name
    Task { [store = poller.store, log] in
      do throws(StoreError) {
        try await store.tell(event)
      } catch {
        log.error("source.quiet could not be recorded: \(error.message)", metadata: ["source": "\(name)"])
      }
    }
    saveSoon(schedule)
  }

  /// When the source is due next, and why.
  private func next(
    after due: Int64, _ report: PollReport, of schedule: Schedule, elapsed: Duration?, at now: Int64
  ) -> Int64 {
    if report.isCutOff {
      schedule.reason = .offline
      return now + (min(schedule.every, Self.longestOffline) * (1 - Backoff.jitter * chance())).inNanoseconds
    }
    if report.fault != nil {
      schedule.reason = .backoff
      let failures = max(1, schedule.state.failures)
      return now + Backoff.wait(after: failures, interval: schedule.every, random: chance()).inNanoseconds
    }
    switch schedule.polled.source.interval {
    case .every(let interval):
      schedule.reason = .interval
      schedule.every = interval
      return Due.next(after: due, every: interval.inNanoseconds, place: schedule.place, now: now)
    case .adaptive:
      let wait = adaptive(report, of: schedule, elapsed: elapsed, at: now)
      let bounds = min(wait, schedule.polled.source.minInterval)...max(wait, schedule.polled.source.maxInterval)
      // What a server asked for is a least time, counted from its answer.
      if schedule.reason == .hint {
        return max(now, schedule.startedAt) + (wait * (1 + Due.jitter * chance())).inNanoseconds
      }
      // Nor does the variation of what was learned fall short of it.
      let least = min(schedule.hint(at: steady.now(at: now)) ?? .zero, wait)
      let varied = max(Due.varied(wait, within: bounds, random: chance()), least)
      return max(now, schedule.startedAt + varied.inNanoseconds)
    }
  }

  /// 0 up to 1. The system's own numbers cost a call to it each.
  private func chance() -> Double { Double.random(in: 0..<1, using: &jitter) }

  /// What was learned or the budget gives, and not less than server and document ask for; within the bounds.
  private func adaptive(_ report: PollReport, of schedule: Schedule, elapsed: Duration?, at now: Int64) -> Duration {
    let source = schedule.polled.source
    let time = steady.now(at: now)
    let learned = schedule.pacing.pace.next(after: report.finding, elapsed: elapsed, now: time, within: source.bounds)
    let base = schedule.share ?? learned
    schedule.reason = schedule.share == nil ? .adaptive : .budget
    schedule.every = base
    guard let hint = schedule.hint(at: time), hint > base else { return base }
    schedule.reason = .hint
    schedule.every = max(base, min(hint, source.bounds.upperBound))
    return schedule.every
  }
}

extension Schedule {
  /// How long server and document ask to wait after a good answer; nil where they do not.
  ///
  /// What a document says of itself in general (`ttl`, `sy:`) does not go beyond the time in which its window turns over.
  func hint(at now: Timestamp) -> Duration? {
    var hint = freshFor
    if let general = pacing.hints.wait {
      let safe = pacing.pace.longestSafe(at: now).map { min(general, $0) } ?? general
      hint = max(hint ?? .zero, safe)
    }
    if let silent = pacing.hints.silentUntil(from: now) { hint = max(hint ?? .zero, silent.since(now)) }
    return hint
  }
}

extension PollReport {
  /// What the gate of the host group learns from it.
  fileprivate var gateAnswer: HostGate.Answer {
    switch status {
    case .some(200..<300), 304: .served
    case 429: .tooMuch
    case 503 where retryAfter != nil: .tooMuch
    case 403: .refused
    default: .other
    }
  }
}

extension HostGate.Answer {
  /// Nil where it says nothing about the pace.
  fileprivate var isComplaint: Bool? {
    switch self {
    case .other: nil
    case .served: false
    case .tooMuch, .refused: true
    }
  }
}
