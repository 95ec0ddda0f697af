import Testing
import TickerModel

@Suite struct CacheHintsTests {
  private static let now = Timestamp(seconds: 1_800_000_000)

  private struct Case: Sendable, CustomTestStringConvertible {
    let control: String?
    var expires: String?
    var date: String?
    var age: String?
    let seconds: Int?
    var testDescription: String { "\(control ?? "-") \(expires ?? "-") \(date ?? "-") \(age ?? "-")" }
  }

  @Test(arguments: [
    Case(control: nil, seconds: nil), Case(control: "max-age=60", seconds: 60),
    Case(control: "public, Max-Age = \"90\" , must-revalidate", seconds: 90),
    Case(control: "max-age=60, max-age=10", seconds: 60), Case(control: "max-age=0", seconds: nil),
    Case(control: "max-age=-5", seconds: nil), Case(control: "max-age=", seconds: nil),
    Case(control: "max-age=1e3", seconds: nil),
    Case(control: "max-age=99999999999999999999", seconds: 999_999_999),
    Case(control: "no-cache, max-age=60", seconds: nil), Case(control: "no-store", seconds: nil),
    Case(control: "s-maxage=60", seconds: nil),
    Case(control: "max-age=60", age: "20", seconds: 40), Case(control: "max-age=60", age: "70", seconds: nil),
    Case(control: "max-age=60", age: "x", seconds: 60),
    // A server whose clock is a year behind.
    Case(
      control: nil, expires: "Sun, 06 Nov 1994 08:59:37 GMT", date: "Sun, 06 Nov 1994 08:49:37 GMT", seconds: 600),
    Case(control: nil, expires: "Sun, 06 Nov 1994 08:49:37 GMT", date: "Sun, 06 Nov 1994 08:49:37 GMT", seconds: nil),
    Case(control: nil, expires: "0", date: "Sun, 06 Nov 1994 08:49:37 GMT", seconds: nil),
    Case(control: nil, expires: "Fri, 15 Jan 2027 08:01:00 GMT", seconds: 60),
    Case(control: "max-age=5", expires: "Fri, 15 Jan 2027 08:01:00 GMT", seconds: 5),
  ])
  private func answersStayFresh(_ hint: Case) {
    let fresh = CacheHints.fresh(
      cacheControl: hint.control, expires: hint.expires, date: hint.date, age: hint.age, now: Self.now)
    #expect(fresh == hint.seconds.map { .seconds($0) })
  }
}

@Suite struct FeedHintsTests {
  @Test(
    arguments: [
      ("60", 3600), ("1", 60), ("0", nil), ("-5", nil), ("soon", nil), ("44641", nil), ("", nil),
    ] as [(String, Int?)])
  func aTimeToLiveIsInMinutes(text: String, seconds: Int?) {
    var hints = FeedHints()
    hints.take(ttl: text)
    #expect(hints.wait == seconds.map { .seconds($0) })
  }

  @Test(
    arguments: [
      ("hourly", nil, 3600), ("Daily", "24", 3600), ("weekly", "0", 604_800), ("yearly", nil, 31 * 86_400),
      ("often", "2", nil), (nil, "2", nil), ("hourly", "x", 3600),
    ] as [(String?, String?, Int?)])
  func updatesArePeriodByFrequency(period: String?, frequency: String?, seconds: Int?) {
    var hints = FeedHints()
    hints.take(updatePeriod: period, frequency: frequency)
    #expect(hints.wait == seconds.map { .seconds($0) })
  }

  @Test func skippedHoursAndDaysEnd() throws {
    var hints = FeedHints()
    for hour in ["22", "23", "24", "1", "25", "x"] { hints.take(skippedHour: hour) }
    for day in ["Sunday", "monday", "Someday"] { hints.take(skippedDay: day) }
    let time = { (text: String) in try #require(Timestamp(rfc3339: text)) }
    // A Tuesday.
    #expect(hints.silentUntil(from: try time("2026-11-24T12:00:00Z")) == nil)
    #expect(try hints.silentUntil(from: time("2026-11-24T22:30:00Z")) == time("2026-11-25T02:00:00Z"))
    // Saturday's last hours, then two days.
    #expect(try hints.silentUntil(from: time("2026-11-28T23:59:59Z")) == time("2026-12-01T02:00:00Z"))
    #expect(try hints.silentUntil(from: time("2026-11-30T05:00:00Z")) == time("2026-12-01T02:00:00Z"))
  }

  @Test func aFeedThatSkipsEverythingSkipsNotAll() {
    var hints = FeedHints()
    for hour in 0...23 { hints.take(skippedHour: "\(hour)") }
    for day in ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"] {
      hints.take(skippedDay: day)
    }
    let end = hints.silentUntil(from: Timestamp(seconds: 1_800_000_000))
    #expect(end.map { $0.since(Timestamp(seconds: 1_800_000_000)) <= .seconds(7 * 86_400) } == true)
  }
}
