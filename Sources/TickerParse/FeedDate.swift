import TickerModel

/// Dates as feeds write them: RFC 3339 and ISO 8601, RFC 822 with all its liberties, and what systems print instead.
/// Pure.
enum FeedDate {
  /// Bytes; the longest real one has about 40.
  private static let longest = 100

  /// The same of bytes, which are valid UTF-8.
  static func parse(_ bytes: UnsafeBufferPointer<UInt8>) -> Timestamp? {
    ExactDate.parse(bytes) ?? parse(String(decoding: bytes.prefix(longest + 1), as: UTF8.self))
  }

  /// Nil when it cannot be read. Without a zone, or with one that nobody knows, it is taken as UTC.
  static func parse(_ text: String) -> Timestamp? {
    guard text.utf8.count <= longest else { return nil }
    if let exact = Timestamp(rfc3339: text) { return exact }
    var tokens = DateTokens(text)
    if let epoch = tokens.onlyNumber, let moment = unixTime(epoch) { return moment }
    guard let time = tokens.removeTime(), let day = tokens.day() else { return nil }
    guard
      let local = Timestamp(
        year: day.year, month: day.month, day: day.day, hour: time.hour, minute: time.minute, second: time.second,
        millisecond: time.millisecond)
    else { return nil }
    return Timestamp(milliseconds: local.milliseconds - Int64(time.offset) * 60_000)
  }

  /// Seconds of ten digits or milliseconds of thirteen: 2001 to 2286.
  private static func unixTime(_ digits: String) -> Timestamp? {
    guard let number = Int64(digits) else { return nil }
    switch digits.utf8.count {
    case 10: return Timestamp(seconds: number)
    case 13: return Timestamp(milliseconds: number)
    default: return nil
    }
  }
}
