import Glibc
import TestSupport
import Testing

/// SPEC §1, `search`, `why`, `try` and `backup`: what was recorded, read back from the shell.
@Suite struct ArchiveTests {
  private static func desk(_ origin: Origin) async throws -> (Station, Daemon) {
    origin.publish("/wire", Sources.lines("Quake kills four in the north", "東京で地震", "Weather is fine"))
    let station = Station(Sources.text("wire", on: origin, "/wire", "tags = [\"fast\"]"))
    let daemon = try await station.daemon()
    try await station.poll("wire")
    origin.publish("/wire", Sources.lines("Araghchi: Talks go on", "Quake kills nine in the north", "東京で地震"))
    try await station.poll("wire")
    return (station, daemon)
  }

  @Test func searchFindsWhatWasRecordedWithAndWithoutTheDaemon() async throws {
    let origin = try Origin()
    let (station, daemon) = try await Self.desk(origin)
    let cases: [([String], [String])] = [
      (["東京"], ["東京で地震"]), (["quake"], ["Quake kills nine in the north"]), (["four"], []),
      (["--tag", "fast", "talk*"], ["Araghchi: Talks go on"]), (["--tag", "slow", "talk*"], []),
      (["--source", "wire", "fine"], ["Weather is fine"]), (["\"go on\""], ["Araghchi: Talks go on"]),
      (["\"on go\""], []), (["AND"], []),
    ]
    for round in ["running", "stopped"] {
      for (arguments, expected) in cases {
        let finished = try await station.start(["search", "-c", station.configuration, "--json"] + arguments).finished()
        #expect(finished.code == (expected.isEmpty ? 1 : 0), "\(round): \(arguments): \(finished.errors)")
        #expect(try finished.lines.map { try JSON($0)["title"].string } == expected, "\(round): \(arguments)")
      }
      if round == "running" { try await daemon.stop() }
    }
    let text = try await station.run("search", "quake").output
    #expect(text.contains(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ routine wire ~ Quake kills nine in the north\n$/))
    #expect(try await station.run("search", "!").code == 64)
  }

  @Test func whyTellsTheStages() async throws {
    let origin = try Origin()
    let (station, _) = try await Self.desk(origin)
    let log = try await station.log()
    let update = try #require(log.first { $0.type == "item.updated" })
    let id = try #require(update["id"].string)
    for name in [id, try #require(update["cursor"].string)] {
      let account = try JSON(try await station.run("why", "--json", name).output)
      #expect(account["id"].string == id)
      #expect(account["steps"].array.map { $0["verdict"].string } == ["baseline", "edited"])
      let edit = account["steps"].array[1]
      #expect(edit["closest"].string == "Quake kills four in the north")
      #expect(edit["above"].string == "Araghchi: Talks go on" && edit["below"].string == "東京で地震")
      #expect(edit["document"]["url"].string == origin.url("/wire") && edit["document"]["status"].int == 200)
      #expect(account["events"].array.map { $0["type"].string } == ["item.new", "item.updated"])
      #expect(account["texts"].array.count == 2)
    }
    let text = try await station.run("why", id)
    #expect(text.code == 0 && text.output.contains("Quake kills nine in the north") && text.output.contains("edited"))
    for unknown in ["itm_00000000000000000000000000", "abcdef-1", "nonsense"] {
      let finished = try await station.run("why", unknown)
      #expect(finished.code == 1 && finished.errors.hasPrefix("tickerd: "), "\(unknown)")
    }
  }

  @Test func whyNamesTheRulesThatFitted() async throws {
    let origin = try Origin()
    origin.publish("/wire", Sources.lines("Weather is fine"))
    let rules = """
      [[rule]]
      match = { text = "quake" }
      set = { level = "urgent" }
      [[rule]]
      match = { text = "rain" }
      set = { tags = ["wet"] }
      [[rule]]
      match = { text = "in the north" }
      drop = true
      [[rule]]
      match = { text = "." }
      set = { tags = ["any"] }

      """
    let station = Station(Sources.text("wire", on: origin, "/wire") + rules)
    let daemon = try await station.daemon()
    try await station.poll("wire")
    origin.publish("/wire", Sources.lines("A quake in the north", "A quake in the south", "Weather is fine"))
    try await station.poll("wire")
    let cases: [(words: String, rules: [Int], isDropped: Bool, line: String)] = [
      ("north", [1, 3], true, "[[rule]] 1, 3, which drops it"), ("south", [1, 4], false, "[[rule]] 1, 4\n"),
      ("weather", [4], false, "[[rule]] 4\n"),
    ]
    for (words, rules, isDropped, line) in cases {
      let found = try JSON(try await station.run("search", "--json", words).output)
      let id = try #require(found["id"].string)
      let step = try JSON(try await station.run("why", "--json", id).output)["steps"].array[0]
      #expect(step["rules"].array.compactMap(\.int) == rules && step["dropped"].bool == isDropped, "\(words)")
      #expect(try await station.run("why", id).output.contains(line), "\(words)")
    }
    try await daemon.stop()
  }

  @Test func tryTellsWhatOtherRulesWouldHaveAnnounced() async throws {
    let origin = try Origin()
    let (station, _) = try await Self.desk(origin)
    let same = try await station.run("try", "--source", "wire", "--json")
    #expect(same.code == 0, "\(same.errors)")
    #expect(
      try same.lines.map { try JSON($0) }.map { "\($0["verdict"].string ?? "") \($0["announced"])" }
        == ["changed true", "new true"])
    let changed = station.folder.write(
      "changed.toml",
      try Fixtures.text(of: station.configuration) + "[[rule]]\nmatch = { text = \"Talks\" }\ndrop = true\n")
    let finished = try await station.start(
      ["try", "-c", changed, "--source", "wire", "--against", "1h"]
    ).finished()
    #expect(finished.code == 0, "\(finished.errors)")
    #expect(finished.output.contains(/- .* suppressed .* Araghchi: Talks go on/))
    #expect(try await station.run("try", "--source", "nobody").code == 1)
  }

  @Test func tryWithoutDocumentsSaysSo() async throws {
    let origin = try Origin()
    origin.publish("/wire", "Quake\n")
    let station = Station(settings: "keep_documents = 0", Sources.text("wire", on: origin, "/wire"))
    let daemon = try await station.daemon()
    try await station.poll("wire")
    try await daemon.stop()
    let finished = try await station.run("try", "--source", "wire")
    #expect(finished.code == 1 && finished.errors.contains("keep_documents"))
  }

  @Test func aBackupPutBackGoesOnUnderAnotherEpoch() async throws {
    let origin = try Origin()
    let (station, daemon) = try await Self.desk(origin)
    let before = try #require(try await station.log().last?["cursor"].string)
    let copy = station.folder.file("copy.db")
    let backup = try await station.run("backup", copy)
    #expect(backup.code == 0, "\(backup.errors)")
    #expect(try await station.run("backup", copy).code == 1)
    try await daemon.stop()
    #expect(rename(copy, station.state) == 0)

    let restored = try await station.daemon()
    try await restored.logged("notice", "copy")
    let after = try #require(try await station.log().last?["cursor"].string)
    #expect(after.split(separator: "-").last == before.split(separator: "-").last)
    #expect(after.split(separator: "-").first != before.split(separator: "-").first)
    let refused = try await station.ask("sub after=\(before)")
    #expect(refused["code"].string == "epoch_mismatch")
    #expect(try await station.poll("wire")["events"].int == 0)
  }

  @Test func withoutAConfigurationOrAStateTheySaySo() async throws {
    let station = Station("")
    for arguments in [["search", "x"], ["why", "x"], ["try", "--source", "x"], ["backup", "x"]] {
      let nowhere = try await station.start(arguments + ["-c", station.folder.file("none.toml")]).finished()
      #expect(nowhere.code == 78, "\(arguments)")
      let empty = try await station.start(arguments + ["-c", station.configuration]).finished()
      #expect(empty.code == 1 && empty.errors.hasPrefix("tickerd: "), "\(arguments): \(empty.errors)")
    }
  }
}
