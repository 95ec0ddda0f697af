import Testing
import TickerModel

@testable import TickerParse

@Suite struct FeedScheduleTests {
  private static func hints(_ document: String) throws -> FeedHints {
    try DocumentParser.parse(Array(document.utf8), by: ParseRules(kind: .auto)).hints
  }

  @Test func aFeedSaysWhenToComeAgain() throws {
    let hints = try Self.hints(
      """
      <rss version="2.0" xmlns:s="http://purl.org/rss/1.0/modules/syndication/"><channel><title>T</title>
      <ttl> 30 </ttl><s:updatePeriod>
        hourly </s:updatePeriod><s:updateFrequency>4</s:updateFrequency>
      <skipHours><hour>2</hour><hour>3</hour></skipHours><skipDays><day>Sunday</day></skipDays>
      <item><title>One</title><ttl>5</ttl><hour>7</hour></item></channel></rss>
      """)
    var expected = FeedHints()
    expected.take(ttl: "30")
    expected.take(updatePeriod: "hourly", frequency: "4")
    expected.take(skippedHour: "2")
    expected.take(skippedHour: "3")
    expected.take(skippedDay: "Sunday")
    #expect(hints == expected)
    #expect(hints.wait == .seconds(1800), "the longer of both")
  }

  @Test func aFeedThatSaysNothingHasNoHints() throws {
    #expect(try Self.hints("<rss><channel><item><title>One</title></item></channel></rss>").isEmpty)
    #expect(
      try Self.hints("<feed xmlns='http://www.w3.org/2005/Atom'><entry><title>One</title></entry></feed>").isEmpty)
  }

  @Test func aValueWithoutEndIsCut() throws {
    let long = String(repeating: "1", count: 100_000)
    #expect(try Self.hints("<rss><channel><ttl>\(long)</ttl><item><title>A</title></item></channel></rss>").isEmpty)
  }
}
