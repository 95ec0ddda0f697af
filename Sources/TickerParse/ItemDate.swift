import TickerModel

/// Dates as pages and JSON documents write them. Pure.
enum ItemDate {
  /// Any form that a feed may have, and seconds or milliseconds since 1970; nil for anything else. `language` helps with
  /// the names of months.
  static func read(_ text: String, language: String?) -> Timestamp? {
    let digits = text.utf8.prefix { $0 != UInt8(ascii: ".") }
    if epochDigits.contains(digits.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2E }),
      let number = Double(text)
    {
      return epoch(number)
    }
    return FeedDate.parse(text, language: language)
  }

  /// Digits of seconds (9 to 11), milliseconds, microseconds and nanoseconds; 8 are a date, 14 a date with its time.
  private static let epochDigits: Set<Int> = [9, 10, 11, 12, 13, 16, 19]

  /// Numbers too small for milliseconds of this era (before April 1973) are seconds, which then reach to the year 5138;
  /// larger ones are milliseconds, microseconds or nanoseconds by their size.
  static func epoch(_ number: Double) -> Timestamp? {
    let size = number.magnitude
    guard size.isFinite, size >= smallest else { return nil }
    let milliseconds =
      switch size {
      case ..<1e11: number * 1000
      case ..<1e14: number
      case ..<1e17: number / 1000
      default: number / 1_000_000
      }
    guard milliseconds.magnitude < latest else { return nil }
    return Timestamp(milliseconds: Int64(milliseconds.rounded()))
  }

  /// A number below is a year, a count or a compact date, not seconds (this is in 1973).
  private static let smallest = 1e8
  /// Milliseconds at the end of the year 9999.
  private static let latest = 253_402_300_800_000.0
}
