import TickerModel

/// A date's numbers, words and marks, from which the time is taken out first and the day is read from the rest. Pure.
struct DateTokens {
  private enum Token: Equatable {
    case number(String)
    /// In lower case.
    case word(String)
    case mark(Unicode.Scalar)
    /// White space, a comma or a parenthesis.
    case gap
  }

  struct Time {
    var hour = 0, minute = 0, second = 0, millisecond = 0
    /// Minutes east of UTC.
    var offset = 0
  }

  private var tokens: [Token] = []

  init(_ text: String) {
    for scalar in text.lowercased().unicodeScalars {
      switch tokens.last {
      case .number(let digits)? where Self.isDigit(scalar): tokens[tokens.count - 1] = .number(digits + String(scalar))
      case .word(let letters)?
      where scalar.properties.isAlphabetic || scalar.properties.canonicalCombiningClass != .notReordered:
        tokens[tokens.count - 1] = .word(letters + String(scalar))
      default: append(scalar)
      }
    }
    while tokens.last == .gap { tokens.removeLast() }
  }

  /// The whole text when it is one number.
  var onlyNumber: String? { if tokens.count == 1, case .number(let digits) = tokens[0] { digits } else { nil } }

  /// Takes `hh:mm[:ss[.f]]`, a half of the day and the zone out; midnight UTC when there is none, nil when it is faulty.
  mutating func removeTime() -> Time? {
    guard let colon = tokens.indices.first(where: { tokens[$0] == .mark(":") && $0 > 0 && number($0 - 1) != nil })
    else {
      return Time()
    }
    var time = Time()
    var next = colon + 1
    guard let hour = number(colon - 1), let minute = number(next) else { return nil }
    (time.hour, time.minute, next) = (hour, minute, next + 1)
    if token(next) == .mark(":") {
      guard let second = number(next + 1), token(next + 2) != .mark(":") else { return nil }
      (time.second, next) = (second, next + 2)
      if token(next) == .mark("."), case .number(let fraction)? = token(next + 1) {
        time.millisecond = Int((fraction + "00").prefix(3)) ?? 0
        next += 2
      }
    }
    takeHalfOfDay(&time, &next)
    guard takeZone(&time, &next) else { return nil }
    // The `T` of ISO 8601 stands between the day and the time.
    let start = token(colon - 2) == .word("t") ? colon - 2 : colon - 1
    tokens.replaceSubrange(start..<next, with: [.gap])
    return time
  }

  /// The day, from what is left after the time; nil when it is none.
  func day() -> (year: Int, month: Int, day: Int)? {
    let numbers = tokens.compactMap { if case .number(let digits) = $0 { digits } else { nil } }
    // The last month's name counts: in `mar., 01 déc.` the first word is a Tuesday.
    let month = tokens.compactMap { if case .word(let word) = $0 { DateNames.month(word) } else { nil } }.last
    guard let month else { return Self.numericDay(numbers, separator: separator) }
    guard numbers.count >= 2 else { return nil }
    let yearIsFirst = numbers[0].utf8.count > 2
    return Self.date(year: numbers[yearIsFirst ? 0 : 1], month: String(month), day: numbers[yearIsFirst ? 1 : 0])
  }
}

extension DateTokens {
  private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

  private mutating func append(_ scalar: Unicode.Scalar) {
    if Self.isDigit(scalar) {
      tokens.append(.number(String(scalar)))
    } else if scalar.properties.isAlphabetic {
      tokens.append(.word(String(scalar)))
    } else if !scalar.properties.isWhitespace, !",()".unicodeScalars.contains(scalar) {
      tokens.append(.mark(scalar))
    } else if !tokens.isEmpty, tokens.last != .gap {
      tokens.append(.gap)
    }
  }

  private func token(_ index: Int) -> Token? { tokens.indices.contains(index) ? tokens[index] : nil }

  /// A number of one or two digits.
  private func number(_ index: Int) -> Int? {
    if case .number(let digits)? = token(index), digits.utf8.count <= 2 { Int(digits) } else { nil }
  }

  /// `pm`, `p.m.`, with or without a space before it.
  private func takeHalfOfDay(_ time: inout Time, _ next: inout Int) {
    var index = token(next) == .gap ? next + 1 : next
    guard case .word(let word)? = token(index) else { return }
    let half = word == "am" || word == "pm" ? String(word.prefix(1)) : word
    guard half == "a" || half == "p" else { return }
    if half == word {
      guard token(index + 1) == .mark("."), token(index + 2) == .word("m") else { return }
      index += token(index + 3) == .mark(".") ? 3 : 2
    }
    time.hour = time.hour % 12 + (half == "p" ? 12 : 0)
    next = index + 1
  }

  /// A name, an offset, or a name and an offset (`GMT+2`); false when it is a faulty one.
  private func takeZone(_ time: inout Time, _ next: inout Int) -> Bool {
    var index = token(next) == .gap ? next + 1 : next
    if case .word(let word)? = token(index) {
      // `Etc/GMT` is a name; a place such as `Europe/Brussels` would take a table of all summer times.
      if token(index + 1) == .mark("/") {
        guard word == "etc" else { return false }
        index += 2
      }
      guard case .word(let name)? = token(index), let offset = DateNames.zone(name) else { return true }
      time.offset = offset
      next = index + 1
      index = token(next) == .gap ? next + 1 : next
    }
    guard token(index) == .mark("+") || token(index) == .mark("-") else { return true }
    guard case .number(let digits)? = token(index + 1), digits.utf8.count <= 4, let value = Int(digits) else {
      return token(index + 1) == .gap
    }
    let sign = token(index) == .mark("+") ? 1 : -1
    next = index + 2
    var minutes = digits.utf8.count > 2 ? value / 100 * 60 + value % 100 : value * 60
    if digits.utf8.count <= 2, token(next) == .mark(":"), let rest = number(next + 1) {
      minutes += rest
      next += 2
    }
    time.offset += sign * minutes
    return abs(time.offset) <= 24 * 60
  }

  /// The first mark between numbers.
  private var separator: Unicode.Scalar? {
    for token in tokens { if case .mark(let mark) = token, "-/.".unicodeScalars.contains(mark) { return mark } }
    return nil
  }

  private static func numericDay(_ numbers: [String], separator: Unicode.Scalar?) -> (year: Int, month: Int, day: Int)?
  {
    let lengths = numbers.map(\.utf8.count)
    switch (numbers.count, lengths.first ?? 0) {
    case (1, 8):
      return date(year: digits(numbers[0], 0, 4), month: digits(numbers[0], 4, 2), day: digits(numbers[0], 6, 2))
    case (1, 6):
      return date(year: digits(numbers[0], 0, 2), month: digits(numbers[0], 2, 2), day: digits(numbers[0], 4, 2))
    case (1, 4): return date(year: numbers[0], month: "1", day: "1")
    case (2, 4) where separator == "-": return date(year: numbers[0], month: numbers[1], day: "1")
    case (3..., 4): return date(year: numbers[0], month: numbers[1], day: numbers[2])
    case (3..., 1...2) where lengths[2] == 2 || lengths[2] == 4:
      if separator == "-", lengths[2] == 2 { return date(year: numbers[0], month: numbers[1], day: numbers[2]) }
      // Slashes are America's order unless the first number can be no month.
      let isMonthFirst = separator == "/" && (Int(numbers[0]) ?? 0) <= 12
      return date(year: numbers[2], month: numbers[isMonthFirst ? 0 : 1], day: numbers[isMonthFirst ? 1 : 0])
    default: return nil
    }
  }

  private static func digits(_ text: String, _ start: Int, _ count: Int) -> String {
    String(text.dropFirst(start).prefix(count))
  }

  /// RFC 2822, section 4.3: years of two digits are those from 1950 to 2049, of three those since 1900.
  private static func date(year: String, month: String, day: String) -> (year: Int, month: Int, day: Int)? {
    guard year.utf8.count <= 4, var number = Int(year), let month = Int(month), let day = Int(day) else { return nil }
    if year.utf8.count == 3 { number += 1900 }
    if year.utf8.count <= 2 { number += number < 50 ? 2000 : 1900 }
    return (number, month, day)
  }
}
