import CLinux
import Logging
import TickerModel
import TickerStore

// What is done now and then: shares of the budget, and keeping on disk what was learned.
extension Scheduler {
  /// What a crash may cost of what was learned.
  static let saveEvery = Duration.seconds(600).inNanoseconds
  /// Rates are learned over hours; a share that is some seconds old is as good.
  private static let rebalanceEvery = Duration.seconds(10).inNanoseconds
  /// Rows of one transaction, so that no poll waits long for the writer.
  private static let rowsPerSave = 200

  func lookAfter(at now: Int64) {
    guard now >= nextUpkeep else { return }
    if let change = steady.follow() {
      log.notice("the clock was set by \(Int(change.inSeconds)) s")
      for schedule in schedules.values { schedule.pacing.pace.shift(by: change) }
    }
    share(at: now)
    if now >= nextSave {
      nextSave = now + Self.saveEvery
      Task { await save() }
    }
    nextUpkeep = now + Self.rebalanceEvery
  }

  /// What many documents needed for some moments stays with the threads that had it, tens of megabytes after a start.
  func giveBackMemory(at now: Int64) {
    guard documents >= Self.documentsPerTrim, agenda.recording == 0, now >= nextTrim else { return }
    documents = 0
    nextTrim = now + Self.trimEvery
    Task {
      await poller.store.shrink()
      await Self.trimMemory()
    }
  }

  private static let documentsPerTrim = 32
  /// It takes some milliseconds, in which others wait for memory.
  private static let trimEvery = Duration.seconds(5).inNanoseconds

  @concurrent private static func trimMemory() async { clinux_trim_memory() }

  /// Spreads the budget over the adaptive sources that are well.
  private func share(at now: Int64) {
    guard let budget else {
      isBudgetTooSmall = false
      for schedule in schedules.values { schedule.share = nil }
      return
    }
    let sharing = schedules.values.filter { $0.isAdaptive && $0.isPolled && $0.state.failures == 0 }
    let time = steady.now(at: now)
    let shares = BudgetShares(sharing.map { $0.claim(at: time) }, perSecond: budget.perSecond)
    if shares.isTooSmall, !isBudgetTooSmall {
      log.warning("request_budget \(budget.text) is too small for \(sharing.count) adaptive sources: all wait longer")
    }
    isBudgetTooSmall = shares.isTooSmall
    for (schedule, interval) in zip(sharing, shares.intervals) {
      schedule.share = .seconds(interval)
      // What waits for an interval that was longer comes forward.
      guard schedule.running == nil, [.adaptive, .budget].contains(schedule.reason), schedule.startedAt > 0,
        let due = agenda.due(schedule.number)
      else { continue }
      let sooner = max(now, schedule.startedAt + Duration.seconds(interval).inNanoseconds)
      if sooner < due, due > now { agenda.set(schedule.number, due: sooner) }
    }
  }

  /// Keeps what was learned since the last time.
  func save() async {
    let unsaved = schedules.values.filter(\.isUnsaved)
    var rows = unsaved.map { (source: $0.name, pacing: $0.pacing) }[...]
    for schedule in unsaved { schedule.isUnsaved = false }
    await saveGroups()
    while !rows.isEmpty {
      await keep(Array(rows.prefix(Self.rowsPerSave)))
      rows = rows.dropFirst(Self.rowsPerSave)
    }
  }

  /// Keeps one source's row without waiting for it.
  func saveSoon(_ schedule: Schedule) {
    schedule.isUnsaved = false
    let row = (source: schedule.name, pacing: schedule.pacing)
    Task { await keep([row]) }
  }

  func saveGroupsSoon() { Task { await saveGroups() } }

  private func keep(_ rows: [(source: String, pacing: SourcePacing)]) async {
    do throws(StoreError) {
      try await poller.store.keep(rows)
    } catch {
      guard trouble.kind != error.kind else { return }
      log.error("what was learned of \(rows.count) sources could not be kept: \(error.message)")
    }
  }

  private func saveGroups() async {
    let now = Clock.monotonic
    let rows = unsavedGroups.compactMap { name -> (name: String, group: KeptHostGroup)? in
      guard let number = groups[name] else { return nil }
      let gate = agenda.gate(of: number)
      let held = gate.heldUntil > now ? Clock.now + .nanoseconds(gate.heldUntil - now) : nil
      return (name, KeptHostGroup(heldUntil: held, limit: gate.learned?.limit, ceiling: gate.learned?.ceiling))
    }
    unsavedGroups = []
    guard !rows.isEmpty else { return }
    do throws(StoreError) {
      try await poller.store.keep(rows)
    } catch {
      guard trouble.kind != error.kind else { return }
      log.error("what host groups asked for could not be kept: \(error.message)")
    }
  }
}

extension Schedule {
  /// What it asks of the budget.
  fileprivate func claim(at now: Timestamp) -> BudgetShares.Claim {
    let bounds = polled.source.bounds
    let asked = hint(at: now).map { min($0, bounds.upperBound) } ?? .zero
    let shortest = max(bounds.lowerBound, asked).inSeconds
    let safe = pacing.pace.longestSafe(at: now)?.inSeconds ?? .infinity
    return BudgetShares.Claim(
      rate: max(pacing.pace.rate(at: now), Self.leastRate), shortest: shortest,
      longest: max(shortest, min(bounds.upperBound.inSeconds, safe)))
  }

  /// Items a second; a source that brings one in four months is as good as silent.
  private static let leastRate = 1e-7
}
