import Testing
import TickerModel

@Suite struct InflowTests {
  private static let second: Int64 = 1_000_000_000

  /// Starts what there is room for, `most` at most.
  private static func start(_ inflow: inout Inflow, beside recording: Int, at now: Int64, most: Int = 1000) -> [Int64] {
    var started: [Int64] = []
    while started.count < most, inflow.hasRoom(beside: recording, at: now) { started.append(inflow.noteStart(at: now)) }
    return started
  }

  private static func isFull(_ inflow: Inflow, beside recording: Int, at now: Int64) -> Bool {
    var inflow = inflow
    return !inflow.hasRoom(beside: recording, at: now)
  }

  @Test func whatBringsDocumentsStartsAsFastAsTheyAreRecorded() {
    var inflow = Inflow()
    let first = Self.start(&inflow, beside: 0, at: 0)
    #expect(first.count == Inflow.most)
    for period in first { inflow.noteAnswer(to: period, isDocument: true, at: 1000) }
    #expect(Self.isFull(inflow, beside: Inflow.most, at: 2000))
    let further = Self.start(&inflow, beside: 20, at: 2000).count
    #expect(further == Inflow.most - 20)
    // What was started and not answered counts beside what is being recorded.
    let last = Self.start(&inflow, beside: 19, at: 3000).count
    #expect(last == 1)
  }

  @Test func answersWithoutDocumentMakeRoom() {
    var inflow = Inflow()
    for turn in 0..<10 {
      for period in Self.start(&inflow, beside: 0, at: Int64(turn), most: 32) {
        inflow.noteAnswer(to: period, isDocument: false, at: Int64(turn))
      }
    }
    let many = Self.start(&inflow, beside: 0, at: 20).count
    #expect(many == 1000)
    #expect(Self.isFull(inflow, beside: Inflow.most, at: 20))
  }

  @Test func serversThatDoNotAnswerHoldUpNobody() {
    var inflow = Inflow()
    let hanging = Self.start(&inflow, beside: 0, at: 0)
    #expect(Self.isFull(inflow, beside: 0, at: Self.second / 20))
    let others = Self.start(&inflow, beside: 0, at: Self.second).count
    #expect(others == Inflow.most)
    // Their answers, long after, do not count for what was started meanwhile.
    for period in hanging { inflow.noteAnswer(to: period, isDocument: true, at: Self.second) }
    #expect(Self.isFull(inflow, beside: 0, at: Self.second))
  }
}
