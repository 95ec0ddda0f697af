import TickerText

/// How long a server asks to be left alone: the value of `Retry-After` (RFC 9110 §10.2.3). Pure; any thread.
public enum RetryAfter {
  /// The wait that `value` asks for, counted from `now`: whole seconds, or the time until an HTTP date. Never negative;
  /// zero for a date that has passed; nil for anything else.
  public static func wait(_ value: String, from now: Timestamp) -> Duration? {
    let value = Normalise.foldWhitespace(value)
    if let seconds = seconds(value) { return seconds }
    return date(value).map { max(.zero, $0.since(now)) }
  }

  /// The same for an answer that was sent at `date` by its server's clock, the value of `Date`: that clock need not be
  /// right, only true to itself.
  public static func wait(_ value: String, sent date: String?, from now: Timestamp) -> Duration? {
    wait(value, from: date.flatMap(Self.date) ?? now)
  }

  /// Reads the three forms of an HTTP date (RFC 9110 §5.6.7); nil for anything else.
  public static func date(_ text: String) -> Timestamp? {
    let parts = text.split { " ,-".contains($0) }.map(String.init)
    // Sun, 06 Nov 1994 08:49:37 GMT, or the obsolete Sunday, 06-Nov-94 08:49:37 GMT.
    if parts.count == 6, parts[5] == "GMT" { return date(parts[3], parts[2], parts[1], time: parts[4]) }
    // The obsolete Sun Nov  6 08:49:37 1994.
    if parts.count == 5 { return date(parts[4], parts[1], parts[2], time: parts[3]) }
    return nil
  }
}

extension RetryAfter {
  /// More digits than this are centuries; nine keep every sum far from an overflow.
  private static let mostDigits = 9
  private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

  private static func seconds(_ text: String) -> Duration? {
    guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    let digits = text.drop { $0 == "0" }
    guard digits.count <= mostDigits else { return .seconds(999_999_999) }
    return .seconds(Int(digits) ?? 0)
  }

  private static func date(_ year: String, _ month: String, _ day: String, time: String) -> Timestamp? {
    let clock = time.split(separator: ":", omittingEmptySubsequences: false).compactMap { number($0, digits: 2...2) }
    guard let year = number(year, digits: 2...4), let month = months.firstIndex(of: month),
      let day = number(day, digits: 1...2), clock.count == 3
    else { return nil }
    // RFC 9110 lets a year of two digits be at most 50 years ahead; no clock that this program meets shows 1970 or less.
    let century = year >= 100 ? 0 : year < 70 ? 2000 : 1900
    return Timestamp(
      year: century + year, month: month + 1, day: day, hour: clock[0], minute: clock[1], second: clock[2])
  }

  private static func number(_ text: some StringProtocol, digits: ClosedRange<Int>) -> Int? {
    guard digits.contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return Int(text)
  }
}
