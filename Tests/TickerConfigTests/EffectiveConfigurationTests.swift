import Testing
import TickerConfig
import TickerModel
import TickerText

@Suite struct EffectiveConfigurationTests {
  @Test func whatIsShownReadsAsTheSame() throws {
    var page = Source(name: "page", url: .literal("https://a.example/#part"))
    page.kind = .html
    page.enabled = false
    page.select = "li[title=\"a\\\\b\"]"
    page.tags = ["ä", "😀", "it's \"quoted\"", "\u{202E}turned"]
    page.level = .flash
    page.interval = .every(.milliseconds(1500))
    page.hostGroup = "big.site"
    page.quietAfter = .after(.seconds(90))
    page.maxInterval = .seconds(600)
    page.baseline = .last(5)
    page.dedupe = .source
    page.repeatAfter = .zero
    page.retention = .seconds(90)
    page.keepHashes = .milliseconds(86_400_500)
    page.labelStrip = [try Pattern(#"(?i)"live"\s\|"#)]
    page.language = "en-GB"
    page.expect.container = "ul"
    page.allowNet = ["10.0.0.0/8", "fd00::/8"].compactMap { NetworkRange($0) }
    page.headers = [
      ConfiguredHeader(name: "Accept-Language", value: .literal("en, \"de\"")),
      ConfiguredHeader(name: "X-Api-Key", value: .secret(.credential("key"))),
    ]
    page.auth = .basic(.file("/etc/tickerd/login"))
    page.proxy = .literal("http://proxy.example:3128")
    page.caFile = "/etc/tickerd/ca.pem"
    page.insecure = true
    page.encoding = "shift_jis"
    var wire = Source(name: "wire", url: .secret(.file("/etc/tickerd/url")))
    wire.kind = .text
    wire.start = "# BREAKING"
    wire.end = ""
    wire.order = .oldestFirst
    wire.auth = .bearer(.environment("TOKEN"))
    wire.proxy = .secret(.environment("PROXY"))
    let filter = Filter(
      sources: ["page"], notSources: ["wire"], tags: ["ä"], types: ["item.*"], minLevel: .urgent,
      texts: [try Pattern(#"\bquake\b"#)], attributions: ["Iran's \"FM\""])
    let match = RuleMatch(
      sources: ["page"], notSources: ["wire"], tags: ["ä"], levels: [.flash, .routine],
      texts: [try Pattern(#"\bquake\b"#)], attributions: ["A"], languages: ["en", "ar-EG"])
    var webhook = Webhook(name: "w", url: .secret(.environment("HOOK")))
    webhook.secrets = [.credential("new"), .environment("OLD")]
    webhook.filter = filter
    webhook.retry = []
    webhook.headers = [ConfiguredHeader(name: "X-Desk", value: .literal("night"))]
    webhook.proxy = .secret(.environment("PROXY"))
    var daemon = DaemonSettings(state: "/s/t.db", runtime: "/s")
    daemon.socketMode = 0o60
    daemon.perHost = 5
    daemon.requestBudget = RequestBudget("600/min")
    daemon.keepDocuments = 0
    daemon.keepBytes = 0
    daemon.adminGroup = UserGroup(name: "adm", number: 4)
    let configuration = Configuration(
      daemon: daemon, sources: [page, wire, Source(name: "feed", url: .literal("https://b.example"))],
      rules: [
        Rule(match: match, level: .flash, tags: ["q", "r"]), Rule(match: match, drop: true), Rule(level: .urgent),
        Rule(match: RuleMatch(levels: [.bulletin]), tags: ["t"]),
      ],
      standardOutputs: [StandardOutput(), StandardOutput(format: .text, filter: filter)], webhooks: [webhook])

    let text = EffectiveConfiguration.toml(configuration)
    let loaded = load(text: text)
    #expect(loaded.lines.filter { $0.contains(": fault: ") } == [])
    #expect(loaded.configuration == configuration)
    #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || VisibleText.escaped(String($0)) == String($0) })
  }

  @Test func secretsAreMasked() {
    let secret = "https://user:hunter2@a.example/page?token=hunter3"
    var source = Source(name: "a", url: .literal(secret))
    source.proxy = .literal("http://user:hunter4@proxy.example:3128")
    source.headers = [ConfiguredHeader(name: "X-Api-Key", value: .literal("hunter5"))]
    let configuration = Configuration(daemon: DaemonSettings(state: "/s/t.db", runtime: "/s"), sources: [source])
    let text = EffectiveConfiguration.toml(configuration)
    #expect(!text.contains("hunter"))
    #expect(text.contains("url = \"\(MaskedURL.text(secret))\"  # masked: "))
  }
}
