import Testing
import TickerModel

@testable import TickerConfig

/// A faulty configuration beside what is said of it.
struct FaultCase: Sendable, CustomTestStringConvertible {
  let name: String
  let toml: String
  /// `line:column: fault: message`
  let expected: [String]

  init(_ name: String, _ toml: String, _ expected: String...) {
    self.name = name
    self.toml = toml
    self.expected = expected
  }

  var testDescription: String { name }
}

/// A source that is sound, for cases about something else.
let sound = """
  [[source]]
  name = "a"
  url = "https://a.example/"

  """

@Suite struct FaultTests {
  @Test(arguments: unknownKeys + wrongTypes + wrongValues)
  func everyFaultHasItsPlace(faulty: FaultCase) {
    check(faulty)
  }

  @Test(arguments: sourceRules + itemRules + retention + access + secretsAndAddresses + sinks + syntax)
  func rulesAcrossKeys(faulty: FaultCase) {
    check(faulty)
  }

  private func check(_ faulty: FaultCase) {
    let loaded = load(text: faulty.toml)
    #expect(loaded.lines == faulty.expected.map { "tickerd.toml:" + $0 })
    let isUsable = !faulty.expected.contains { $0.contains(" fault: ") }
    #expect((loaded.configuration != nil) == isUsable)
    // What stands for a password in these cases, and its base64.
    #expect(!loaded.faults.contains { [$0.message, $0.excerpt ?? ""].contains { $0.contains("hunter2") } })
    #expect(!loaded.faults.contains { [$0.message, $0.excerpt ?? ""].contains { $0.contains("aHVudGVyMg") } })
  }
}

extension FaultTests {
  static let rule = "[[rule]]\n"
  static let webhook = "[[webhook]]\nname = \"w\"\nurl = \"https://w.example/\"\n"
}
