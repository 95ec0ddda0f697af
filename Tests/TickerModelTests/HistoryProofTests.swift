import TestSupport
import Testing
import TickerModel

/// Random histories, judged by the model and by oracles that read the specification as plainly as they can. A part is
/// a seed of its own, so that parts run side by side.
private let parts = 0..<8
private let windowsPerPart = 1250
private let feedsPerPart = 500

@Test(arguments: parts) func windowsAreJudgedAsSpecified(part: Int) {
  let seed = SeededGenerator.seed() &+ UInt64(part)
  var generator = HistoryGenerator(seed: seed)
  for number in 0..<windowsPerPart {
    let history = number % 4 == 0 ? generator.windows(sources: 1 + number / 4 % 3) : generator.window()
    guard Trial.ofWindows(history).disagrees else { continue }
    let smallest = history.shrunk { Trial.ofWindows($0).disagrees }
    Issue.record("TICKERD_TEST_SEED=\(seed), part 0, history \(number)\n\(Trial.ofWindows(smallest).report)")
    return
  }
}

@Test func longWindowsAreJudgedAsSpecified() {
  let seed = SeededGenerator.seed()
  var generator = HistoryGenerator(seed: seed)
  #expect(!Trial.ofWindows(generator.longWindow()).disagrees, "seed \(seed)")
}

@Test(arguments: parts) func feedsAreJudgedAsSpecified(part: Int) {
  let seed = SeededGenerator.seed() &+ UInt64(part)
  var generator = HistoryGenerator(seed: seed)
  for number in 0..<feedsPerPart {
    let history = generator.feeds(sources: 1 + number % 3)
    guard Trial.ofFeeds(history).disagrees else { continue }
    let smallest = history.shrunk { Trial.ofFeeds($0).disagrees }
    Issue.record("TICKERD_TEST_SEED=\(seed), part 0, history \(number)\n\(Trial.ofFeeds(smallest).report)")
    return
  }
}

/// One history, what the model told of it, and what an oracle expected.
private struct Trial {
  let history: History
  let events: [[Event]]
  let expected: [[WindowOracle.Told]]
  var told: [[WindowOracle.Told]] { events.map { $0.map(WindowOracle.Told.init) } }

  static func ofWindows(_ history: History) -> Trial {
    var oracle = WindowOracle()
    let expected = history.polls.map { oracle.poll(history.source(of: $0), $0.titles, at: $0.seconds) }
    return Trial(history: history, events: history.rehearsed(rule: .plainWords), expected: expected)
  }

  static func ofFeeds(_ history: History) -> Trial {
    var oracle = FeedOracle()
    let expected = history.polls.map { oracle.poll(history.source(of: $0), $0.items) }
    return Trial(history: history, events: history.rehearsed(rule: .plainWords), expected: expected)
  }

  var disagrees: Bool { told != expected }

  /// The history as a fixture with what the model announced, and where that is not what was expected.
  var report: String {
    let report = history.text(announcing: events.map { $0.map(\.sentence) })
    guard let index = expected.indices.first(where: { told[$0] != expected[$0] }) else { return report }
    let lines = { (events: [WindowOracle.Told]) in events.map { "  \($0)\n" }.joined() }
    return report + "\npoll \(index + 1) announces\n\(lines(told[index]))instead of\n\(lines(expected[index]))"
  }
}
