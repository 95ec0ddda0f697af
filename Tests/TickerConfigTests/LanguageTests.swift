import Testing
import TickerModel

@testable import TickerConfig

@Suite struct LanguageTests {
  @Test(arguments: [
    ("en", true), ("en-GB", true), ("zh-Hant-TW", true), ("es-419", true), ("sr-Latn-RS-x-desk", true), ("EN", true),
    ("", false), ("e", false), ("en-", false), ("-en", false), ("en--GB", false), ("en_GB", false), ("12", false),
    ("english language", false), ("en-123456789", false), ("é", false),
    ("de-DE-1996-a-b-c-d-e-f-g-h-i-j-k-l-m-n", false),
  ])
  func languageTagsByTheirForm(text: String, isSound: Bool) {
    let loaded = load(text: sound + "language = \"\(text)\"")
    #expect((loaded.configuration?.sources.first?.language == text) == isSound)
    #expect(loaded.faults.isEmpty == isSound)
  }
}
