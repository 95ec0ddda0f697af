@testable import TickerConfig
import TickerModel
import TickerText

extension Target {
  /// A configuration file: every fault has a place inside it and one line that is safe for a terminal; one that is in
  /// force is shown as TOML again.
  static let toml: Try = { bytes in
    let document = SyntaxRecovery(bytes, file: "f")
    var reader = TableReader(document.table, file: "f", title: "the main file", keys: Keys.mainFile)
    for fault in document.faults { reader.report(fault) }
    let context = SourceContext(environment: environment) { _, _ in nil }
    var assembly = ConfigurationAssembly(files: [reader], context: context)
    let configuration = assembly.configuration()
    let lines = bytes.reduce(into: 1) { if $1 == UInt8(ascii: "\n") { $0 += 1 } }
    let faults = assembly.files.flatMap(\.faults)
    for fault in faults {
      precondition((0...lines).contains(fault.line) && fault.column >= 0)
      precondition(VisibleText.escaped(fault.text) == fault.text)
      precondition(fault.excerpt.map { VisibleText.escaped($0) == $0 } ?? true)
    }
    guard !faults.contains(where: { $0.severity == .fault }) else { return }
    let shown = EffectiveConfiguration.toml(configuration)
    precondition((try? TOMLParser.table(Array(shown.utf8))) != nil)
  }

  private static let environment = LoadEnvironment(variables: ["HOME": "/nonexistent"], isRoot: false)
}
