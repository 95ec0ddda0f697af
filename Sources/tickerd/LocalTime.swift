import CLinux
import Glibc
import TickerModel

extension Timestamp {
  /// By this machine's clock.
  static var now: Timestamp { Timestamp(milliseconds: clinux_realtime() / 1_000_000) }
}

/// Times as a person at this terminal reads them.
enum LocalTime {
  /// `2026-11-23T15:02:00+01:00` in the time zone of the process.
  static func text(_ time: Timestamp) -> String {
    var seconds = time_t(time.milliseconds / 1000)
    var fields = tm()
    guard localtime_r(&seconds, &fields) != nil,
      let local = Timestamp(
        year: Int(fields.tm_year) + 1900, month: Int(fields.tm_mon) + 1, day: Int(fields.tm_mday),
        hour: Int(fields.tm_hour), minute: Int(fields.tm_min), second: Int(fields.tm_sec))
    else { return time.textToTheSecond }
    let minutes = abs(fields.tm_gmtoff) / 60
    let offset = [minutes / 60, minutes % 60].map { ($0 < 10 ? "0" : "") + String($0) }.joined(separator: ":")
    return local.textToTheSecond.dropLast() + (fields.tm_gmtoff < 0 ? "-" : "+") + offset
  }
}
