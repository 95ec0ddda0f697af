import Glibc
import Testing
import TickerModel
import TickerText

@testable import TickerConfig

@Suite struct ConfigurationFileTests {
  @Test func everyKeyReachesItsValue() throws {
    let text = """
      [daemon]
      state = "/srv/t/t.db"
      runtime = "/srv/t/run/"
      socket_mode = "640"
      user_agent = "desk/1 (+https://desk.example)"
      log_level = "debug"
      max_transfers = 7
      max_subscribers = 9
      keep_documents = 0
      keep_bytes = "1GiB"
      admin_group = "adm"
      per_host = 3
      request_budget = "10/s"
      [[source]]
      name = "page"
      url = "https://a.example/?q=1"
      kind = "html"
      enabled = false
      select = "li"
      order = "oldest-first"
      tags = ["x", "y"]
      level = "bulletin"
      interval = "1m30s"
      min_interval = "1s"
      max_interval = "1h"
      host_group = "a"
      quiet_after = "never"
      timeout = "250ms"
      max_body = "64KiB"
      baseline = "last:3"
      dedupe = "source"
      repeat_after = "0s"
      retention = "1s"
      keep_hashes = "3650d"
      label_strip = ['BREAKING:', '(?i)live \\|']
      language = "zh-Hant-TW"
      expect = { min_items = 0, max_items = 60, container = "ul" }
      allow_net = ["10.0.0.0/8", "fd00::/8"]
      headers = { Accept-Language = "en", X-Api-Key = { env = "KEY" } }
      auth = { basic = { env = "LOGIN" } }
      proxy = "socks5h://10.0.0.1:1080"
      ca_file = "/dev/null"
      encoding = "windows-1251"
      [[source]]
      name = "text"
      url = { env = "FEED" }
      kind = "text"
      auth = { bearer = { env = "KEY" } }
      proxy = { env = "PROXY" }
      insecure = false
      start = "BREAKING"
      end = ""
      [[stdout]]
      format = "text"
      filter = { source = "page", not_source = ["text"], tag = ["x"], type = ["item.*"], min_level = "urgent", text = 'a|b', attribution = "Reuters" }
      [[rule]]
      match = { source = "page", not_source = ["text"], tag = "x", level = ["flash", "urgent"], text = 'q+', attribution = ["A B"], language = ["en", "fr-CA"] }
      set = { level = "bulletin", tags = ["quake"] }
      [[rule]]
      match = { level = "routine" }
      drop = true
      [[rule]]
      set = { tags = ["all"] }
      drop = false
      [[webhook]]
      name = "w"
      url = { env = "HOOK" }
      format = "standard"
      enabled = false
      secrets = [{ env = "NEW" }, { env = "OLD" }]
      filter = { type = "source.gap" }
      allow_net = ["127.0.0.1"]
      retry = ["1s", "2m"]
      timeout = "30s"
      concurrency = 2
      headers = { X-Desk = "night" }
      proxy = "http://proxy.example:3128"
      """
    let variables = ["FEED": "f", "HOOK": "h", "NEW": "n", "OLD": "o", "KEY": "k", "LOGIN": "l", "PROXY": "p"]
    let loaded = load(text: text, LoadEnvironment(variables: variables, isRoot: true))
    #expect(loaded.lines == [])
    let configuration = try #require(loaded.configuration)

    var daemon = DaemonSettings(state: "/srv/t/t.db", runtime: "/srv/t/run")
    daemon.socketMode = 0o640
    daemon.userAgent = "desk/1 (+https://desk.example)"
    daemon.logLevel = .debug
    daemon.maxTransfers = 7
    daemon.maxSubscribers = 9
    daemon.keepDocuments = 0
    daemon.keepBytes = 1 << 30
    daemon.adminGroup = UserGroup(name: "adm", number: getgrnam("adm")?.pointee.gr_gid ?? 0)
    daemon.perHost = 3
    daemon.requestBudget = RequestBudget("10/s")
    #expect(configuration.daemon == daemon)

    var page = Source(name: "page", url: .literal("https://a.example/?q=1"))
    page.kind = .html
    page.enabled = false
    page.select = "li"
    page.order = .oldestFirst
    page.tags = ["x", "y"]
    page.level = .bulletin
    page.interval = .every(.seconds(90))
    page.minInterval = .seconds(1)
    page.maxInterval = .seconds(3600)
    page.hostGroup = "a"
    page.quietAfter = .never
    page.timeout = .milliseconds(250)
    page.maxBody = 65_536
    page.baseline = .last(3)
    page.dedupe = .source
    page.repeatAfter = .zero
    page.retention = .seconds(1)
    page.keepHashes = .seconds(3650 * 86_400)
    page.labelStrip = [try Pattern("BREAKING:"), try Pattern("(?i)live \\|")]
    page.language = "zh-Hant-TW"
    page.expect.minItems = 0
    page.expect.maxItems = 60
    page.expect.container = "ul"
    page.allowNet = ["10.0.0.0/8", "fd00::/8"].compactMap { NetworkRange($0) }
    page.headers = [
      ConfiguredHeader(name: "Accept-Language", value: .literal("en")),
      ConfiguredHeader(name: "X-Api-Key", value: .secret(.environment("KEY"))),
    ]
    page.auth = .basic(.environment("LOGIN"))
    page.proxy = .literal("socks5h://10.0.0.1:1080")
    page.caFile = "/dev/null"
    page.encoding = "windows-1251"
    var plain = Source(name: "text", url: .secret(.environment("FEED")))
    plain.kind = .text
    plain.start = "BREAKING"
    plain.end = ""
    plain.auth = .bearer(.environment("KEY"))
    plain.proxy = .secret(.environment("PROXY"))
    #expect(configuration.sources == [page, plain])

    let filter = Filter(
      sources: ["page"], notSources: ["text"], tags: ["x"], types: ["item.*"], minLevel: .urgent,
      texts: [try Pattern("a|b")], attributions: ["Reuters"])
    #expect(configuration.standardOutputs == [StandardOutput(format: .text, filter: filter)])

    let match = RuleMatch(
      sources: ["page"], notSources: ["text"], tags: ["x"], levels: [.flash, .urgent], texts: [try Pattern("q+")],
      attributions: ["A B"], languages: ["en", "fr-CA"])
    #expect(
      configuration.rules == [
        Rule(match: match, level: .bulletin, tags: ["quake"]),
        Rule(match: RuleMatch(levels: [.routine]), drop: true), Rule(tags: ["all"]),
      ])

    var webhook = Webhook(name: "w", url: .secret(.environment("HOOK")))
    webhook.enabled = false
    webhook.headers = [ConfiguredHeader(name: "X-Desk", value: .literal("night"))]
    webhook.proxy = .literal("http://proxy.example:3128")
    webhook.secrets = [.environment("NEW"), .environment("OLD")]
    webhook.filter = Filter(types: ["source.gap"])
    webhook.allowNet = ["127.0.0.1/32"].compactMap { NetworkRange($0) }
    webhook.retry = [.seconds(1), .seconds(120)]
    webhook.timeout = .seconds(30)
    webhook.concurrency = 2
    #expect(configuration.webhooks == [webhook])
  }

  @Test func defaultsServeSourcesOfSeveralKinds() throws {
    let text = """
      [defaults]
      interval = "5s"
      retention = "7d"
      label_strip = ["x"]
      language = "en"
      select = "li"
      tags = ["d"]
      expect = { max_items = 5, container = "ul" }
      [[source]]
      name = "page"
      url = "https://a.example/"
      kind = "html"
      [[source]]
      name = "feed"
      url = "https://b.example/"
      kind = "rss"
      interval = "7s"
      label_strip = []
      language = "fr"
      expect = { min_items = 2 }
      [[source]]
      name = "wire"
      url = "https://c.example/"
      start = "BREAKING"
      """
    let loaded = load(text: text)
    #expect(loaded.lines == [])
    let sources = try #require(loaded.configuration).sources
    #expect(sources.map(\.interval) == [.every(.seconds(5)), .every(.seconds(7)), .every(.seconds(5))])
    #expect(sources.map(\.retention) == [Duration](repeating: .seconds(7 * 86_400), count: 3))
    #expect(sources.map(\.labelStrip.count) == [1, 0, 1])
    #expect(sources.map(\.language) == ["en", "fr", "en"])
    #expect(sources.map(\.select) == ["li", nil, nil])
    #expect(sources.map(\.start) == [nil, nil, "BREAKING"])
    #expect(sources.map(\.tags) == [["d"], ["d"], ["d"]])
    #expect(sources.map(\.expect.maxItems) == [5, Defaults.maxItems, 5])
    #expect(sources.map(\.expect.minItems) == [1, 2, 1])
    #expect(sources.map(\.expect.container) == ["ul", nil, "ul"])
  }

  @Test func includedFilesFollowInTheOrderOfTheirNames() throws {
    let folder = TemporaryFolder()
    let source = { (name: String) in "[[source]]\nname = \"\(name)\"\nurl = \"https://\(name).example/\"\n" }
    folder.write("a [b]*/sources.d/20.toml", source("twenty"))
    folder.write("a [b]*/sources.d/10.toml", source("ten"))
    folder.write("a [b]*/sources.d/.hidden.toml", source("hidden"))
    folder.write("a [b]*/sources.d/note.txt", "no TOML")
    folder.write("a [b]*/extra.toml", source("extra"))
    let main = folder.write(
      "a [b]*/tickerd.toml",
      "include = [\"extra.toml\", \"sources.d/*.toml\", \"none.d/*.toml\"]\n"
        + "[defaults]\ninterval = \"3s\"\n" + source("main"))
    let loaded = load(main)
    #expect(loaded.lines == [])
    #expect(loaded.configuration?.sources.map(\.name) == ["main", "extra", "ten", "twenty"])
    #expect(loaded.configuration?.sources.map(\.interval) == [Interval](repeating: .every(.seconds(3)), count: 4))
  }

  @Test func rulesOfIncludedFilesFollow() throws {
    let folder = TemporaryFolder()
    let rule = { (tag: String) in "[[rule]]\nset = { tags = [\"\(tag)\"] }\n" }
    folder.write("d/b.toml", rule("b1") + rule("b2"))
    folder.write("d/a.toml", rule("a"))
    let main = folder.write(
      "t.toml", "include = [\"d/*.toml\"]\n[[source]]\nname = \"m\"\nurl = \"https://m.example/\"\n" + rule("main"))
    let loaded = load(main)
    #expect(loaded.lines == [])
    #expect(loaded.configuration?.rules.flatMap(\.tags) == ["main", "a", "b1", "b2"])
  }

  @Test func aFileIsReadOnceAndDefaultsReachIt() throws {
    let folder = TemporaryFolder()
    folder.write("d/b.toml", "[[source]]\nname = \"b\"\nurl = \"https://b.example/\"")
    folder.write("d/a.toml", "[[source]]\nname = \"a\"\nurl = \"https://a.example/\"")
    let main = folder.write("t.toml", "include = [\"d/b.toml\", \"d/*.toml\"]\n[defaults]\ninterval = \"3s\"")
    let loaded = load(main)
    #expect(loaded.lines == [])
    #expect(loaded.files == [main, folder.path + "/d/b.toml", folder.path + "/d/a.toml"])
    let sources = try #require(loaded.configuration).sources
    #expect(sources.map(\.name) == ["b", "a"])
    #expect(sources.map(\.interval) == [.every(.seconds(3)), .every(.seconds(3))])
  }

  @Test func faultsOfAllFilesComeInOneRun() {
    let folder = TemporaryFolder()
    folder.write("d/a.toml", "[daemon]\n[[source]]\nname = \"m\"\nurl = \"https://a.example/\"")
    folder.write("d/b.toml", "include = [\"x\"]\n[[source]]\nname = \"B\"\nurl = \"https://b.example/\"")
    folder.write("d/c.toml", "[[source")
    folder.folder("d/d.toml")
    let main = folder.write(
      "t.toml",
      "include = [\"d/*.toml\", \"none.toml\", \"\"]\n[[source]]\nname = \"m\"\nurl = \"https://m.example/\"\nx = 1")
    #expect(
      load(main).lines.map { $0.replacing(folder.path + "/", with: "") } == [
        "t.toml:1:24: fault: include: there is no file \"none.toml\"",
        "t.toml:1:37: fault: include: an empty pattern matches nothing",
        "t.toml:5:1: fault: unknown key \"x\" in [[source]]; there are \(Keys.source.joined(separator: ", "))",
        "a.toml:1:2: fault: unknown key \"daemon\" in an included file; [daemon] is a table of the main file's own",
        "a.toml:3:8: fault: name: \"m\" is taken by the [[source]] at t.toml:3:8",
        "b.toml:1:1: fault: unknown key \"include\" in an included file; it stands at the top of the main file, before "
          + "any [table]",
        "b.toml:3:8: fault: name: \"B\" must be 1 to 64 of a-z 0-9 . _ - and begin with a-z or 0-9",
        "c.toml:1:9: fault: syntax: parsing table header: encountered end-of-file",
        "d.toml: fault: cannot be read: it is not a file; name a file with -c FILE",
      ])
  }

  @Test func aMissingFileSaysWhatToDo() {
    let loaded = load("/nonexistent/tickerd.toml")
    #expect(
      loaded.faults.map(\.text) == [
        "/nonexistent/tickerd.toml: fault: cannot be read: No such file or directory; write it, or name another with "
          + "-c FILE"
      ])
    #expect(loaded.configuration == nil)
  }

  @Test func aFileIsBounded() {
    let folder = TemporaryFolder()
    let long = folder.write("long.toml", [UInt8](repeating: UInt8(ascii: "#"), count: 4 << 20 | 1))
    #expect(
      load(long).lines == ["long.toml: fault: cannot be read: it is longer than 4194304 bytes; split it with include"])
    let many = String(repeating: "[[source]]\n", count: 2000)
    #expect(load(text: many).faults.count <= 1000)
  }

  @Test func noNumberOfWarningsHidesAFault() {
    let sources = (0..<1100).map { "[[source]]\nname = \"s\($0)\"\nurl = \"http://127.0.0.1/\"\n" }.joined()
    let loaded = load(text: sources + "lvel = 1")
    #expect(loaded.configuration == nil)
    #expect(
      loaded.lines.last == "tickerd.toml:3301:1: fault: unknown key \"lvel\" in [[source]], did you mean \"level\"?")
    #expect(loaded.faults.count == 1001)
  }

  @Test func aPipeIsReadLikeAFile() throws {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    defer { close(ends[0]) }
    let text = Array("[[source]]\nname = \"piped\"\nurl = \"https://a.example/\"\n".utf8)
    #expect(write(ends[1], text, text.count) == text.count)
    // Opening the path makes a descriptor of its own: the end comes when the last writer is gone.
    close(ends[1])
    let loaded = load("/proc/self/fd/\(ends[0])")
    #expect(loaded.configuration?.sources.map(\.name) == ["piped"])
  }
}

@Suite struct PlacesTests {
  @Test func rootHasTheDefaultsOfTheMachine() {
    let daemon = load(text: "").configuration?.daemon
    #expect(daemon == DaemonSettings(state: "/var/lib/tickerd/tickerd.db", runtime: "/run/tickerd"))
  }

  @Test(arguments: [
    (["HOME": "/home/u"], "/home/u/.local/state/tickerd/tickerd.db", "/home/u/.local/state/tickerd"),
    (
      ["HOME": "/home/u/", "XDG_STATE_HOME": "relative"], "/home/u/.local/state/tickerd/tickerd.db",
      "/home/u/.local/state/tickerd"
    ),
    (["XDG_STATE_HOME": "/s", "XDG_RUNTIME_DIR": "/run/user/7"], "/s/tickerd/tickerd.db", "/run/user/7/tickerd"),
    (
      ["HOME": "/home/u", "STATE_DIRECTORY": "/var/lib/tickerd", "RUNTIME_DIRECTORY": "/run/tickerd:/run/other"],
      "/var/lib/tickerd/tickerd.db", "/run/tickerd"
    ),
  ])
  func aUserHasDefaultsOfHisOwn(variables: [String: String], state: String, runtime: String) {
    let loaded = load(text: "", LoadEnvironment(variables: variables, isRoot: false))
    #expect(loaded.configuration?.daemon == DaemonSettings(state: state, runtime: runtime))
  }

  @Test func aUserWithoutHomeMustNameTheState() {
    let nobody = LoadEnvironment(variables: [:], isRoot: false)
    #expect(
      load(text: "", nobody).lines == [
        "tickerd.toml: fault: state: no default without HOME or XDG_STATE_HOME; write an absolute path"
      ])
    let daemon = load(text: "[daemon]\nstate = \"/d/t.db\"", nobody).configuration?.daemon
    #expect(daemon == DaemonSettings(state: "/d/t.db", runtime: "/d"))
  }

  @Test func theHomeFolderCanBeWrittenShort() {
    let user = LoadEnvironment(variables: ["HOME": "/home/u"], isRoot: false)
    let daemon = load(text: "[daemon]\nstate = \"~/t.db\"\nruntime = \"~/run\"", user).configuration?.daemon
    #expect(daemon == DaemonSettings(state: "/home/u/t.db", runtime: "/home/u/run"))
  }

  @Test func theFirstPlaceThatIsNamedOrThereIsTaken() throws {
    let folder = TemporaryFolder()
    let machine = folder.write("etc/tickerd.toml", "")
    let user = folder.write("config/tickerd/tickerd.toml", "")
    let home = folder.write("home/.config/tickerd/tickerd.toml", "")
    let environment = { (variables: [String: String], isRoot: Bool) in
      LoadEnvironment(variables: variables, isRoot: isRoot, systemConfiguration: machine)
    }
    let xdg = ["XDG_CONFIG_HOME": folder.path + "/config"]
    #expect(try ConfigurationFile.find(explicit: "x", environment: environment(["TICKERD_CONFIG": "y"], true)) == "x")
    #expect(try ConfigurationFile.find(explicit: nil, environment: environment(["TICKERD_CONFIG": "y"], true)) == "y")
    #expect(try ConfigurationFile.find(explicit: nil, environment: environment(xdg, false)) == user)
    #expect(try ConfigurationFile.find(explicit: nil, environment: environment(xdg, true)) == machine)
    let homely = environment(["HOME": folder.path + "/home"], false)
    #expect(try ConfigurationFile.find(explicit: nil, environment: homely) == home)
    let elsewhere = environment(["HOME": "/nonexistent", "TICKERD_CONFIG": ""], false)
    #expect(try ConfigurationFile.find(explicit: nil, environment: elsewhere) == machine)
  }

  @Test func whereNothingIsFoundItSaysWhereItLooked() {
    let environment = LoadEnvironment(
      variables: ["HOME": "/nonexistent"], isRoot: false, systemConfiguration: "/nonexistent/etc.toml")
    let expected = ConfigurationNotFound(
      places: ["/nonexistent/.config/tickerd/tickerd.toml", "/nonexistent/etc.toml"])
    #expect(throws: expected) { try ConfigurationFile.find(explicit: nil, environment: environment) }
    #expect(expected.text.contains(expected.places.joined(separator: ", ")))
  }
}
