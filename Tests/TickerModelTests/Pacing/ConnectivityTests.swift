import TestSupport
import Testing

@testable import TickerModel

@Suite struct ConnectivityTests {
  @Test func whenNobodyAnswersTheLineIsDead() {
    var line = Connectivity()
    #expect(line.noteAnswer() == nil)
    #expect(line.noteUnreached("a", of: 4) == nil)
    #expect(line.noteUnreached("a", of: 4) == nil)
    #expect(line.noteUnreached("b", of: 4) == nil)
    #expect(line.noteUnreached("c", of: 4) == nil)
    #expect(line.noteUnreached("d", of: 4) == .lost)
    #expect(line.noteUnreached("a", of: 4) == nil, "said once")
    #expect(line.isLost)
    #expect(line.noteAnswer() == .back)
    #expect(!line.isLost)
    #expect(line.noteUnreached("a", of: 4) == nil)
  }

  @Test func hostsThatFailAmongOthersAreTheirOwnFault() {
    var line = Connectivity()
    for host in 0..<1000 {
      #expect(line.noteUnreached("h\(host % 7)", of: 20) == nil)
      #expect(line.noteAnswer() == nil)
    }
    for host in 0..<7 { #expect(line.noteUnreached("h\(host)", of: 20) == nil) }
    #expect(line.noteUnreached("h7", of: 20) == .lost, "eight in a row")
  }

  @Test func oneHostOrTwoTellNothing() {
    var line = Connectivity()
    #expect(line.noteAnswer() == nil)
    for _ in 0..<1000 {
      #expect(line.noteUnreached("a", of: 2) == nil)
      #expect(line.noteUnreached("b", of: 2) == nil)
    }
  }

  @Test func whatNeverWorkedIsNotLost() {
    var line = Connectivity()
    for host in 0..<100 { #expect(line.noteUnreached("\(host)", of: 100) == nil) }
    line.noteEarlierAnswer()
    #expect(line.noteUnreached("0", of: 100) == .lost)
  }
}

@Suite struct HostGroupTests {
  @Test(arguments: [
    ("https://feeds.bbc.co.uk/rss", "bbc.co.uk", false), ("https://BBC.co.uk:8443/", "bbc.co.uk", false),
    ("https://a.b.example.com/", "example.com", false), ("https://one.github.io/", "one.github.io", false),
    ("https://example.com./", "example.com", false), ("http://127.0.0.1:8080/a", "127.0.0.1:8080", true),
    ("http://127.0.0.1/a", "127.0.0.1", true), ("http://[::1]:81/", "::1:81", true),
    ("http://10.1.2.3/", "10.1.2.3", true), ("http://93.184.216.34/", "93.184.216.34", false),
    ("http://localhost:3000/x", "localhost:3000", true), ("http://bridge:3000/x", "bridge:3000", true),
    ("file:///srv/page.txt", "file", true), ("https://co.uk/", "co.uk", false),
  ])
  func hostsOfOneOwnerAreAGroup(url: String, name: String, isLocal: Bool) {
    let group = HostGroup(url: url, override: nil)
    #expect(group.name == name)
    #expect(group.isLocal == isLocal)
    #expect(HostGroup(url: url, override: "mine").name == "mine")
  }
}

@Suite struct StageTimesTests {
  @Test func quantilesAreWithinAFifth() throws {
    let seed = SeededGenerator.seed()
    var random = SeededGenerator(seed: seed)
    for _ in 0..<40 {
      let scale = Double.random(in: 20...1e9, using: &random)
      var times = StageTimes()
      let values = (0..<Int.random(in: 1...250, using: &random)).map { _ in
        scale * Double.random(in: 0.9...1.1, using: &random)
      }
      for value in values { times.note(.fetch, .nanoseconds(Int64(value * 1000))) }
      for share in [0.5, 0.99] {
        let told = try #require(times.quantile(share, of: .fetch)).inSeconds * 1e6
        let exact = values.sorted()[max(0, Int((Double(values.count) * share).rounded(.up)) - 1)]
        #expect((told / exact - 1).magnitude <= 0.2, "\(told) µs for \(exact); seed \(seed)")
      }
      #expect(times.quantile(0.5, of: .parse) == nil)
    }
  }

  @Test func oldPollsFade() throws {
    var times = StageTimes()
    for _ in 0..<1000 { times.note(.record, .milliseconds(1)) }
    for _ in 0..<1000 { times.note(.record, .milliseconds(100)) }
    #expect(try #require(times.quantile(0.5, of: .record)) > .milliseconds(80))
    times.note(.delay, .seconds(400 * 86_400))
    times.note(.delay, .zero)
    #expect(times.quantile(1, of: .delay) != nil)
    #expect(StageTimes().quantile(0.5, of: .wait) == nil)
  }
}
