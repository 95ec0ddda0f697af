import Glibc
import Testing
import TickerModel

@testable import TickerConfig

/// The files that people begin with.
enum Sample {
  private static let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
    .joined(separator: "/")

  static func text(_ name: String) throws -> String {
    let bytes = try OpenFile(root + "/Config/" + name).read(atMost: 1 << 20)
    return try #require(String(validating: bytes, as: UTF8.self))
  }

  static func path(_ name: String) -> String { root + "/Config/" + name }

  /// The sample with its examples in force.
  static func withExamples() throws -> String {
    let lines = try text("tickerd.toml").split(separator: "\n", omittingEmptySubsequences: false)
    return lines.map { $0.hasPrefix("#: ") ? $0.dropFirst(3) : $0 }.joined(separator: "\n")
  }
}

@Suite struct SampleTests {
  @Test func theSampleStatesTheDefaults() throws {
    let loaded = load(text: try Sample.text("tickerd.toml"))
    #expect(loaded.faults.map(\.severity) == [.warning])
    #expect(loaded.configuration == load(text: "").configuration)
  }

  @Test func itsExamplesHaveNoFault() throws {
    let folder = TemporaryFolder()
    for name in ["desk-secret", "desk-key", "desk-token", "telegram-url"] {
      folder.write("credentials/" + name, "whsec_")
    }
    let service = LoadEnvironment(variables: ["CREDENTIALS_DIRECTORY": folder.path + "/credentials"], isRoot: true)
    let loaded = load(text: try Sample.withExamples(), service)
    #expect(loaded.lines == [])
    let configuration = try #require(loaded.configuration)

    var page = Source(name: "desk", url: .literal("https://news.example.org/"))
    page.kind = .html
    page.select = ".breaking-news li"
    page.expect.container = ".breaking-news"
    page.language = "en"
    page.hostGroup = "agency"
    page.headers = [
      ConfiguredHeader(name: "Accept-Language", value: .literal("en")),
      ConfiguredHeader(name: "X-Api-Key", value: .secret(.credential("desk-key"))),
    ]
    page.auth = .bearer(.credential("desk-token"))
    #expect(configuration.sources.first == page)
    #expect(configuration.sources.map(\.name) == ["desk", "world", "page", "quakes", "wire"])

    var webhook = Webhook(name: "desk", url: .literal("https://hooks.example.org/ticker"))
    webhook.secrets = [.credential("desk-secret")]
    webhook.headers = [ConfiguredHeader(name: "X-Desk", value: .literal("night"))]
    webhook.filter = Filter(notSources: ["wire"], tags: ["world"])
    // What stands there as a value is the default, but a batch.
    webhook.batch = BatchTerms()
    #expect(configuration.webhooks.first == webhook)
    #expect(configuration.webhooks.map(\.format) == [.standard, .ntfy, .telegram, .template])
    #expect(configuration.rules.map(\.drop) == [false, true, false])
    #expect(configuration.standardOutputs.map(\.format) == [.json])
  }

  @Test(arguments: Set(Keys.mainFile + Keys.tables.flatMap(\.keys) + Keys.secret).sorted())
  func everyKeyStandsInTheSample(key: String) throws {
    let words = try Sample.text("tickerd.toml").split { !$0.isLetter && $0 != "_" }
    #expect(words.contains { $0 == key })
  }

  @Test func theDemonstrationHasNoFault() throws {
    let folder = Sample.path("demo")
    let loaded = load(text: try Sample.text("demo/demo.toml.in").replacing("@DIR@", with: folder))
    // Scripts/demo makes a new secret for each run.
    #expect(loaded.faults.allSatisfy { $0.message == "secret: variable TICKERD_DEMO_SECRET is not set" })
    for source in try #require(loaded.configuration).sources {
      guard case .literal(let url) = source.url else { continue }
      #expect(access(URLParts(url).path, R_OK) == 0)
      #expect(source.baseline == .all)
    }
  }
}
