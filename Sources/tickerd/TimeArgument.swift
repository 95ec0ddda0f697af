import Glibc
import TickerModel
import TickerSocket

/// A time as a person types it. What has no zone is local, as systemd.time(7) has it.
enum TimeArgument {
  /// Takes what the socket takes, `-1h` and RFC 3339, and `now`, `today`, `yesterday`, `2026-11-23`, `2026-11-23 14:02`,
  /// `14:02:30`; a date alone is its beginning. Nil when it is none of these, or no such day.
  static func moment(_ text: String, now: Timestamp = .now) -> SubscribeRequest.Moment? {
    if let moment = CommandParser.moment(text) { return moment }
    let today = calendar(now)
    switch text {
    case "now": return .at(now)
    case "today": return time(today).map { .at($0) }
    case "yesterday": return time((today.year, today.month, today.day - 1)).map { .at($0) }
    default: break
    }
    if let clock = clock(text[...]) { return time(today, clock).map { .at($0) } }
    guard let parts = text.wholeMatch(of: /(\d{4})-(\d\d)-(\d\d)(?:[ T](.+))?/),
      let year = Int(parts.1), let month = Int(parts.2), let day = Int(parts.3),
      Timestamp(year: year, month: month, day: day) != nil
    else { return nil }
    guard let given = parts.4 else { return time((year, month, day)).map { .at($0) } }
    return clock(given).flatMap { time((year, month, day), $0) }.map { .at($0) }
  }

  private typealias Day = (year: Int, month: Int, day: Int)
  private typealias Clock = (hour: Int, minute: Int, second: Int)

  private static func clock(_ text: Substring) -> Clock? {
    guard let parts = text.wholeMatch(of: /(\d\d?):(\d\d)(?::(\d\d))?/), let hour = Int(parts.1),
      let minute = Int(parts.2), let second = Int(parts.3 ?? "0"), hour < 24, minute < 60, second < 60
    else { return nil }
    return (hour, minute, second)
  }

  private static func calendar(_ time: Timestamp) -> Day {
    var seconds = time_t(time.milliseconds / 1000)
    var fields = tm()
    localtime_r(&seconds, &fields)
    return (Int(fields.tm_year) + 1900, Int(fields.tm_mon) + 1, Int(fields.tm_mday))
  }

  /// mktime(3) takes a day before the first of a month for what it is.
  private static func time(_ day: Day, _ clock: Clock = (0, 0, 0)) -> Timestamp? {
    var fields = tm()
    fields.tm_year = Int32(day.year - 1900)
    fields.tm_mon = Int32(day.month - 1)
    fields.tm_mday = Int32(day.day)
    fields.tm_hour = Int32(clock.hour)
    fields.tm_min = Int32(clock.minute)
    fields.tm_sec = Int32(clock.second)
    // Whether summer time holds is for the time zone to know.
    fields.tm_isdst = -1
    let seconds = mktime(&fields)
    return seconds == -1 ? nil : Timestamp(seconds: Int64(seconds))
  }
}
