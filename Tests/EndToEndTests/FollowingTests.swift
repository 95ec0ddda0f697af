import Glibc
import TestSupport
import Testing

/// What `tail` promises beyond printing: forms, cursor files, the database without a daemon.
@Suite struct FollowingTests {
  /// One source with three events.
  private static func desk(_ origin: Origin) async throws -> (Station, Daemon) {
    origin.publish("/desk", Sources.lines("Third story", "Second story", "First story"))
    let station = Station(Sources.text("desk", on: origin, "/desk", "level = \"flash\"\ntags = [\"a\", \"b\"]"))
    let daemon = try await station.daemon()
    try await station.poll("desk")
    return (station, daemon)
  }

  @Test func theFormsOfOutput() async throws {
    let origin = try Origin()
    let (station, _) = try await Self.desk(origin)
    let log = try await station.log()
    let cursor = try #require(log.last?["cursor"].string)
    let sse = try await station.run("tail", "-n", "1", "-o", "sse").output
    let fields = sse.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    #expect(fields.count == 5 && fields[0] == "id: \(cursor)" && fields[1] == "event: item.new")
    #expect(fields[2].hasPrefix("data: {") && fields[3].isEmpty, "\(sse)")
    #expect(try JSON(String(fields[2].dropFirst(6)))["title"].string == "Third story")
    #expect(try await station.run("tail", "-n", "1", "--json").lines.map { try JSON($0).title } == ["Third story"])
    let template = "{{{level}}} {source}|{tags}|{revision}|{link}|{title:json}|{seen:time}|{at:clock}"
    let line = try #require(try await station.run("tail", "-n", "1", "--format", template).lines.first)
    let expected = #/\{flash\} desk\|a,b\|1\|\|"Third story"\|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\|\d\d:\d\d:\d\d/#
    #expect(line.wholeMatch(of: expected) != nil, "\(line)")
    for bad in ["{", "}", "{seen:moon}", "{Title}"] {
      #expect(try await station.run("tail", "--format", bad).code == 64, "\(bad)")
    }
  }

  @Test func untilEndsWithATimeOrACursorIncluded() async throws {
    let origin = try Origin()
    let (station, _) = try await Self.desk(origin)
    let log = try await station.log()
    let second = try #require(log[1]["cursor"].string)
    for (arguments, expected) in [
      (["--since", "-1h", "--until", second], 2), (["-n", "1", "--until", second], 1),
      (["--until", "-1h"], 0), (["-f", "--since", "-1h", "--until", second], 2), (["-n", "5", "--until", "-1h"], 0),
    ] {
      let finished = try await station.start(["tail", "-c", station.configuration, "-o", "json"] + arguments).finished()
      #expect(finished.code == 0)
      #expect(finished.lines.count == expected, "\(arguments)")
    }
    #expect(try await station.run("tail", "--until", "soon").code == 64)
  }

  @Test func aCursorFileRemembersWhatWasPrintedAndWhatDidNotMatch() async throws {
    let origin = try Origin()
    let (station, _) = try await Self.desk(origin)
    let file = station.folder.file("desk.cursor")
    let log = try await station.log()
    func tail(_ more: String...) async throws -> Program.Finished {
      try await station.start(
        ["tail", "-c", station.configuration, "-o", "json", "--cursor-file", file] + more
      ).finished()
    }
    #expect(try await tail("-n", "2").lines.map { try JSON($0).title } == ["Second story", "Third story"])
    #expect(try SmallFile.text(file) == "\(log[2]["cursor"].string ?? "")\n")
    #expect(try await tail().lines.isEmpty)
    origin.publish("/desk", Sources.lines("Fourth story", "Third story", "Second story", "First story"))
    try await station.poll("desk")
    // What the filter held back is passed, too.
    #expect(try await tail("--source", "nobody").lines.isEmpty)
    #expect(try SmallFile.text(file).hasSuffix("-4\n"))
    #expect(try await tail("--since", "-1h").lines.isEmpty, "a file that is there comes first")
    station.folder.write("desk.cursor", "no cursor")
    let faulty = try await tail()
    #expect(faulty.code == 1 && faulty.errors.contains("holds no cursor"))
    station.folder.write("desk.cursor", "")
    #expect(try await tail().lines.count == 4)
    #expect(try await tail("--cursor-file", "/nowhere/at/all").code == 1)
  }

  @Test(arguments: [SIGTERM, SIGKILL]) func aFollowerResumesAfterItWasEnded(_ signal: Int32) async throws {
    let origin = try Origin()
    let (station, _) = try await Self.desk(origin)
    let file = station.folder.file("desk.cursor")
    let arguments = ["tail", "-c", station.configuration, "-f", "-o", "json", "--cursor-file", file]
    let first = try station.start(arguments)
    _ = try await first.objects(count: 3)
    if signal == SIGKILL {
      // At most a second late.
      let end = ContinuousClock.now + TooLate.patience
      while (try? SmallFile.text(file))?.hasSuffix("-3\n") != true, ContinuousClock.now < end {
        try await Task.sleep(for: .milliseconds(50))
      }
    }
    first.signal(signal)
    #expect(try await first.end() == .signal(signal))
    #expect(try SmallFile.text(file).hasSuffix("-3\n"))
    origin.publish("/desk", Sources.lines("Fourth story", "Third story", "Second story", "First story"))
    try await station.poll("desk")
    let second = try station.start(arguments)
    #expect(try await second.objects(count: 1).map(\.title) == ["Fourth story"])
  }

  @Test func withoutADaemonTheDatabaseIsRead() async throws {
    let origin = try Origin()
    let (station, daemon) = try await Self.desk(origin)
    let log = try await station.log()
    let second = try #require(log[1]["cursor"].string)
    try await daemon.stop()
    for (arguments, expected) in [
      ([], 3), (["-n", "2"], 2), (["-n", "0"], 0), (["--after", second], 1), (["--since", "-1h"], 3),
      (["--since", "-1h", "-n", "1"], 1), (["--until", second], 2), (["--until", "-1h"], 0), (["--tag", "none"], 0),
      (["--after", "zzzzzz-1"], 3),
    ] {
      let finished = try await station.start(["tail", "-c", station.configuration, "-o", "json"] + arguments).finished()
      #expect(finished.code == 0, "\(finished.errors)")
      #expect(finished.errors.contains("no daemon runs; reading"))
      #expect(finished.lines.count == expected, "\(arguments)")
    }
    let elsewhere = try await station.start(["tail", "--socket", station.control]).finished()
    #expect(elsewhere.code == 69, "of a socket that is named, no database is known")
    // It tells what stands there, and goes on when the daemon comes.
    let follower = try station.start(["tail", "-c", station.configuration, "-f", "-o", "json"])
    _ = try await follower.objects(count: 3)
    let again = try await station.daemon()
    origin.publish("/desk", Sources.lines("Fourth story", "Third story", "Second story", "First story"))
    try await station.poll("desk")
    #expect(try await follower.objects(count: 4).map(\.title).last == "Fourth story")
    #expect(follower.errors.value.text.contains("the daemon is back"))
    try await again.stop()
  }

  @Test(arguments: ["text", "json", "sse"]) func aDaemonThatGoesAndComesIsSaidBesideTheOutput(form: String) async throws
  {
    let origin = try Origin()
    let (station, daemon) = try await Self.desk(origin)
    let plain = try station.start(["tail", "-c", station.configuration, "-f", "-o", form])
    try await plain.output.wait(for: "what stands there") { $0.text.contains("Third story") ? true : nil }
    try await daemon.stop()
    try await plain.errors.wait(for: "the end") {
      $0.text.contains("the daemon is gone; waiting to go on\n") ? true : nil
    }
    let again = try await station.daemon()
    try await plain.errors.wait(for: "the return") { $0.text.contains("the daemon is back; going on\n") ? true : nil }
    origin.publish("/desk", Sources.lines("Fourth story", "Third story", "Second story", "First story"))
    try await station.poll("desk")
    try await plain.output.wait(for: "the next") { $0.text.contains("Fourth story") ? true : nil }
    #expect(!plain.output.value.text.contains("daemon"))
    #expect(plain.errors.value.lines.count == 2, "each once: \(plain.errors.value)")
    try await again.stop()
  }

  /// Asked again, it would be refused again, for ever.
  @Test func whatIsRefusedEndsAFollower() async throws {
    let origin = try Origin()
    let (station, _) = try await Self.desk(origin)
    for refused in [
      ["--until", "zzzzzz-1"], ["--text", "a", "--text", "b", "--text", "c", "--text", "d", "--text", "e"],
    ] {
      for following in [[], ["-f"]] {
        let finished = try await station.start(["tail", "-c", station.configuration] + refused + following).finished()
        #expect(finished.code == 1, "\(refused) \(following)")
        #expect(!finished.errors.contains("is gone"), "\(finished.errors)")
      }
    }
  }

  @Test func aReaderThatLeavesIsNoticedWithoutNews() async throws {
    let origin = try Origin()
    let (station, daemon) = try await Self.desk(origin)
    let followers = try (1...2).map { _ in try station.start(["tail", "-c", station.configuration, "-f"]) }
    for follower in followers { try await follower.output.wait(for: "lines") { $0.lines.count == 3 ? true : nil } }
    try await followers[0].closeOutput()
    #expect(try await followers[0].end() == .code(0))
    // Also while there is no daemon.
    try await daemon.stop()
    try await followers[1].errors.wait(for: "the end") { $0.text.contains("waiting to go on") ? true : nil }
    try await followers[1].closeOutput()
    #expect(try await followers[1].end() == .code(0))
  }

  @Test func completionsOfThreeShells() async throws {
    let station = Station("")
    for shell in ["bash", "zsh", "fish"] {
      let script = try await station.start(["completions", shell]).finished()
      #expect(script.code == 0)
      #expect(script.output.contains("subscribers") && script.output.contains("cursor-file"))
    }
    #expect(try await station.start(["completions", "csh"]).finished().code == 64)
  }

  @Test func everyCommandHelpsWithAnExample() async throws {
    let station = Station("")
    let help = try await station.start(["--help"]).finished().output
    let commands = help.split(separator: "SUBCOMMANDS:").last?.split(separator: "\n") ?? []
    let names = commands.compactMap { $0.firstMatch(of: #/^  ([a-z]+)  /#).map { String($0.1) } }
    #expect(names.count > 15)
    for name in names where name != "help" {
      let finished = try await station.start([name, "--help"]).finished()
      #expect(finished.code == 0)
      #expect(finished.output.contains("Example"), "\(name)")
      #expect(finished.output.contains("tickerd \(name)"), "\(name)")
    }
  }
}
