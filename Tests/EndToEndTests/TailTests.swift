import Glibc
import TestSupport
import Testing
import TickerModel

/// SPEC §5, "tail", and the socket it speaks to.
@Suite struct TailTests {
  /// Two sources, twelve events: ten lines of `alpha`, one update and one of `bravo`.
  private static func desk(_ origin: Origin) async throws -> (Station, Daemon) {
    let lines = (1...10).reversed().map { "Alpha tells story number \($0) of the day" }
    origin.publish("/alpha", lines.joined(separator: "\n"))
    origin.publish("/bravo", "Bravo has one thing to say\n")
    let station = Station(
      Sources.text("alpha", on: origin, "/alpha", "tags = [\"slow\"]")
        + Sources.text("bravo", on: origin, "/bravo", "tags = [\"fast\", \"loud\"]\nlevel = \"urgent\""))
    let daemon = try await station.daemon()
    try await station.poll("alpha")
    origin.publish("/alpha", lines.joined(separator: "\n").replacing("number 5 of", with: "number five of"))
    try await station.poll("alpha")
    try await station.poll("bravo")
    return (station, daemon)
  }

  private static let told =
    (1...10).map { "item.new Alpha tells story number \($0) of the day" }
    + ["item.updated Alpha tells story number five of the day", "item.new Bravo has one thing to say"]

  @Test func itBeginsWhereItIsTold() async throws {
    let origin = try Origin()
    let (station, _) = try await Self.desk(origin)
    let log = try await station.log()
    #expect(log.map(\.told).filter { $0.contains("Alpha") } == Self.told.dropLast())
    #expect(log.map(\.told).filter { $0.contains("Bravo") } == [Self.told[11]])
    let fourth = try #require(log[3]["cursor"].string)
    let cases: [([String], [JSON])] = [
      ([], log.suffix(10)), (["-n", "3"], log.suffix(3)), (["-n", "0"], []), (["-n", "100"], log),
      (["--after", fourth], Array(log[4...])), (["--after", fourth, "-n", "2"], log.suffix(2)),
      (["--since", "-1h"], log), (["--since", "2099-01-01T00:00:00Z"], []),
      (["--source", "bravo"], log.filter { $0.source == "bravo" }),
      (["--source", "bravo", "--source", "alpha", "-n", "100"], log),
      (["--not-source", "alpha"], log.filter { $0.source == "bravo" }),
      (["--tag", "loud"], log.filter { $0.source == "bravo" }), (["--tag", "none"], []),
      (["--type", "item.updated"], log.filter { $0.type == "item.updated" }),
      (["--type", "*.new", "-n", "100"], log.filter { $0.type == "item.new" }), (["--type", "source.*"], []),
      (["--min-level", "urgent"], log.filter { $0.source == "bravo" }),
      (
        ["--text", "number (1|2) of"],
        log.filter { $0.title.contains("number 1 of") || $0.title.contains("number 2 of") }
      ),
      (["--source", "alpha", "--tag", "loud"], []),
    ]
    for (arguments, expected) in cases {
      let finished = try await station.start(["tail", "-c", station.configuration, "-o", "json"] + arguments).finished()
      #expect(finished.code == 0)
      let told = try finished.lines.map { try JSON($0) }
      #expect(told.map(\.sequence) == expected.map(\.sequence), "\(arguments): \(finished.errors)")
      #expect(told.allSatisfy { $0["t"] == .null && $0["sub"] == .null }, "the event itself, nothing else")
    }
  }

  @Test func aTimeWithoutZoneIsLocal() async throws {
    let origin = try Origin()
    let (station, _) = try await Self.desk(origin)
    // Fourteen hours ahead of UTC: there it is another day for most of the time.
    station.set("TZ", "AHEAD-14")
    func there(_ minutes: Int) -> String {
      let local = Timestamp(seconds: Int64(time(nil)) + 14 * 3600 + Int64(minutes) * 60)
      return String(local.text.prefix(19))
    }
    let (before, after) = (there(-5), there(5))
    let cases: [([String], Bool)] = [
      (["--since", before], true), (["--since", before.replacing("T", with: " ")], true),
      (["--since", String(before.prefix(16))], true), (["--since", after], false), (["--since", "yesterday"], true),
      (["--since", "2020-01-31"], true), (["--until", "2020-01-31"], false), (["--until", after], true),
      (["--until", before], false), (["--until", "yesterday"], false), (["--until", "now"], true),
      (["--since", "now"], false), (["--since", "yesterday", "--until", "-0s"], true),
    ]
    for (arguments, hears) in cases {
      let told = try await station.start(["tail", "-c", station.configuration, "-n", "100"] + arguments).finished()
      #expect(told.code == 0 && told.lines.count == (hears ? Self.told.count : 0), "\(arguments): \(told.errors)")
    }
    for wrong in ["2026-02-30", "24:00", "12:60", "2026-11-23 noon", "2026-11-23T25:00", "tomorrow", "", "2026-11"] {
      #expect(try await station.run("tail", "--since", wrong).code == 64, "\(wrong)")
    }
  }

  @Test func aFormatNamesWhatEventsHave() async throws {
    let station = Station("")
    let daemon = try await station.daemon()
    for format in ["{titel}", "{}", "{title", "title}", "{title:loud}", "{webhook_id}", "{Title}"] {
      let finished = try await station.run("tail", "--format", format)
      #expect(finished.code == 64, "\(format)")
      #expect(finished.errors.contains("--format"))
    }
    for format in ["{seen:time} {source} {title}", "{also} {previous} {stage} {count} {endpoint}", "{{}}", "plain"] {
      #expect(try await station.run("tail", "--format", format).code == 0, "\(format)")
    }
    try await daemon.stop()
  }

  @Test func theTextFormIsOneLineAnEvent() async throws {
    let origin = try Origin()
    let (station, _) = try await Self.desk(origin)
    origin.publish("/alpha", origin.page("/alpha").text.replacing("Alpha tells story number 9 of the day\n", with: ""))
    for _ in 1...2 { try await station.poll("alpha") }
    let lines = try await station.run("tail", "-n", "100").lines
    let texts = lines.map { $0.split(separator: " ", maxSplits: 1).last.map(String.init) ?? "" }
    #expect(texts.contains("routine alpha Alpha tells story number 1 of the day"))
    #expect(texts.contains("routine alpha ~ Alpha tells story number five of the day"), "\(texts)")
    #expect(texts.contains("urgent bravo Bravo has one thing to say"))
    #expect(texts.last == "routine alpha - Alpha tells story number 9 of the day")
    #expect(lines.allSatisfy { $0.firstMatch(of: #/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ /#) != nil })
  }

  @Test func followingStartsAtTheHeadAndSurvivesARestart() async throws {
    let origin = try Origin()
    let (station, daemon) = try await Self.desk(origin)
    let head = try #require(try await station.log().last?["cursor"].string)
    let fresh = try station.start(["tail", "-c", station.configuration, "-n", "0", "-f", "-o", "json"])
    let resumed = try station.start(["tail", "-c", station.configuration, "-f", "-o", "json", "--after", head])
    var titles: [String] = []
    func publish(_ title: String) {
      titles.append(title)
      origin.publish("/bravo", (titles.reversed() + ["Bravo has one thing to say"]).joined(separator: "\n"))
    }
    // Nothing tells when the one that starts at the head has done so, but its first line.
    repeat {
      publish("Bravo begins its report number \(titles.count + 1)")
      try await station.poll("bravo")
    } while try await !fresh.prints(within: .milliseconds(300)) && titles.count < 100
    try await daemon.stop()
    publish("While nobody was connected")
    #expect(try await station.run("run", "--once").code == 0)
    let again = try await station.daemon()
    publish("Fourth and last")
    try await station.poll("bravo")
    #expect(try await resumed.titles(upTo: "Fourth and last") == titles)
    let heard = try await fresh.titles(upTo: "Fourth and last")
    #expect(heard.count >= 3)
    #expect(heard == titles.suffix(heard.count), "nothing of before, and then everything once")
    try await again.stop()
  }

  @Test func aClosedPipeIsSuccess() async throws {
    let origin = try Origin()
    let (station, _) = try await Self.desk(origin)
    let follower = try station.start(["tail", "-c", station.configuration, "-f"])
    try await follower.output.wait(for: "the first line") { $0.lines.isEmpty ? nil : true }
    try await follower.closeOutput()
    origin.publish("/bravo", "Second thing from Bravo\nBravo has one thing to say\n")
    try await station.poll("bravo")
    #expect(try await follower.end() == .code(0))
  }

  @Test func aCursorOfAnotherLogIsNeverSilence() async throws {
    let origin = try Origin()
    let (station, _) = try await Self.desk(origin)
    let finished = try await station.run("tail", "--after", "zzzzzz-3", "-o", "json")
    #expect(finished.code == 0)
    #expect(finished.lines.count == 12, "it goes on from the oldest")
    #expect(finished.errors.contains("zzzzzz"))
    let client = try SocketLines(path: station.control)
    for command in ["sub after=zzzzzz-3", "sub after=nonsense", "sub last=x", "frobnicate", "{\"op\":", "ping"] {
      client.send(command)
    }
    let lines = try await client.received.wait(for: "six answers") { $0.lines.count >= 7 ? $0.lines : nil }
    let answers = try lines.dropFirst().map { try JSON($0) }
    #expect(answers[0]["code"].string == "epoch_mismatch")
    #expect(answers[1]["code"].string == "bad_cursor")
    #expect(answers[2]["t"].string == "err")
    #expect(answers[3]["code"].string == "unknown_op")
    #expect(answers[4]["code"].string == "bad_json")
    #expect(answers[5]["t"].string == "pong", "a bad command harms nothing else")
    let epoch = try #require(try JSON(lines[0])["epoch"].string)
    client.send("sub after=\(epoch)-99999")
    let ahead = try await client.received.wait(for: "an answer") { $0.lines.dropFirst(7).first }
    #expect(try JSON(ahead)["code"].string == "cursor_ahead")
  }

  @Test func endOfInputIsAHalfCloseAndEndsNothing() async throws {
    let origin = try Origin()
    let (station, _) = try await Self.desk(origin)
    // printf 'sub last=2\n' | nc -U tickerd.sock
    let client = try SocketLines(path: station.control)
    client.send("sub last=2 source=alpha")
    client.endWriting()
    let replayed = try await client.items { lines in lines.contains { $0.hasPrefix(#"{"t":"live""#) } }
    #expect(replayed.map(\.told) == Array(Self.told[9...10]))
    origin.publish("/alpha", "Alpha goes on\n" + origin.page("/alpha").text)
    try await station.poll("alpha")
    #expect(try await client.items(count: 3).last?.title == "Alpha goes on")
    let hello = try JSON(client.received.value.lines[0])
    #expect(hello["t"].string == "hello" && hello["proto"].int == 1 && hello["max_line"].int == 65536)
  }

  @Test func aStalledSubscriberDelaysNoOther() async throws {
    let origin = try Origin()
    let (station, _) = try await Self.desk(origin)
    let stalled = try SocketLines(path: station.live, isStalled: true)
    let other = try SocketLines(path: station.control, isStalled: true)
    other.send("sub from=tail")
    let live = try SocketLines(path: station.live)
    try await station.connected(3)
    let long = String(repeating: "many words and ", count: 60)
    origin.publish("/bravo", (1...450).map { "Flood line \($0): \(long)" }.joined(separator: "\n"))
    try await station.poll("bravo")
    let lines = try await live.received.wait(for: "450 lines") { $0.lines.count >= 450 ? $0.lines : nil }
    #expect(try lines.map { try JSON($0) }.allSatisfy { $0.title.hasPrefix("Flood line") })
    stalled.end()
    other.end()
  }
}

extension Program {
  /// Whether there is a first line of output within the time.
  fileprivate func prints(within time: Duration) async throws -> Bool {
    do {
      return try await output.wait(for: "output", within: time) { $0.lines.isEmpty ? nil : true }
    } catch is TooLate { return false }
  }

  /// The titles of what it has printed, as soon as the last one is there.
  fileprivate func titles(upTo last: String) async throws -> [String] {
    try await output.wait(for: last) { $0.lines.last?.contains(last) == true ? $0.lines : nil }
      .map { try JSON($0).title }
  }
}
