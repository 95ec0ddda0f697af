import TickerModel
import TickerText

/// A source as the daemon answers it.
struct SourceAnswer: Decodable {
  struct Stage: Decodable {
    let p50_ms: Double
    let p99_ms: Double
  }

  let source: String
  let state: String
  let url: String
  let group: String
  let interval: String
  let every_ms: Int
  let last_poll: String?
  let last_success: String?
  let next_poll: String?
  let why: String
  let polls: Int
  let status: Int?
  let answer: String?
  let failures: Int
  let since: String?
  let stage: String?
  let `class`: String?
  let reason: String?
  let items_per_hour: Double?
  let items_per_day: Double?
  let visible: Int?
  let last_move: String?
  let quiet_since: String?
  let delay_bound_ms: Int?
  let budget_ms: Int?
  let late: Int
  let identity: String?
  let moved_to: String?
  let held_until: String?
  let paused_since: String?
  let gone_since: String?
  let group_per_hour: Int?
  let stages: [String: Stage]
}

extension SourceAnswer {
  /// What the table shows of it, `now` being the time by which ages are told.
  func row(now: Timestamp) -> [String] {
    [
      source, state, Span.text(milliseconds: every_ms), Span.age(of: last_success, now: now) ?? "never",
      next(now: now), why, perDay, lastAnswer, delay_bound_ms.map { Span.text(milliseconds: $0) } ?? "-",
      time("fetch"),
    ]
  }

  static let header = ["SOURCE", "STATE", "EVERY", "LAST OK", "NEXT", "WHY", "/DAY", "ANSWER", "DELAY", "FETCH"]

  /// Marked where colours are.
  var needsPerson: Bool { ["failing", "gone", "quiet", "offline"].contains(state) }

  /// What a person should know beyond the row, a sentence each.
  var notes: [String] {
    var notes: [String] = []
    if let reason { notes.append("\(stage ?? "poll") (\(`class` ?? "")) since \(since ?? "now"): \(reason)") }
    if let quiet_since { notes.append("quiet since \(quiet_since)") }
    if let paused_since { notes.append("paused since \(paused_since); tickerd resume \(source)") }
    if let held_until { notes.append("its server asked for quiet until \(held_until)") }
    if let moved_to { notes.append("moved for good to \(moved_to); correct url") }
    if late > 0 { notes.append("\(late) lines came in below the oldest") }
    if identity == "link" || identity == "content" {
      notes.append("its guids tell nothing: entries are told apart by their \(identity ?? "")")
    }
    if let group_per_hour { notes.append("\(group) complained: \(group_per_hour) requests an hour for now") }
    return notes
  }

  /// Everything, a line for each member.
  func details(now: Timestamp) -> [[String]] {
    var lines = [
      ["source", source], ["state", state], ["url", url], ["host group", group],
      ["interval", interval + ", now " + Span.text(milliseconds: every_ms)],
      ["last success", last_success ?? "never"], ["next poll", (next_poll ?? "-") + " (" + why + ")"],
      ["last answer", lastAnswer], ["polls", "\(polls) since the start"], ["items a day", perDay],
    ]
    if let items_per_hour { lines.append(["learned rate", Self.short(items_per_hour) + " new an hour"]) }
    if let visible { lines.append(["visible", "\(visible)"]) }
    if let budget_ms { lines.append(["budget", "every " + Span.text(milliseconds: budget_ms)]) }
    if let delay_bound_ms { lines.append(["delay bound", Span.text(milliseconds: delay_bound_ms)]) }
    if let last_move { lines.append(["last new", last_move]) }
    for name in ["wait", "dns", "connect", "tls", "server", "fetch", "parse", "record", "delay"] {
      if stages[name] != nil { lines.append([name, time(name)]) }
    }
    return lines + notes.map { ["note", $0] }
  }

  private func next(now: Timestamp) -> String {
    guard let time = next_poll.flatMap(Timestamp.init(rfc3339:)) else { return "-" }
    return Span.text(milliseconds: max(0, Int(time.since(now).inMilliseconds)))
  }

  private var perDay: String { items_per_day.map(Self.short) ?? "-" }

  private var lastAnswer: String {
    guard let status else { return answer ?? "-" }
    return answer == nil || status == 304 ? "\(status)" : "\(status) \(answer ?? "")"
  }

  /// Half and nearly all of its polls took no longer.
  private func time(_ stage: String) -> String {
    guard let times = stages[stage] else { return "-" }
    return Span.text(milliseconds: times.p50_ms) + "/" + Span.text(milliseconds: times.p99_ms)
  }

  /// Two digits, or all before the point.
  private static func short(_ number: Double) -> String {
    guard number < 9.95 else { return "\(Int(number.rounded()))" }
    let tenths = Int((number * 10).rounded())
    return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
  }
}

/// Spans of time for tables: two units at most, `2m10s`, `45ms`.
enum Span {
  static func text(milliseconds: Int) -> String { text(milliseconds: Double(milliseconds)) }

  static func text(milliseconds: Double) -> String {
    if milliseconds < 0.95 { return milliseconds <= 0 ? "0s" : "\(max(1, Int((milliseconds * 1000).rounded())))us" }
    if milliseconds < 999.5 { return "\(Int(milliseconds.rounded()))ms" }
    if milliseconds < 9950 {
      let tenths = Int((milliseconds / 100).rounded())
      return tenths % 10 == 0 ? "\(tenths / 10)s" : "\(tenths / 10).\(tenths % 10)s"
    }
    let seconds = Int((milliseconds / 1000).rounded())
    if seconds < 60 { return "\(seconds)s" }
    if seconds < 3600 { return pair(seconds, 60, "m", 1, "s") }
    return seconds < 86_400 ? pair(seconds, 3600, "h", 60, "m") : pair(seconds, 86_400, "d", 3600, "h")
  }

  /// How long ago a time of RFC 3339 was; nil for none.
  static func age(of time: String?, now: Timestamp) -> String? {
    guard let time = time.flatMap(Timestamp.init(rfc3339:)) else { return nil }
    return text(milliseconds: max(0, Int(now.since(time).inMilliseconds))) + " ago"
  }

  private static func pair(_ seconds: Int, _ large: Int, _ one: String, _ small: Int, _ other: String) -> String {
    let rest = seconds % large / small
    return "\(seconds / large)\(one)" + (rest == 0 ? "" : "\(rest)\(other)")
  }
}
