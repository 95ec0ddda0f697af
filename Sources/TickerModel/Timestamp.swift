/// A moment of wall time in UTC, to the millisecond. Pure value.
public struct Timestamp: Sendable, Hashable, Comparable {
  /// Milliseconds since 1970-01-01T00:00:00Z.
  public let milliseconds: Int64

  public init(milliseconds: Int64) { self.milliseconds = milliseconds }

  /// From whole seconds since 1970.
  public init(seconds: Int64) { self.init(milliseconds: seconds * 1000) }

  /// From calendar fields in UTC (proleptic Gregorian); nil when a field is out of its range. A leap second
  /// (`second` 60) is the next minute's first, as POSIX time has it.
  public init?(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0, millisecond: Int = 0) {
    guard (0...9999).contains(year), (1...12).contains(month), (1...Self.days(in: month, of: year)).contains(day),
      (0...23).contains(hour), (0...59).contains(minute), (0...60).contains(second), (0...999).contains(millisecond)
    else { return nil }
    let minutes = (Self.dayNumber(year, month, day) * 24 + Int64(hour)) * 60 + Int64(minute)
    self.init(milliseconds: (minutes * 60 + Int64(second)) * 1000 + Int64(millisecond))
  }

  /// RFC 3339 in UTC with milliseconds: `2026-11-23T14:02:00.130Z`.
  public var text: String {
    let parts = calendar
    var text: [UInt8] = []
    text.reserveCapacity(24)
    func put(_ number: Int, _ width: Int, _ end: Unicode.Scalar) {
      let digits = String(number).utf8
      for _ in 0..<max(0, width - digits.count) { text.append(UInt8(ascii: "0")) }
      text += digits
      text.append(UInt8(ascii: end))
    }
    put(parts.year, 4, "-")
    put(parts.month, 2, "-")
    put(parts.day, 2, "T")
    put(parts.hour, 2, ":")
    put(parts.minute, 2, ":")
    put(parts.second, 2, ".")
    put(parts.millisecond, 3, "Z")
    return String(decoding: text, as: UTF8.self)
  }

  /// RFC 3339 in UTC to the second: `2026-11-23T14:02:00Z`.
  public var textToTheSecond: String { String(text.prefix(19)) + "Z" }

  /// Reads RFC 3339 (also with a space for the `T`); nil for anything else.
  public init?(rfc3339 text: String) {
    var digits = Scanner(text)
    guard let year = digits.number(4), digits.take("-"), let month = digits.number(2), digits.take("-"),
      let day = digits.number(2), digits.take("T") || digits.take("t") || digits.take(" "), let hour = digits.number(2),
      digits.take(":"), let minute = digits.number(2), digits.take(":"), let second = digits.number(2)
    else { return nil }
    let millisecond = digits.take(".") ? digits.fraction() : 0
    guard let millisecond, let offset = digits.offset(), digits.isAtEnd,
      let local = Timestamp(
        year: year, month: month, day: day, hour: hour, minute: minute, second: second, millisecond: millisecond)
    else { return nil }
    self.init(milliseconds: local.milliseconds - Int64(offset) * 60_000)
  }

  public static func < (one: Timestamp, other: Timestamp) -> Bool { one.milliseconds < other.milliseconds }

  public static func + (time: Timestamp, duration: Duration) -> Timestamp {
    Timestamp(milliseconds: time.milliseconds + duration.inMilliseconds)
  }

  public static func - (time: Timestamp, duration: Duration) -> Timestamp {
    Timestamp(milliseconds: time.milliseconds - duration.inMilliseconds)
  }

  /// How long after `other` this is; negative when before.
  public func since(_ other: Timestamp) -> Duration { .milliseconds(milliseconds - other.milliseconds) }
}

extension Duration {
  /// Whole milliseconds, rounded down.
  public var inMilliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }

  /// Seconds with their fraction.
  public var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}

extension Timestamp {
  /// The calendar fields in UTC.
  public var calendar: (year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int, millisecond: Int) {
    let dayLength: Int64 = 86_400_000
    let days = (milliseconds - (milliseconds % dayLength + dayLength) % dayLength) / dayLength
    let rest = Int(milliseconds - days * dayLength)
    // Civil date from a day number, counting from 0000-03-01 so that the leap day ends a year.
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let ofEra = shifted - era * 146_097
    let yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
    let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchMonth = (5 * ofYear + 2) / 153
    let day = Int(ofYear - (153 * marchMonth + 2) / 5) + 1
    let month = Int(marchMonth < 10 ? marchMonth + 3 : marchMonth - 9)
    let year = Int(yearOfEra + era * 400) + (month <= 2 ? 1 : 0)
    return (year, month, day, rest / 3_600_000, rest / 60_000 % 60, rest / 1000 % 60, rest % 1000)
  }

  private static func dayNumber(_ year: Int, _ month: Int, _ day: Int) -> Int64 {
    let year = month <= 2 ? year - 1 : year
    let era = (year >= 0 ? year : year - 399) / 400
    let yearOfEra = year - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return Int64(era) * 146_097 + Int64(yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear) - 719_468
  }

  private static func days(in month: Int, of year: Int) -> Int {
    switch month {
    case 2: year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400)) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  private struct Scanner {
    private var rest: Substring.UTF8View
    init(_ text: String) { rest = Substring(text).utf8 }
    var isAtEnd: Bool { rest.isEmpty }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
      guard rest.first == UInt8(ascii: character) else { return false }
      rest.removeFirst()
      return true
    }

    mutating func number(_ width: Int) -> Int? {
      let digits = rest.prefix(width)
      guard digits.count == width, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
      rest = rest.dropFirst(width)
      return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }

    /// Milliseconds of a decimal fraction of any length of at least one digit.
    mutating func fraction() -> Int? {
      let digits = rest.prefix { (0x30...0x39).contains($0) }
      guard !digits.isEmpty else { return nil }
      rest = rest.dropFirst(digits.count)
      return (0..<3).reduce(0) { value, place in
        let digit = digits.dropFirst(place).first.map { Int($0 - 0x30) } ?? 0
        return value * 10 + digit
      }
    }

    /// Minutes east of UTC.
    mutating func offset() -> Int? {
      if take("Z") || take("z") { return 0 }
      let sign = take("+") ? 1 : take("-") ? -1 : 0
      guard sign != 0, let hours = number(2), take(":"), let minutes = number(2), hours < 24, minutes < 60 else {
        return nil
      }
      return sign * (hours * 60 + minutes)
    }
  }
}
