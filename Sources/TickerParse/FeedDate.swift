import TickerModel

/// Dates as feeds write them: RFC 3339 and ISO 8601, RFC 822 with all its liberties, and what systems print instead.
enum FeedDate {
  /// Bytes; the longest real one has about 40.
  static let longest = 100

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
    if let moment = tokens.onlyNumber.flatMap(compact) ?? epoch(tokens) { return moment }
    let implied = tokens.impliedOffset
    guard let time = tokens.removeTime(), let day = tokens.day() else { return nil }
    // The end of a day is written 24:00, too (ISO 8601).
    let isEnd = time.hour == 24 && time.minute == 0 && time.second == 0
    guard isEnd || (0...23).contains(time.hour), (0...59).contains(time.minute), (0...60).contains(time.second) else {
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

  /// A number of seconds or milliseconds, as it is or as systems dress it: `@1333669657`, `1333669657.25`, and .NET's
  /// `/Date(1333669657000+0200)/`, whose zone is the writer's and changes nothing.
  private static func epoch(_ tokens: DateTokens) -> Timestamp? {
    let dress: [DateTokens.Token] = [.gap, .mark("@"), .mark("/"), .word("date")]
    let rest = tokens.tokens.filter { !dress.contains($0) }
    guard case .number(let number)? = rest.first else { return nil }
    if rest.count == 1 { return unixTime(number) }
    guard rest.count == 3, case .number(let more) = rest[2] else { return nil }
    switch rest[1] {
    case .mark("."):
      guard number.utf8.count == 10, let fraction = Int64((more + "00").prefix(3)) else { return nil }
      return unixTime(number).map { Timestamp(milliseconds: $0.milliseconds + fraction) }
    case .mark("+"), .mark("-"): return tokens.words.contains("date") ? unixTime(number) : nil
    default: return nil
    }
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

/// The date that was read last: most items were updated when they were published, and say so twice.
struct LastDate: ~Copyable {
  /// Bytes of a date that is kept; nearly all have some thirty.
  private static let longest = 64

  private var text = ByteBuffer(capacity: longest)
  private var moment: Timestamp?

  /// As `FeedDate.parse`; `language` is always the same.
  mutating func moment(_ bytes: UnsafeBufferPointer<UInt8>, language: String?) -> Timestamp? {
    if bytes.count == text.count, text.bytes.elementsEqual(bytes) { return moment }
    guard let start = bytes.baseAddress, bytes.count <= Self.longest else {
      return FeedDate.parse(bytes, language: language)
    }
    moment = FeedDate.parse(bytes, language: language)
    text.removeAll()
    text.append(start, count: bytes.count)
    return moment
  }
}

extension DateTokens {
  /// The zone of those who write like this, where no zone is written.
  var impliedOffset: Int? {
    words.lazy.compactMap { DateNames.zone(impliedBy: $0, language: language.code) }.first
  }
}
