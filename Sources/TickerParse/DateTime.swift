import TickerModel

/// The time of the day in a date.
extension DateTokens {
  /// Takes the time, a half of the day and the zone out; midnight when there is none, nil when it is faulty.
  mutating func removeTime() -> Time? {
    guard let (found, start, end) = clock() else { return isFaulty ? nil : Time() }
    var time = found
    var next = end
    takeHalfOfDay(&time, from: start, &next)
    guard takeZone(&time, &next) else { return nil }
    // The `T` of ISO 8601 stands between the day and the time.
    tokens.replaceSubrange((word(start - 1) == "t" ? start - 1 : start)..<next, with: [.gap])
    return time
  }

  private typealias Clock = (time: Time, start: Int, end: Int)

  /// A number before a colon promises a time.
  private var isFaulty: Bool { colon != nil }

  private var colon: Int? { tokens.indices.first { tokens[$0] == .mark(":") && number($0 - 1) != nil } }

  private func clock() -> Clock? {
    if colon != nil { return colonClock() }
    return compactClock() ?? wordClock() ?? dotClock()
  }

  /// `hh:mm[:ss[.f]]`
  private func colonClock() -> Clock? {
    guard let colon, let hour = number(colon - 1), let minute = number(colon + 1) else { return nil }
    var time = Time(hour: hour, minute: minute)
    var next = colon + 2
    guard token(next) == .mark(":") else { return (time, colon - 1, next) }
    guard let second = number(next + 1), token(next + 2) != .mark(":") else { return nil }
    (time.second, next) = (second, next + 2)
    if token(next) == .mark("."), let fraction = digits(next + 1) {
      time.millisecond = Int((fraction + "00").prefix(3)) ?? 0
      next += 2
    } else if token(next) == .gap, let fraction = digits(next + 1), endsFraction(next + 2, fraction) {
      time.millisecond = Int((fraction + "00").prefix(3)) ?? 0
      next += 2
    }
    return (time, colon - 1, next)
  }

  /// A comma is a gap. What stands behind it is a fraction when a zone is glued to it, or when it has three digits and
  /// ends the date.
  private func endsFraction(_ index: Int, _ fraction: String) -> Bool {
    switch token(index) {
    case .mark("+"), .word("z"): true
    case .mark("-"): token(index + 2) == nil || token(index + 2) == .mark(":")
    case nil: fraction.utf8.count == 3
    default: false
    }
  }

  /// ISO 8601's basic format, `T140200`, also of hours alone.
  private func compactClock() -> Clock? {
    for index in tokens.indices where word(index) == "t" && digits(index - 1) != nil {
      guard let digits = digits(index + 1), [2, 4, 6].contains(digits.utf8.count) else { continue }
      let part = { (start: Int) in Int(digits.dropFirst(start).prefix(2)) ?? 0 }
      return (Time(hour: part(0), minute: part(2), second: part(4)), index + 1, index + 2)
    }
    return nil
  }

  /// `14h02`, `14時2分5秒`, `14시 2분`
  private func wordClock() -> Clock? {
    for start in tokens.indices {
      guard let hour = number(start), let name = word(past(start + 1)), DateNames.hourWords.contains(name) else {
        continue
      }
      var time = Time(hour: hour)
      var next = past(start + 1) + 1
      if let minute = number(past(next)), name != "h" || word(past(past(next) + 1)) != "h" {
        time.minute = minute
        next = past(next) + 1
        if word(past(next)).map(DateNames.minuteWords.contains) == true { next = past(next) + 1 }
        if let second = number(past(next)), word(past(past(next) + 1)).map(DateNames.secondWords.contains) == true {
          time.second = second
          next = past(past(next) + 1) + 1
        }
      }
      return (time, start, next)
    }
    return nil
  }

  /// `14.02`, as Finns, Danes and Italians write it, where a day stands beside it.
  private func dotClock() -> Clock? {
    for start in tokens.indices {
      guard let hour = number(start), token(start + 1) == .mark("."), let minute = number(start + 2),
        digits(start + 2)?.utf8.count == 2, hour < 24, minute < 60,
        digits(start - 2) == nil || token(start - 1) != .mark("."),
        token(start + 3) != .mark(".") || digits(start + 4) == nil
      else { continue }
      var rest = self
      rest.tokens.replaceSubrange(start..<start + 3, with: [.gap])
      if rest.day() != nil { return (Time(hour: hour, minute: minute), start, start + 3) }
    }
    return nil
  }

  /// `pm`, `p. m.` or `μ.μ.` after the time, `오후` or `下午` before it.
  private func takeHalfOfDay(_ time: inout Time, from start: Int, _ next: inout Int) {
    var half = DateNames.isAfternoon(endOf: word(start - 1) ?? word(start - 2) ?? "")
    let first = past(next)
    var phrase = ""
    for index in first..<min(first + Self.longestPhrase, tokens.count) {
      guard let text = Self.text(tokens[index]) else { break }
      phrase += text
      guard let isAfternoon = DateNames.isAfternoon(phrase, language: language.code) else { continue }
      (half, next) = (isAfternoon, token(index + 1) == .mark(".") ? index + 2 : index + 1)
    }
    // `13:02 pm` is written too, and means what it says.
    if let half, time.hour <= 12 { time.hour = time.hour % 12 + (half ? 12 : 0) }
  }

  /// A name, an offset, or a name and an offset (`GMT+2`); false when it is a faulty one.
  private func takeZone(_ time: inout Time, _ next: inout Int) -> Bool {
    var index = past(next)
    if let name = word(index) {
      // A place that PlaceZone did not know.
      if token(index + 1) == .mark("/") { return false }
      guard let offset = DateNames.zone(name, language: language.code) else { return true }
      time.offset = offset
      next = index + 1
      index = past(next)
    }
    guard token(index) == .mark("+") || token(index) == .mark("-") else { return true }
    guard let digits = digits(index + 1), digits.utf8.count <= 4, let value = Int(digits) else {
      return token(index + 1) == .gap
    }
    let sign = token(index) == .mark("+") ? 1 : -1
    next = index + 2
    var minutes = digits.utf8.count > 2 ? value / 100 * 60 + value % 100 : value * 60
    if digits.utf8.count <= 2, token(next) == .mark(":"), let rest = number(next + 1) {
      minutes += rest
      next += 2
    }
    let offset = (time.offset ?? 0) + sign * minutes
    time.offset = offset
    return abs(offset) <= 24 * 60
  }
}
