import TestSupport
import Testing

@testable import TickerConfig

/// The manual pages stand beside the program.
private func page(_ name: String) throws -> String {
  let root = (0..<3).reduce(#filePath) { path, _ in Fixtures.folder(of: path) }
  return try Fixtures.text(of: "\(root)/Sources/tickerd/Manual/\(name)")
}

@Test(arguments: Set(Keys.mainFile + Keys.tables.flatMap(\.keys) + Keys.secret).sorted())
func everyKeyStandsInTheManual(key: String) throws {
  let words = try page("tickerd.toml.5").split { !$0.isLetter && $0 != "_" }
  #expect(words.contains { $0 == key })
}
