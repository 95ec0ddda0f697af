import Synchronization
import Testing

@testable import TickerParse

/// Rules that are read once.
@Suite struct RuleMemoryTests {
  @Test("a rule is read once, and no more are kept than may be") func once() {
    let memory = RuleMemory<String>(most: 3)
    var readings = 0
    func ask(_ text: String) -> String {
      memory.rule(text) { text in
        readings += 1
        return text.uppercased()
      }
    }
    #expect(["a", "b", "a", "c", "b"].map(ask) == ["A", "B", "A", "C", "B"])
    #expect(readings == 3)
    #expect(ask("d") == "D" && memory.count == 1)
    #expect(ask("a") == "A" && readings == 5)
  }

  @Test("what cannot be read is read again") func faults() {
    let memory = RuleMemory<CSSSelector>()
    for _ in 0..<2 {
      #expect(throws: SelectorFault.self) {
        try memory.rule("a >") { text throws(SelectorFault) in try CSSSelector(text) }
      }
    }
    #expect(memory.count == 0)
  }

  @Test("many threads ask at once") func threads() async {
    let memory = RuleMemory<Int>(most: 10)
    let sums = await withTaskGroup(of: Int.self) { group in
      for task in 0..<8 {
        group.addTask { (0..<2_000).reduce(0) { $0 + memory.rule("\(($1 + task) % 20)") { Int($0) ?? -1 } } }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(sums == [Int](repeating: 19_000, count: 8))
    #expect(memory.count <= 10)
  }
}
