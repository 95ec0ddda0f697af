import Testing
import TickerModel

@testable import TickerFetch

@Suite struct NameCacheTests {
  private static let one = [NetworkAddress(bytes: [1, 2, 3, 4])].compactMap(\.self)
  private static let two = [NetworkAddress(bytes: [5, 6, 7, 8])].compactMap(\.self)
  private static func at(_ seconds: Int) -> Int64 { Int64(seconds + 1000) * 1_000_000_000 }

  private var cache = NameCache()

  @Test mutating func oneLookupForAllWhoWait() {
    #expect(cache.find("a", at: Self.at(0)) == (.wait, true))
    for _ in 1...3 { #expect(cache.find("a", at: Self.at(1)) == (.wait, false)) }
    cache.learn("a", .addresses(Self.one), at: Self.at(2))
    #expect(cache.find("a", at: Self.at(2)) == (.addresses(Self.one), false))
  }

  /// Seconds after the answer, whether it serves, and whether it is asked for again.
  @Test(arguments: [(0, true, false), (44, true, false), (45, true, true), (599, true, true), (600, false, true)])
  mutating func anAnswerIsRefreshedBeforeItEnds(_ age: Int, _ serves: Bool, _ asks: Bool) {
    _ = cache.find("a", at: Self.at(0))
    cache.learn("a", .addresses(Self.one), at: Self.at(0))
    #expect(cache.find("a", at: Self.at(age)) == (serves ? .addresses(Self.one) : .wait, asks))
    guard asks else { return }
    #expect(cache.find("a", at: Self.at(age)).isToAsk == false, "not twice")
    cache.learn("a", .addresses(Self.two), at: Self.at(age))
    #expect(cache.find("a", at: Self.at(age)) == (.addresses(Self.two), false))
  }

  @Test mutating func failuresAreToldForAWhile() {
    for (answer, finding) in [(NameAnswer.absent, NameCache.Finding.absent), (.failed("no"), .failed("no"))] {
      _ = cache.find("a", at: Self.at(0))
      cache.learn("a", answer, at: Self.at(0))
      #expect(cache.find("a", at: Self.at(4)) == (finding, false))
      #expect(cache.find("a", at: Self.at(5)) == (.wait, true))
      cache.learn("a", answer, at: Self.at(6))
      #expect(cache.isSuspect("a") == (answer != .absent))
      cache = NameCache()
    }
  }

  @Test mutating func whenNobodyCanSayTheLastAddressServes() {
    _ = cache.find("a", at: Self.at(0))
    cache.learn("a", .addresses(Self.one), at: Self.at(0))
    let hour = 3600
    #expect(cache.find("a", at: Self.at(hour)) == (.wait, true))
    #expect(cache.giveUp("a", at: Self.at(hour)) == Self.one)
    cache.learn("a", .failed("no"), at: Self.at(hour + 1))
    #expect(cache.find("a", at: Self.at(hour + 2)) == (.addresses(Self.one), false))
    #expect(cache.find("a", at: Self.at(hour + 6)) == (.wait, true), "asked again")
    #expect(cache.giveUp("a", at: Self.at(25 * hour)) == nil, "a day is too long")
    // A name that is gone is gone.
    cache.learn("a", .absent, at: Self.at(hour + 7))
    #expect(cache.find("a", at: Self.at(hour + 7)) == (.absent, false))
  }

  @Test mutating func isBounded() {
    for index in 0...NameCache.most + 10 {
      _ = cache.find("name\(index)", at: Int64(index))
      cache.learn("name\(index)", .addresses(Self.one), at: Int64(index))
    }
    #expect(cache.find("name\(NameCache.most)", at: Int64(NameCache.most)).finding == .addresses(Self.one))
    #expect(cache.find("name0", at: Int64(NameCache.most)).finding == .wait)
  }
}
