import Glibc
import TestSupport
import Testing

/// SPEC §1, §2, §8: what cannot work is refused with a sentence and the right exit code, before anything is touched.
@Suite struct FaultyConfigurationTests {
  private static let faulty = """
    [[source]]
    name = "one"
    url = "https://news.example.org/"
    kind = "html"
    selekt = ".breaking li"

    [[source]]
    name = "two"
    url = "https://news.example.org/"
    interval = 15
    max_body = "8 bananas"

    [[source]]
    name = "one"
    url = "ftp://news.example.org/"
    interval = "adaptvie"

    [[webhook]]
    name = "desk"
    url = "https://hooks.example.org/"
    secret = "whsec_c2VjcmV0LXRoYXQtc3RhbmRzLWluLXRoZS1maWxl"
    """

  @Test(arguments: ["check", "run", "config"]) func everyFaultIsNamedWithItsPlace(_ command: String) async throws {
    let station = Station(Self.faulty)
    let finished = try await station.run(command)
    #expect(finished.code == 78)
    #expect(finished.output == "")
    // Tables begin at line 6 of the file that Station writes.
    let expected: [(line: Int, column: Int, words: [String])] = [
      (10, 1, ["selekt", "select"]), (15, 1, ["interval"]), (16, 1, ["max_body"]), (19, 1, ["one"]), (20, 1, ["url"]),
      (21, 1, ["adaptvie"]), (26, 1, ["secret"]),
    ]
    for fault in expected {
      let place = "\(station.configuration):\(fault.line):"
      let lines = finished.errors.split(separator: "\n").filter { $0.hasPrefix(place) }
      let named = lines.contains { line in fault.words.allSatisfy { line.contains($0) } }
      #expect(named, "\(fault) is not in:\n\(finished.errors)")
      let columns = lines.compactMap { Int($0.dropFirst(place.count).prefix { $0.isNumber }) }
      #expect(columns.contains { $0 >= fault.column })
    }
    #expect(!finished.errors.contains("c2VjcmV0LXRoYXQtc3RhbmRz"))
    #expect(access(station.state, F_OK) != 0, "nothing was made")
  }

  @Test(arguments: [
    "[[exec]]\nname = \"x\"", "[http]\nlisten = \"127.0.0.1:80\"",
    "[[source]]\nname = \"a\"\nurl = \"https://e.example/\"\nkind = \"sse\"",
    "[[source]]\nname = \"a\"\nurl = \"https://e.example/\"\nselect = \"li\"\nstart = \"x\"\nkind = \"html\"",
    "[[source]]\nname = \"UPPER\"\nurl = \"https://e.example/\"",
    "[[webhook]]\nname = \"a\"\nurl = \"https://e.example/\"\nformat = \"pager\"",
    "[[source]]\nname = \"a\"\nurl = \"https://e.example/\nkind = \"text\"",
  ])
  func whatDoesNothingYetOrCannotBeIsRefused(_ tables: String) async throws {
    let station = Station(tables)
    let finished = try await station.run("check")
    #expect(finished.code == 78)
    #expect(finished.errors.contains("\(station.configuration):"), "\(finished.errors)")
  }

  @Test func aMissingFileAndAMissingSecret() async throws {
    let station = Station("")
    let missing = try await station.start(["check", "-c", station.folder.file("none.toml")]).finished()
    #expect(missing.code == 78)
    #expect(missing.errors.contains("none.toml"))
    #expect(try await station.start(["run"]).finished().code == 78, "no file anywhere")

    station.configure(
      """
      [[webhook]]
      name = "desk"
      url = "https://hooks.example.org/"
      secret = { env = "DESK_SECRET" }
      """)
    let check = try await station.run("check")
    #expect(check.code == 0, "a warning: the service may have what this shell has not")
    #expect(check.errors.contains("DESK_SECRET"))
    for arguments in [["run"], ["run", "--once"]] {
      let run = try await station.start(arguments + ["-c", station.configuration]).finished()
      #expect(run.code == 78)
      #expect(run.errors.contains("DESK_SECRET") && run.errors.contains("desk"))
    }
  }

  @Test(
    arguments: [
      (["frobnicate"], 64), (["tail", "--frobnicate"], 64), (["poll"], 64), (["tail", "-n", "-3"], 64),
      (["tail", "-o", "yaml"], 64), (["run", "--stdout", "xml"], 64), (["tail", "--after", "nonsense"], 64),
      (["tail", "--text", "("], 64), (["tail"], 69), (["status"], 69), (["sources"], 69), (["poll", "x"], 69),
      (["reload"], 69),
    ] as [([String], Int32)])
  func wrongUsageIs64AndNoDaemonIs69(_ arguments: [String], _ code: Int32) async throws {
    let station = Station("")
    let finished = try await station.start(arguments + ["--socket", station.control].filter { _ in code == 69 })
      .finished()
    #expect(finished.code == code, "\(finished.errors)")
    #expect(finished.output == "")
    #expect(!finished.errors.isEmpty)
  }

  @Test(arguments: [
    ["run"], ["check"], ["config"], ["reload"], ["tail"], ["parse"], ["status"], ["sources"], ["poll"], ["receive"],
    ["version"], [],
  ])
  func everyCommandHasHelpWithAnExample(_ command: [String]) async throws {
    let finished = try await Station("").start(command + ["--help"]).finished()
    #expect(finished.code == 0)
    #expect(finished.output.contains("Example"))
    #expect(finished.output.contains("tickerd"))
    if !command.isEmpty { #expect(finished.output.contains("-c")) }
  }

  @Test(arguments: [["run"], ["run", "--once"]]) func aDamagedDatabaseIsNamedAndKept(_ arguments: [String]) async throws
  {
    let station = Station("")
    try await station.daemon().stop()
    let sound = try Fixtures.bytes(of: station.state)
    let garbage = Array("SQLite format 3\u{0}".utf8) + [UInt8](repeating: 0xA5, count: 20_000)
    for damaged in [garbage, Array(sound.prefix(sound.count / 2)), Array("just text, no database at all".utf8)] {
      station.folder.write("state/tickerd.db", damaged)
      let finished = try await station.start(arguments + ["-c", station.configuration]).finished()
      #expect(finished.code == 1)
      #expect(finished.errors.contains(station.state), "\(finished.errors)")
      let after = try Fixtures.bytes(of: station.state)
      #expect(after == damaged)
    }
  }

  @Test func aDatabaseOfANewerSchemaIsKept() async throws {
    let station = Station("")
    try await station.daemon().stop()
    var bytes = try Fixtures.bytes(of: station.state)
    // The user version: bytes 60 to 63, big-endian (sqlite.org/fileformat2.html §1.3).
    bytes.replaceSubrange(60..<64, with: [0, 0, 0x27, 0x10])
    station.folder.write("state/tickerd.db", bytes)
    let finished = try await station.run("run")
    #expect(finished.code == 78)
    #expect(finished.errors.contains("10000"), "\(finished.errors)")
    let after = try Fixtures.bytes(of: station.state)
    #expect(after == bytes)
  }

  @Test(.enabled(if: getuid() != 0, "root writes everywhere")) func aReadOnlyStateIsNamed() async throws {
    let station = Station("")
    try await station.daemon().stop()
    chmod(station.folder.file("state"), 0o500)
    chmod(station.state, 0o400)
    defer { chmod(station.folder.file("state"), 0o700) }
    let finished = try await station.run("run")
    #expect(finished.code == 1)
    #expect(finished.errors.contains(station.state))
  }
}
