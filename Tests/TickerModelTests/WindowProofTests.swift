import TestSupport
import Testing
import TickerModel

/// Histories judged in one run; `TICKERD_TEST_HISTORIES` asks for more.
let historiesPerRun = 10_000

@Test func windowsAreJudgedAsTheOracleReadsTheSpecification() {
  let seed = SeededGenerator.seed()
  var generator = HistoryGenerator(seed: seed)
  for number in 0..<historiesPerRun {
    let history = number % 4 == 0 ? generator.windows(sources: 1 + number / 4 % 3) : generator.window()
    guard disagrees(history) else { continue }
    Issue.record("seed \(seed), history \(number):\n\(report(history.shrunk(while: disagrees)))")
    return
  }
}

/// What each poll of a history must announce.
private func expected(_ history: History) -> [[WindowOracle.Told]] {
  var oracle = WindowOracle()
  return history.polls.map { oracle.poll(history.source(of: $0), $0.titles, at: $0.seconds) }
}

private func told(_ history: History) -> [[WindowOracle.Told]] {
  history.rehearsed(rule: .plainWords).map { $0.map(WindowOracle.Told.init) }
}

private func disagrees(_ history: History) -> Bool { told(history) != expected(history) }

private func report(_ history: History) -> String {
  let (told, expected) = (told(history), expected(history))
  let sentences = history.rehearsed(rule: .plainWords).map { $0.map(\.sentence) }
  var report = history.text(announcing: sentences)
  for index in told.indices where told[index] != expected[index] {
    report += "\npoll \(index + 1) announces\n"
    report += told[index].map { "  \($0)\n" }.joined()
    report += "instead of\n" + expected[index].map { "  \($0)\n" }.joined()
    break
  }
  return report
}
