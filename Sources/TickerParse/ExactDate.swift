import TickerModel

/// The two forms that nearly all feeds write exactly as their standards say, read from bytes: RFC 3339 and RFC 822 with
/// four digits of the year. Nil for all else, which FeedDate reads with more patience. Pure.
struct ExactDate {
  private let bytes: UnsafeBufferPointer<UInt8>
  private var index: Int
  private let end: Int

  private init(_ bytes: UnsafeBufferPointer<UInt8>) {
    self.bytes = bytes
    var (start, end) = (0, bytes.count)
    while start < end, bytes[start] <= 0x20 { start += 1 }
    while end > start, bytes[end - 1] <= 0x20 { end -= 1 }
    (index, self.end) = (start, end)
  }

  static func parse(_ bytes: UnsafeBufferPointer<UInt8>) -> Timestamp? {
    guard bytes.count <= FeedDate.longest else { return nil }
    var date = ExactDate(bytes)
    guard date.index < date.end else { return nil }
    return date.isDigit(date.index + 3) && date.isDigit(date.index) ? date.rfc3339() : date.rfc822()
  }

  /// RFC 3339, section 5.6.
  private mutating func rfc3339() -> Timestamp? {
    guard let year = number(4), take("-"), let month = number(2), take("-"), let day = number(2), take("T") else {
      return nil
    }
    guard let time = time(), take("Z") || index < end else { return nil }
    return moment(year, month, day, time, offset: index == end ? 0 : offset(colon: true))
  }

  /// RFC 822, section 5.1, with the years of RFC 2822.
  private mutating func rfc822() -> Timestamp? {
    if !isDigit(index) {
      guard index + 5 < end, (index..<index + 3).allSatisfy(isLetter), bytes[index + 3] == UInt8(ascii: ","),
        bytes[index + 4] == 0x20
      else { return nil }
      index += 5
    }
    guard let day = number(2) ?? number(1), take(" "), let month = month(), take(" "), let year = number(4), take(" "),
      let time = time(), take(" ")
    else { return nil }
    if rest("GMT") || rest("UTC") || rest("Z") || rest("UT") { return moment(year, month, day, time, offset: 0) }
    return moment(year, month, day, time, offset: offset(colon: false))
  }

  private typealias Time = (hour: Int, minute: Int, second: Int, millisecond: Int)

  private mutating func time() -> Time? {
    guard let hour = number(2), take(":"), let minute = number(2), take(":"), let second = number(2) else { return nil }
    var (millisecond, place) = (0, 100)
    if take(".") {
      guard isDigit(index) else { return nil }
      while isDigit(index) {
        millisecond += Int(bytes[index] - 0x30) * place
        place /= 10
        index += 1
      }
    }
    return (hour, minute, second, millisecond)
  }

  /// Minutes east of UTC of what is left.
  private mutating func offset(colon: Bool) -> Int? {
    let sign = take("+") ? 1 : take("-") ? -1 : 0
    guard sign != 0, let hours = number(2), !colon || take(":"), let minutes = number(2), index == end, hours < 24,
      minutes < 60
    else { return nil }
    return sign * (hours * 60 + minutes)
  }

  private func moment(_ year: Int, _ month: Int, _ day: Int, _ time: Time, offset: Int?) -> Timestamp? {
    guard let offset,
      let local = Timestamp(
        year: year, month: month, day: day, hour: time.hour, minute: time.minute, second: time.second,
        millisecond: time.millisecond)
    else { return nil }
    return Timestamp(milliseconds: local.milliseconds - Int64(offset) * 60_000)
  }

  private static let months: [StaticString] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  private mutating func month() -> Int? {
    for (number, name) in Self.months.enumerated() where bytes.starts(with: name, at: index) && index + 3 <= end {
      index += 3
      return number + 1
    }
    return nil
  }

  /// Exactly so many digits.
  private mutating func number(_ width: Int) -> Int? {
    var value = 0
    for place in index..<index + width {
      guard isDigit(place) else { return nil }
      value = value * 10 + Int(bytes[place] - 0x30)
    }
    index += width
    return value
  }

  private func isLetter(_ place: Int) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(bytes[place] | 0x20) }

  private func isDigit(_ place: Int) -> Bool { place < end && (0x30...0x39).contains(bytes[place]) }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard index < end, bytes[index] == UInt8(ascii: character) else { return false }
    index += 1
    return true
  }

  private func rest(_ name: StaticString) -> Bool {
    end - index == name.utf8CodeUnitCount && bytes.starts(with: name, at: index)
  }
}
