import Testing
import TickerModel

@Suite struct RetryAfterTests {
  /// 1994-11-06T08:49:00Z
  static let now = Timestamp(seconds: 784_111_740)

  @Test(arguments: [
    ("0", 0), ("120", 120), (" 7 ", 7), ("007", 7), ("00000000000000000007", 7),
    ("99999999999999999999999999", 999_999_999),
    ("Sun, 06 Nov 1994 08:49:37 GMT", 37), ("Sunday, 06-Nov-94 08:49:37 GMT", 37), ("Sun Nov  6 08:49:37 1994", 37),
    ("Sun, 06 Nov 1994 08:48:37 GMT", 0), ("Mon, 07 Nov 1994 08:49:00 GMT", 86_400),
  ])
  func understands(_ value: String, _ seconds: Int) {
    #expect(RetryAfter.wait(value, from: Self.now) == .seconds(seconds))
  }

  @Test(arguments: [
    "", "-1", "+1", "1.5", "soon", "1 2", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 CET",
    "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 8:49:37 GMT", "Sun, 06 nov 1994 08:49:37 GMT", "٣",
  ])
  func ignores(_ value: String) { #expect(RetryAfter.wait(value, from: Self.now) == nil) }

  @Test func twoDigitsOfAYearAreNearTheseDays() {
    let wait = RetryAfter.wait("Monday, 23-Nov-26 14:02:00 GMT", from: Timestamp(milliseconds: 1_795_442_519_000))
    #expect(wait == .seconds(1))
  }
}
