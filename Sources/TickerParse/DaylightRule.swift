import TickerModel

/// When a zone's clocks change in the years to come, as the end of its file says: `CET-1CEST,M3.5.0,M10.5.0/3` (POSIX,
/// Base Definitions, section 8.3, with the hours of RFC 8536). Pure value.
struct DaylightRule {
  /// The last (5) or another week's day of a month, Sunday being 0, and seconds after its midnight.
  private struct Change {
    let month, week, weekday, time: Int

    /// Seconds since 1970 on the clocks before the change.
    func local(in year: Int) -> Int64? {
      guard let first = Timestamp(year: year, month: month, day: 1) else { return nil }
      let day = first.milliseconds / 86_400_000
      // 1970-01-01 was a Thursday.
      var date = 1 + (weekday - Int((day % 7 + 7 + 4) % 7) + 7) % 7 + (week - 1) * 7
      while Timestamp(year: year, month: month, day: date) == nil { date -= 7 }
      return (day + Int64(date - 1)) * 86_400 + Int64(time)
    }
  }

  /// Seconds east of UTC.
  private let standard, daylight: Int
  private let changes: (start: Change, end: Change)?

  /// Nil when it is written in another way.
  init?(_ text: String) {
    var scanner = Scanner(text)
    guard scanner.name(), let west = scanner.time() else { return nil }
    standard = -west
    guard !scanner.isAtEnd else {
      (daylight, changes) = (standard, nil)
      return
    }
    guard scanner.name() else { return nil }
    daylight = scanner.next == UInt8(ascii: ",") ? standard + 3600 : -(scanner.time() ?? 0)
    guard let start = scanner.change(), let end = scanner.change(), scanner.isAtEnd else { return nil }
    changes = (start, end)
  }

  /// Seconds east of UTC at a moment, in seconds since 1970.
  func offset(at seconds: Int64) -> Int {
    let year = Timestamp(seconds: seconds + Int64(standard)).calendar.year
    guard let changes, let start = changes.start.local(in: year), let end = changes.end.local(in: year) else {
      return standard
    }
    let (begin, finish) = (start - Int64(standard), end - Int64(daylight))
    let isDaylight = begin < finish ? seconds >= begin && seconds < finish : seconds >= begin || seconds < finish
    return isDaylight ? daylight : standard
  }

  private struct Scanner {
    private var rest: Substring.UTF8View

    init(_ text: String) { rest = Substring(text).utf8 }

    var isAtEnd: Bool { rest.isEmpty }
    var next: UInt8? { rest.first }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
      guard next == UInt8(ascii: character) else { return false }
      rest.removeFirst()
      return true
    }

    /// Letters, or anything in angle brackets.
    mutating func name() -> Bool {
      if take("<") {
        rest = rest.drop { $0 != UInt8(ascii: ">") }
        return take(">")
      }
      let letters = rest.prefix { (0x61...0x7A).contains($0 | 0x20) }
      rest = rest.dropFirst(letters.count)
      return !letters.isEmpty
    }

    mutating func number() -> Int? {
      let digits = rest.prefix { (0x30...0x39).contains($0) }
      rest = rest.dropFirst(digits.count)
      return digits.count <= 3 ? Int(String(Substring(digits))) : nil
    }

    /// Seconds of `[+-]hh[:mm[:ss]]`.
    mutating func time() -> Int? {
      let sign = take("-") ? -1 : 1
      _ = take("+")
      guard let hours = number() else { return nil }
      let minutes = take(":") ? number() ?? 0 : 0
      let seconds = take(":") ? number() ?? 0 : 0
      return sign * (hours * 3600 + minutes * 60 + seconds)
    }

    /// `,M3.5.0/2`
    mutating func change() -> Change? {
      guard take(","), take("M"), let month = number(), take("."), let week = number(), take("."),
        let weekday = number(), (1...12).contains(month), (1...5).contains(week), (0...6).contains(weekday)
      else { return nil }
      return Change(month: month, week: week, weekday: weekday, time: take("/") ? time() ?? 7200 : 7200)
    }
  }
}
