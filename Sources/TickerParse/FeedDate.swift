import TickerModel

/// Dates as feeds write them: RFC 3339 and ISO 8601, RFC 822 with all its liberties, and what systems print instead.
enum FeedDate {
  /// Bytes; the longest real one has about 40.
  private static let longest = 100

  /// The same of bytes, which are valid UTF-8.
  static func parse(_ bytes: UnsafeBufferPointer<UInt8>, language: String? = nil) -> Timestamp? {
    ExactDate.parse(bytes) ?? parse(String(decoding: bytes, as: UTF8.self), language: language)
  }

  /// Nil when it cannot be read. `language` is the source's, a tag of BCP 47: it decides what could mean two days
  /// (`03/04/2026`) and which names are tried first. Without a zone, or with one that nobody knows, it is taken as UTC.
  static func parse(_ text: String, language: String? = nil) -> Timestamp? {
    let text = trimmed(text)
    guard text.utf8.count <= longest else { return nil }
    if let exact = Timestamp(rfc3339: text) { return exact }
    let (rest, place) = PlaceZone.split(text)
    var tokens = DateTokens(rest, language: DateLanguage(language))
    if let number = tokens.onlyNumber, let moment = unixTime(number) ?? compact(number) { return moment }
    let implied = tokens.impliedOffset
    guard let time = tokens.removeTime(), let day = tokens.day() else { return nil }
    guard (0...23).contains(time.hour), (0...59).contains(time.minute), (0...60).contains(time.second) else {
      return nil
    }
    let seconds = Int64((time.hour * 60 + time.minute) * 60 + time.second)
    let local = day.milliseconds + seconds * 1000 + Int64(time.millisecond)
    if time.offset == nil, let place { return place.moment(local: Timestamp(milliseconds: local)) }
    return Timestamp(milliseconds: local - Int64(time.offset ?? implied ?? 0) * 60_000)
  }

  /// White space and control characters around it are no part of a date.
  private static func trimmed(_ text: String) -> String {
    let bytes = text.utf8.drop { $0 <= 0x20 }
    guard let last = bytes.lastIndex(where: { $0 > 0x20 }) else { return "" }
    return String(bytes[...last]) ?? ""
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

  /// `20261123140200` and `202611231402`
  private static func compact(_ digits: String) -> Timestamp? {
    guard digits.utf8.count == 12 || digits.utf8.count == 14 else { return nil }
    let part = { (start: Int, count: Int) in Int(digits.dropFirst(start).prefix(count)) ?? 0 }
    return Timestamp(
      year: part(0, 4), month: part(4, 2), day: part(6, 2), hour: part(8, 2), minute: part(10, 2), second: part(12, 2))
  }
}

extension DateTokens {
  /// The zone of those who write like this, where no zone is written.
  var impliedOffset: Int? {
    words.lazy.compactMap { DateNames.zone(impliedBy: $0, language: language.code) }.first
  }
}
