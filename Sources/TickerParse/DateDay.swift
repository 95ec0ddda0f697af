import TickerModel

/// The day in a date, from what is left after the time.
extension DateTokens {
  /// Its midnight in UTC; nil when it is none.
  func day() -> Timestamp? {
    if let week = weekDate() { return week }
    let numbers = numbers
    guard let month = month() else { return numericDay(numbers) }
    guard numbers.count >= 2 else { return nil }
    let isYearFirst = numbers[0].utf8.count > 2
    return date(year: numbers[isYearFirst ? 0 : 1], month: month, day: numbers[isYearFirst ? 1 : 0])
  }

  /// The last month's name counts: in `mar., 01 déc.` the first word is a Tuesday.
  private func month() -> DateNames.Month? {
    tokens.indices.reversed().lazy.compactMap { index in
      word(index) == nil ? nil : DateNames.month(phrase(index), language: language.code)
    }.first
  }

  /// ISO 8601, section 5.2.3: `2026-W48-2`, `2026W482`, `2026-W48`. Monday is the first day, and week 1 holds January 4.
  private func weekDate() -> Timestamp? {
    guard let mark = tokens.firstIndex(of: .word("w")), let digits = digits(mark + 1) else { return nil }
    let year = self.digits(mark - 1) ?? (token(mark - 1) == .mark("-") ? self.digits(mark - 2) : nil)
    let week = Int(digits.prefix(2)) ?? 0
    var day = digits.utf8.count == 3 ? Int(digits.suffix(1)) ?? 0 : 1
    if token(mark + 2) == .mark("-") { day = number(mark + 3) ?? 0 }
    guard let year, year.utf8.count == 4, let year = Int(year), (2...3).contains(digits.utf8.count),
      (1...53).contains(week), (1...7).contains(day),
      let fourth = Timestamp(year: year, month: 1, day: 4)
    else { return nil }
    // 1970-01-01 was a Thursday.
    let weekday = ((fourth.days + 3) % 7 + 7) % 7
    return fourth.adding(days: (week - 1) * 7 + day - 1 - weekday)
  }

  private func numericDay(_ numbers: [String]) -> Timestamp? {
    let lengths = numbers.map(\.utf8.count)
    // ISO 8601:1988, section 5.2.1.3: a hyphen for the century left out.
    let isCutShort = token(0) == .mark("-")
    switch (numbers.count, lengths.first ?? 0) {
    case (1, 8):
      return date(year: part(numbers[0], 0, 4), month: part(numbers[0], 4, 2), day: part(numbers[0], 6, 2))
    case (1, 6): return date(year: part(numbers[0], 0, 2), month: part(numbers[0], 2, 2), day: part(numbers[0], 4, 2))
    case (1, 7): return ordinalDate(year: part(numbers[0], 0, 4), day: part(numbers[0], 4, 3))
    case (1, 5): return ordinalDate(year: part(numbers[0], 0, 2), day: part(numbers[0], 2, 3))
    case (1, 4) where isCutShort: return date(year: part(numbers[0], 0, 2), month: part(numbers[0], 2, 2), day: "1")
    case (1, 4): return date(year: numbers[0], month: "1", day: "1")
    case (2, 2) where isCutShort && lengths[1] == 2, (2, 4) where separator == "-" && lengths[1] <= 2:
      return date(year: numbers[0], month: numbers[1], day: "1")
    case (2, 2), (2, 4): return lengths[1] == 3 ? ordinalDate(year: numbers[0], day: numbers[1]) : nil
    case (3..., 4): return date(year: numbers[0], month: numbers[1], day: numbers[2])
    case (3..., 1...2) where lengths[2] == 2 || lengths[2] == 4 || eraYear != nil:
      return orders(yearLength: lengths[2]).lazy.compactMap { order in
        switch order {
        case .yearFirst: date(year: numbers[0], month: numbers[1], day: numbers[2])
        case .monthFirst: date(year: numbers[2], month: numbers[0], day: numbers[1])
        case .dayFirst: date(year: numbers[2], month: numbers[1], day: numbers[0])
        }
      }.first
    default: return nil
    }
  }

  /// How three numbers of which the year is not the first may be meant, the likeliest first.
  private func orders(yearLength: Int) -> [DateLanguage.Order] {
    if eraYear != nil || isYearNamed { return [.yearFirst] }
    if yearLength == 2, separator == "-" || language.order == .yearFirst, language.order != .dayFirst {
      return [.yearFirst, .dayFirst]
    }
    // Slashes are America's order where the language does not say otherwise.
    return separator == "/" && language.order != .dayFirst ? [.monthFirst, .dayFirst] : [.dayFirst, .monthFirst]
  }

  /// ISO 8601, section 5.2.2: the year and the number of the day in it.
  private func ordinalDate(year: String, day: String) -> Timestamp? {
    guard let day = Int(day), day > 0, let first = date(year: year, month: "1", day: "1") else { return nil }
    let date = first.adding(days: day - 1)
    return date.calendar.year == first.calendar.year ? date : nil
  }

  /// The first mark between numbers.
  private var separator: Unicode.Scalar? {
    for token in tokens { if case .mark(let mark) = token, "-/.".unicodeScalars.contains(mark) { return mark } }
    return nil
  }

  /// Whether the first number is called a year.
  private var isYearNamed: Bool {
    guard let first = tokens.firstIndex(where: { if case .number = $0 { true } else { false } }) else { return false }
    return word(past(first + 1)).map { $0.hasPrefix("年") || $0.hasPrefix(DateNames.comparable("년")) } ?? false
  }

  /// Years before the era that is named in front of the first number.
  private var eraYear: Int? { words.lazy.compactMap(DateNames.yearsBefore).first }

  private func part(_ text: String, _ start: Int, _ count: Int) -> String {
    String(text.dropFirst(start).prefix(count))
  }

  private func date(year: String, month: String, day: String) -> Timestamp? {
    Int(month).flatMap { date(year: year, month: DateNames.Month(number: $0), day: day) }
  }

  private func date(year: String, month: DateNames.Month, day: String) -> Timestamp? {
    guard year.utf8.count <= 4, let number = Int(year), let day = Int(day) else { return nil }
    if let before = eraYear, year.utf8.count <= 3 {
      return Timestamp(year: before + number, month: month.number, day: day)
    }
    let isIranian = month.isIranian || (hasPersianDigits || language.code == "fa") && (1300..<1500).contains(number)
    if isIranian { return Timestamp(iranianYear: number, month: month.number, day: day) }
    return Timestamp(year: gregorian(year, number), month: month.number, day: day)
  }

  /// RFC 2822, section 4.3: years of two digits are those from 1950 to 2049, of three those since 1900. Thai ones count
  /// from 543 years before.
  private func gregorian(_ year: String, _ number: Int) -> Int {
    switch year.utf8.count {
    case ...2: number + (number < 50 ? 2000 : 1900)
    case 3: number + 1900
    default: (2400..<2700).contains(number) && isThai ? number - 543 : number
    }
  }

  private var isThai: Bool {
    language.code == "th" || words.contains { $0.unicodeScalars.contains { (0xE00...0xE7F).contains($0.value) } }
  }
}

extension Timestamp {
  /// Whole days since 1970-01-01.
  fileprivate var days: Int { Int((milliseconds - (milliseconds % Self.day + Self.day) % Self.day) / Self.day) }

  private static let day: Int64 = 86_400_000

  fileprivate func adding(days: Int) -> Timestamp { Timestamp(milliseconds: milliseconds + Int64(days) * Self.day) }

  /// Midnight UTC of a day of the Iranian calendar, by its cycle of 33 years with 8 leap years, which is exact from 1178
  /// to 1633; nil when it is none.
  fileprivate init?(iranianYear year: Int, month: Int, day: Int) {
    guard (1178...1633).contains(year), (1...12).contains(month), (1...(month <= 6 ? 31 : 30)).contains(day),
      let origin = Timestamp(year: 1600, month: 1, day: 1)
    else { return nil }
    // The year 979 began 79 days after 1600-01-01.
    let years = year - 979
    let leapDays = years / 33 * 8 + (years % 33 + 3) / 4
    let ofYear = (month - 1) * 30 + min(month - 1, 6) + day - 1
    self = origin.adding(days: 79 + years * 365 + leapDays + ofYear)
  }
}
