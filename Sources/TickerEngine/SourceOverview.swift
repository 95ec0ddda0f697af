import TickerModel
import TickerStore
import TickerText

/// A source as `sources` and `status` tell it.
struct SourceOverview: Sendable {
  let polled: PolledSource
  let state: SourceState
  let pacing: SourcePacing
  let nextPoll: Timestamp?
  let reason: DueReason
  /// Before this its servers want no request.
  let heldUntil: Timestamp?
  /// Between two polls as things are.
  let every: Duration
  let share: Duration?
  /// New items a second.
  let rate: Double
  /// Requests a second that its host group may get, where one complained.
  let groupLimit: Double?
  let times: StageTimes
  let isRunning: Bool
  let cutOff: SourceFault?
  let polls: Int
  let lastStatus: Int?
  let lastAnswer: PollAnswer?
  let lateLines: Int
  let latePolls: Int
  /// Since the start.
  let cutEvents: Int
  let feedIdentity: FeedIdentity.Rule?

  init(
    _ schedule: Schedule, nextPoll: Timestamp?, reason: DueReason, heldUntil: Timestamp?, rate: Double,
    groupLimit: Double?
  ) {
    polled = schedule.polled
    state = schedule.state
    pacing = schedule.pacing
    self.nextPoll = nextPoll
    self.reason = reason
    self.heldUntil = heldUntil
    every = schedule.every
    share = schedule.share
    self.rate = rate
    self.groupLimit = groupLimit
    times = schedule.times
    isRunning = schedule.running != nil
    cutOff = schedule.cutOff
    polls = schedule.polls
    lastStatus = schedule.lastStatus
    lastAnswer = schedule.lastAnswer
    lateLines = schedule.lateLines
    latePolls = schedule.latePolls
    cutEvents = schedule.cutEvents
    feedIdentity = schedule.feedIdentity
  }
}

extension SourceOverview {
  /// `ok`, or the first of these that is so.
  private enum Word: String {
    case paused, gone, offline, failing, waiting, quiet, ok
  }

  private var word: Word {
    if pacing.pausedAt != nil { return .paused }
    if pacing.goneAt != nil { return .gone }
    if cutOff != nil { return .offline }
    if state.failures > 0 { return .failing }
    if state.lastSuccess == nil { return .waiting }
    return isQuiet ? .quiet : .ok
  }

  var isWell: Bool { word == .ok && !looksReversed }

  /// `source.quiet` was announced, and nothing has moved since.
  var isQuiet: Bool { pacing.pace.isQuiet && pacing.pausedAt == nil && polled.source.quietAfter != .never }

  /// Polls on end that brought lines below the oldest and nothing above it, before the order is doubted.
  private static let doubtfulPolls = 3

  var looksReversed: Bool { latePolls >= Self.doubtfulPolls }

  /// What is unknown is absent. Durations end in `_ms`; `stages` has `p50_ms` and `p99_ms` of each.
  var json: JSONText {
    var json = JSONText(reserving: 1024)
    json.member("source", polled.source.name)
    json.member("state", word.rawValue)
    json.member("url", polled.url.shown)
    json.member("group", polled.group.name)
    json.member("interval", polled.source.interval.text)
    json.member("every_ms", Int(every.inMilliseconds))
    json.member("last_poll", state.lastPoll?.text)
    json.member("last_success", state.lastSuccess?.text)
    json.member("next_poll", nextPoll?.text)
    json.member("why", isRunning ? "running" : reason.rawValue)
    json.member("polls", polls)
    if let lastStatus { json.member("status", lastStatus) }
    json.member("answer", lastAnswer?.rawValue)
    tellFaults(&json)
    tellPace(&json)
    json.member("late", lateLines)
    json.member("identity", feedIdentity?.rawValue)
    json.member("moved_to", pacing.moved?.to)
    json.member("held_until", heldUntil?.text)
    json.member("paused_since", pacing.pausedAt?.text)
    json.member("gone_since", pacing.goneAt?.text)
    if let groupLimit { json.member("group_per_hour", Int((groupLimit * 3600).rounded())) }
    json.member("stages", object: stages)
    return json
  }

  private func tellFaults(_ json: inout JSONText) {
    let fault = cutOff ?? state.fault
    json.member("failures", state.failures)
    json.member("since", state.failingSince?.text)
    json.member("stage", fault?.stage.rawValue)
    json.member("class", fault?.class)
    json.member("reason", fault?.reason)
  }

  private func tellPace(_ json: inout JSONText) {
    let pace = pacing.pace
    if pace.since != nil {
      json.member("items_per_hour", number: rate * 3600)
      json.member("visible", pace.visible)
    }
    if let perDay = pace.itemsPerDay { json.member("items_per_day", number: perDay) }
    json.member("last_move", pace.lastMove?.text)
    if isQuiet { json.member("quiet_since", pace.lastMove?.text) }
    if let delay = pace.delayBound { json.member("delay_bound_ms", Int(delay.inMilliseconds)) }
    if let share { json.member("budget_ms", Int(share.inMilliseconds)) }
  }

  private var stages: JSONText {
    var stages = JSONText()
    for stage in StageTimes.Stage.allCases {
      guard let half = times.quantile(0.5, of: stage), let most = times.quantile(0.99, of: stage) else { continue }
      var row = JSONText()
      row.member("p50_ms", number: half.inSeconds * 1000)
      row.member("p99_ms", number: most.inSeconds * 1000)
      stages.member(stage.key, object: row)
    }
    return stages
  }
}

extension JSONText {
  /// To a hundredth.
  fileprivate mutating func member(_ key: StaticString, number: Double) {
    let hundredths = Int((min(max(number, 0), 1e12) * 100).rounded())
    let rest = hundredths % 100
    let text = rest == 0 ? "\(hundredths / 100)" : "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
    member(key, json: Array(text.utf8))
  }
}
