import Logging
import TickerFetch
import TickerModel
import TickerStore

// What operators ask and say.
extension Scheduler {
  /// Polls a source no more until ``resume(_:)``, also after a restart. Since when; nil for an unknown source.
  func pause(_ name: String) async -> Timestamp? {
    guard let schedule = schedules[name] else { return nil }
    if let since = schedule.pacing.pausedAt { return since }
    let now = Clock.now
    schedule.pacing.pausedAt = now
    agenda.cancel(schedule.number)
    log.notice("paused", metadata: ["source": "\(name)"])
    await keepNow(schedule)
    return now
  }

  /// Polls a source again that was paused, or is gone; soon, but for what its server asked. False for an unknown one.
  func resume(_ name: String) async -> Bool {
    guard let schedule = schedules[name] else { return false }
    guard !schedule.isPolled else { return true }
    schedule.pacing.pausedAt = nil
    schedule.pacing.goneAt = nil
    log.notice("resumed", metadata: ["source": "\(name)"])
    if schedule.running == nil {
      schedule.reason = .start
      agenda.set(schedule.number, due: max(Clock.monotonic, schedule.heldUntil))
      thread.ring()
    }
    await keepNow(schedule)
    return true
  }

  private func keepNow(_ schedule: Schedule) async {
    schedule.isUnsaved = true
    await save()
  }

  /// How many sources there are, and how many of them fail.
  func census() -> (sources: Int, failing: Int) {
    (schedules.count, schedules.values.count { $0.state.failures > 0 })
  }

  /// A row for each source, in name order, from the first behind `after` on; at most `most`.
  func overview(after: String = "", most: Int = .max) -> [SourceOverview] {
    let names = schedules.keys.filter { $0 > after }.sorted().prefix(most)
    let now = Clock.monotonic
    return names.compactMap { name in
      guard let schedule = schedules[name] else { return nil }
      let due = schedule.running == nil ? agenda.due(schedule.number) : now
      let isWaiting = agenda.isWaiting(schedule.number)
      let gate = agenda.gate(of: schedule.group)
      let opens = isWaiting ? max(due ?? now, gate.opens(at: now)) : due
      return SourceOverview(
        schedule, nextPoll: opens.map { Clock.now + .nanoseconds(max(0, $0 - now)) },
        reason: schedule.dueReason(isWaiting: isWaiting), heldUntil: heldUntil(schedule),
        rate: schedule.pacing.pace.rate(at: steady.now(at: now)), groupLimit: gate.limit)
    }
  }

  /// Whether the machine itself seems to have no network, and whether the budget is too small: for `status`.
  var problems: [String] {
    let line = poller.line.isLost ? ["this machine seems to have no network: nobody answers"] : []
    let budget = isBudgetTooSmall ? ["request_budget is too small: sources wait longer than their max_interval"] : []
    return line + budget
  }

  /// The time at which a server that asked for quiet may be asked again; nil when it did not.
  func heldUntil(_ schedule: Schedule) -> Timestamp? {
    let now = Clock.monotonic
    let held = max(schedule.heldUntil, agenda.gate(of: schedule.group).heldUntil)
    return held > now ? Clock.now + .nanoseconds(held - now) : nil
  }

  /// Nanoseconds of the monotonic clock.
  func monotonic(_ time: Timestamp, at now: Int64) -> Int64 { now + time.since(Clock.now).inNanoseconds }

  /// At its own place within the spread, so that a start does not poll everybody at once; never before its interval
  /// has passed since the last poll, nor before its server wants it.
  func firstDue(_ schedule: Schedule, at now: Int64) -> Int64 {
    let spread = min(schedule.every, Self.startSpread)
    let rest = schedule.state.lastPoll.map { schedule.every - max(.zero, Clock.now.since($0)) } ?? .zero
    return max(now + max(spread * schedule.place, rest).inNanoseconds, schedule.heldUntil)
  }

  /// At start, and when the network is back, polls are spread over this long, or the interval if that is less.
  private static let startSpread = Duration.seconds(10)

  func tell(_ change: Connectivity.Change, of schedule: Schedule, at now: Int64) {
    switch change {
    case .lost:
      log.warning("nobody answers any more: this machine seems to have no network; no source is held to have failed")
    case .back:
      let waiting = schedules.values.filter { $0.cutOff != nil && $0.running == nil && $0.isPolled }
      log.notice("the network is back; \(waiting.count) sources are asked again")
      for schedule in waiting {
        schedule.reason = .start
        let spread = min(schedule.every, Self.startSpread) * schedule.place
        agenda.set(schedule.number, due: max(now + spread.inNanoseconds, schedule.heldUntil))
      }
    }
  }

  /// A feed whose guids do not tell its entries apart says so once.
  func tell(_ identity: FeedIdentity.Rule?, of source: String, before: FeedIdentity.Rule?) {
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
  func tell(_ report: PollReport, before: SourceState) {
    if let fault = report.fault {
      let isNews = report.storeFault.map { trouble.failed(report.source, $0) } ?? (fault != before.fault)
      if isNews, !report.isCutOff {
        tell(.warning, "\(fault.stage.rawValue) failed (\(fault.class)): \(fault.reason)", of: report)
      }
    } else {
      let heldUp = report.recording == nil ? nil : trouble.recorded(report.source)
      if let heldUp, heldUp > 1 { log.notice("what is found can be recorded again; \(heldUp) sources were held up") }
      // Of several that the store held up, one speaks for all.
      if before.failures > 0, heldUp == 1 || before.fault?.stage != .record {
        let polls = before.failures == 1 ? "poll" : "polls"
        tell(.notice, "works again after \(before.failures) failed \(polls)", of: report)
      }
    }
    for notice in report.notices { tell(.notice, notice, of: report) }
    if !report.events.isEmpty { tell(.info, "\(report.events.count) events", of: report) }
  }

  private func tell(_ level: Logger.Level, _ text: String, of report: PollReport) {
    log.log(level: level, "\(text)", metadata: ["source": "\(report.source)"])
  }
}

extension Schedule {
  fileprivate func dueReason(isWaiting: Bool) -> DueReason {
    if pacing.pausedAt != nil { return .paused }
    if pacing.goneAt != nil { return .gone }
    return isWaiting ? .host : reason
  }
}
