import Glibc
import TestSupport
import Testing

/// A server that notes when it was asked for what, and answers as the test says.
private final class NotingServer: Sendable {
  struct Visit: Sendable {
    let path: String
    let at: ContinuousClock.Instant
  }

  let visits = Watched<[Visit]>([])
  private let server: LoopbackServer

  init(place: UInt16 = 1, _ answer: @escaping @Sendable (_ path: String, _ count: Int) -> LoopbackServer.Response)
    throws
  {
    server = try LoopbackServer(place: place) { [visits] request in
      let count = visits.change { visits in
        visits.append(Visit(path: request.path, at: .now))
        return visits.count { $0.path == request.path }
      }
      return answer(request.path, count)
    }
  }

  func times(_ path: String) -> [ContinuousClock.Instant] { visits.value.filter { $0.path == path }.map(\.at) }

  /// Returns when a path was asked for so many times in all.
  func asked(_ path: String, times: Int) async throws {
    try await visits.wait(for: "\(times) requests for \(path)") { visits in
      visits.count { $0.path == path } >= times ? true : nil
    }
  }

  func table(_ name: String, _ path: String, _ more: String) -> String {
    """
    [[source]]
    name = "\(name)"
    kind = "text"
    url = "\(server.url(path))"
    allow_net = ["127.0.0.0/8"]
    \(more)

    """
  }

  func stop() { server.stop() }
}

/// When sources are asked, and when not.
@Suite(.timeLimit(.minutes(3))) struct PacingTests {
  @Test(arguments: [false, true]) func aRequestForQuietHoldsBackTheWholeHost(asDate: Bool) async throws {
    let isBusy = Watched(false)
    let server = try NotingServer { path, _ in
      guard path == "/busy", isBusy.value else { return .text("A line of \(path)\n") }
      let wait = asDate ? Self.httpDate(in: 5) : "4"
      return .answer(status: 503, headers: [.init("Retry-After", wait)], body: [])
    }
    let tables =
      server.table("busy", "/busy", "interval = \"1h\"") + server.table("other", "/other", "interval = \"200ms\"")
    let station = Station(tables)
    _ = try await station.daemon()
    try await station.poll("busy")
    try await server.asked("/other", times: 3)
    isBusy.change { $0 = true }
    let asked = ContinuousClock.now
    #expect(try await station.poll("busy")["status"].int == 503)
    isBusy.change { $0 = false }
    let answered = ContinuousClock.now
    // Asked on the socket: on a busy machine a command takes as long to start as the quiet lasts.
    let refused = try await station.ask("poll busy")
    #expect(refused["code"].string == "busy" && refused["msg"].string?.contains("asked for quiet") == true)
    #expect(try await station.source("other")["held_until"].string != nil)
    try await server.visits.wait(for: "requests after the quiet") { visits in
      visits.contains { $0.path == "/other" && $0.at > answered } ? true : nil
    }
    // A date has whole seconds; one that was asked for may have been under way.
    let first = try #require(server.times("/other").first { $0 > answered })
    #expect(first - asked >= .seconds(4), "\(first - asked)")
    #expect(try await station.poll("busy")["status"].int == 200)
  }

  /// An HTTP date so many seconds from now.
  private static func httpDate(in seconds: Int) -> String {
    var now = time(nil) + seconds
    var parts = tm()
    gmtime_r(&now, &parts)
    var text = [CChar](repeating: 0, count: 64)
    let count = strftime(&text, text.count, "%a, %d %b %Y %H:%M:%S GMT", &parts)
    return String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  @Test func aRequestForQuietIsKeptOverARestart() async throws {
    let server = try NotingServer { _, _ in .answer(status: 429, headers: [.init("Retry-After", "3600")], body: []) }
    let station = Station(
      server.table("one", "/one", "interval = \"300ms\"") + server.table("two", "/two", "interval = \"1h\""))
    let daemon = try await station.daemon()
    try await server.visits.wait(for: "first request") { $0.isEmpty ? nil : true }
    try await station.eventually("held") { try await $0.source("two")["held_until"].string != nil }
    let before = server.visits.value.count
    try await daemon.stop()
    _ = try await station.daemon()
    for name in ["one", "two"] {
      let refused = try await station.run("poll", name)
      #expect(refused.code == 1)
      #expect(refused.errors.contains("asked for quiet until"))
    }
    #expect(server.visits.value.count == before)
  }

  @Test func complaintsSlowDownTheWholeGroup() async throws {
    let server = try NotingServer { path, count in
      path == "/0" && count <= 2 ? .status(429) : .text("A line of \(path)\n")
    }
    let tables = (0..<5).map { server.table("s\($0)", "/\($0)", "interval = \"200ms\"\nhost_group = \"shop\"") }
    let station = Station(tables.joined())
    _ = try await station.daemon()
    try await server.asked("/0", times: 1)
    try await station.eventually("a limit") { try await $0.source("s3")["group_per_hour"].int != nil }
    let row = try await station.source("s3")
    #expect(row["group"].string == "shop")
    #expect(try #require(row["group_per_hour"].int) < 5 * 5 * 3600, "less than all of them ask for")
    try await station.eventually("waiting for the host") { station in
      let rows = try await station.ask("sources")["sources"].array
      return rows.contains { $0["why"].string == "host" }
    }
  }

  @Test func aPausedSourceStaysPaused() async throws {
    let server = try NotingServer { path, _ in .text("A line of \(path)\n") }
    let station = Station(
      server.table("one", "/one", "interval = \"200ms\"") + server.table("two", "/two", "interval = \"200ms\""))
    let daemon = try await station.daemon()
    try await server.asked("/one", times: 2)
    let paused = try await station.run("pause", "one")
    #expect(paused.code == 0)
    #expect(paused.output.contains("one is paused since 20"))
    #expect(try await station.source("one")["state"].string == "paused")
    let refused = try await station.run("poll", "one")
    #expect(refused.code == 1)
    #expect(refused.errors.contains("tickerd resume one"))
    #expect(try await station.run("pause", "nobody").code == 1)
    try await daemon.stop()
    let before = server.times("/one").count
    let others = server.times("/two").count
    _ = try await station.daemon()
    try await server.asked("/two", times: others + 3)
    #expect(server.times("/one").count == before)
    #expect(try await station.run("status").code == 0, "an operator's wish needs no operator")
    #expect(try await station.run("resume", "one").code == 0)
    try await server.asked("/one", times: before + 2)
    #expect(try await station.source("one")["state"].string == "ok")
  }

  @Test func whatIsGoneIsNotAskedForAgain() async throws {
    let isGone = Watched(false)
    let server = try NotingServer { path, _ in
      path == "/page" && isGone.value ? .status(410) : .text("A line of \(path)\n")
    }
    let station = Station(
      server.table("page", "/page", "interval = \"200ms\"") + server.table("other", "/other", "interval = \"200ms\""))
    _ = try await station.daemon()
    try await server.asked("/page", times: 1)
    isGone.change { $0 = true }
    try await station.eventually("gone") { try await $0.source("page")["state"].string == "gone" }
    let asked = server.times("/page").count
    try await server.asked("/other", times: server.times("/other").count + 5)
    #expect(server.times("/page").count == asked)
    let status = try await station.run("status")
    #expect(status.code == 1)
    #expect(status.output.contains("410") && status.output.contains("tickerd resume"))
    #expect(try await station.log().last?.type == "source.failing", "told at once")
    isGone.change { $0 = false }
    #expect(try await station.run("poll", "page").code == 0)
    #expect(try await station.source("page")["state"].string == "ok")
    try await server.asked("/page", times: asked + 3)
    #expect(try await station.log().last?.type == "source.recovered")
  }

  @Test func silenceIsToldOnce() async throws {
    let text = Watched("First line\n")
    let server = try NotingServer { _, _ in .text(text.value) }
    let station = Station(
      server.table("wire", "/wire", "interval = \"200ms\"\nquiet_after = \"1s\"\nbaseline = \"all\""))
    _ = try await station.daemon()
    try await station.eventually("quiet") { try await $0.source("wire")["state"].string == "quiet" }
    try await server.asked("/wire", times: server.times("/wire").count + 6)
    let status = try await station.run("status")
    #expect(status.code == 1 && status.output.contains("brought nothing since"))
    text.change { $0 = "Second line\nFirst line\n" }
    try await station.eventually("quiet again") { station in
      try await station.log().count { $0.type == "source.quiet" } == 2
    }
    let told = try await station.log()
    #expect(told.map(\.type) == ["item.new", "source.quiet", "item.new", "source.quiet"])
    #expect(told[1]["since"].string != nil && told[1]["reason"].string?.contains("quiet_after") == true)
  }

  @Test func anAdaptiveSourceKeepsItsBoundsAndHints() async throws {
    // One brings something new every time, and asks to be left alone for a second.
    let server = try NotingServer { path, count in
      path == "/fresh"
        ? .text("Line \(count)\nA line that stays\n", headers: [.init("Cache-Control", "max-age=1")])
        : .text("A line of \(path)\n")
    }
    let bounds = "min_interval = \"200ms\"\nmax_interval = \"1500ms\""
    let station = Station(server.table("plain", "/plain", bounds) + server.table("fresh", "/fresh", bounds))
    let begun = ContinuousClock.now
    let daemon = try await station.daemon()
    try await server.asked("/plain", times: 4)
    try await station.eventually("hint") { try await $0.source("fresh")["why"].string == "hint" }
    try await server.asked("/fresh", times: server.times("/fresh").count + 3)
    let gaps = { (path: String) in zip(server.times(path), server.times(path).dropFirst()).map { $1 - $0 } }
    // Counted from the beginning: a request that is late on its way makes the gap before the next one shorter.
    let plain = server.times("/plain").enumerated()
    #expect(plain.allSatisfy { $1 - begun >= .milliseconds(200) * $0 }, "\(gaps("/plain"))")
    #expect(gaps("/fresh").allSatisfy { $0 >= .milliseconds(990) }, "\(gaps("/fresh"))")
    let row = try await station.source("fresh")
    #expect(["hint", "running"].contains(row["why"].string))
    #expect(row["interval"].string == "adaptive")
    try await station.eventually("adaptive") { try await $0.source("plain")["why"].string == "adaptive" }
    // What was learned is there after a restart.
    let every = try #require(try await station.source("plain")["every_ms"].int)
    try await daemon.stop()
    _ = try await station.daemon()
    let later = try #require(try await station.source("plain")["every_ms"].int)
    #expect(later >= every)
  }

  @Test func aBudgetIsSpread() async throws {
    let server = try NotingServer { path, _ in .text("A line of \(path)\n") }
    let tables = (0..<4).map { server.table("s\($0)", "/\($0)", "min_interval = \"100ms\"\nmax_interval = \"1h\"") }
    let station = Station(settings: "request_budget = \"60/min\"", tables.joined())
    _ = try await station.daemon()
    try await server.asked("/0", times: 2)
    for number in 0..<4 {
      let share = try #require(try await station.source("s\(number)")["budget_ms"].int)
      #expect((3500...4500).contains(share), "four alike have one a second: \(share)")
    }
    station.configure(settings: "request_budget = \"1/h\"", tables.map { $0.replacing("1h", with: "1s") }.joined())
    #expect(try await station.run("reload").code == 0)
    try await station.eventually("a word about it") { try await $0.run("status").output.contains("request_budget") }
  }

  @Test func aHostGetsSoManyRequestsAtOnce() async throws {
    let running = Watched((now: 0, most: 0))
    let server = try NotingServer { path, _ in
      running.change { running in
        running.now += 1
        running.most = max(running.most, running.now)
      }
      // Long enough for others to come, were they let.
      usleep(30_000)
      running.change { $0.now -= 1 }
      return .text("A line of \(path)\n")
    }
    let tables = (0..<12).map { server.table("s\($0)", "/\($0)", "interval = \"100ms\"") }
    let station = Station(settings: "per_host = 3", tables.joined())
    _ = try await station.daemon()
    for number in 0..<12 { try await server.asked("/\(number)", times: 3) }
    #expect(running.value.most == 3)
  }

  @Test func aThousandThatFailDelayNobody() async throws {
    let failing = try NotingServer { _, _ in .status(500) }
    let healthy = try NotingServer(place: 2) { path, _ in .text("A line of \(path)\n") }
    let tables = (0..<1000).map { failing.table("f\($0)", "/\($0)", "interval = \"2s\"") }
    let station = Station(tables.joined() + healthy.table("well", "/well", "interval = \"500ms\""))
    _ = try await station.daemon()
    try await healthy.asked("/well", times: 14)
    let times = healthy.times("/well")
    let failures = failing.visits.value.map(\.at)
    // In its turn, not when all of them have had theirs.
    let before = zip(times, times.dropFirst()).map { from, to in failures.count { from < $0 && $0 < to } }
    #expect(before.allSatisfy { $0 < 1000 }, "\(before)")
    #expect(failures.count > 100)
  }

  @Test func aMachineWithoutNetworkBlamesNobody() async throws {
    let servers = try (2...5).map { place in try NotingServer(place: UInt16(place)) { path, _ in .text("\(path)\n") } }
    let tables = servers.enumerated().map { $1.table("s\($0)", "/\($0)", "interval = \"200ms\"") }
    let station = Station(tables.joined())
    let daemon = try await station.daemon()
    for (number, server) in servers.enumerated() { try await server.asked("/\(number)", times: 1) }
    servers.forEach { $0.stop() }
    try await station.eventually("offline") { station in
      let rows = try await station.ask("sources")["sources"].array
      return rows.allSatisfy { $0["state"].string == "offline" }
    }
    let failures = try await station.ask("sources")["sources"].array.map { $0["failures"].int ?? -1 }
    #expect(failures.allSatisfy { (0...2).contains($0) }, "\(failures)")
    let status = try await station.run("status")
    #expect(status.code == 1 && status.output.contains("no network"))
    #expect(try await station.log().allSatisfy { $0.type != "source.failing" })
    let log = try await daemon.stop().errors
    #expect(log.split(separator: "\n").count { $0.contains("no network") } == 1)
  }

  @Test func aPermanentRedirectIsRemembered() async throws {
    let isBack = Watched(false)
    let server = try NotingServer { path, _ in
      if path == "/old", !isBack.value { return .answer(status: 301, headers: [.init("Location", "/new")], body: []) }
      if path == "/new", isBack.value { return .status(404) }
      return .text("A line that stands in both\n")
    }
    let station = Station(server.table("page", "/old", "interval = \"1h\""))
    let daemon = try await station.daemon()
    try await station.poll("page")
    #expect(try await station.source("page")["moved_to"].string?.hasSuffix("/new") == true)
    try await daemon.stop()
    _ = try await station.daemon()
    let before = server.times("/old").count
    #expect(try await station.poll("page")["reason"] == .null)
    #expect(server.times("/old").count == before, "the new address is asked, also after a restart")
    let shown = try await station.run("sources")
    #expect(shown.output.contains("moved for good to"))
    isBack.change { $0 = true }
    #expect(try await station.poll("page")["status"].int == 404)
    #expect(try await station.poll("page")["reason"] == .null, "the old one knows better")
    #expect(try await station.source("page")["moved_to"] == .null)
  }

  @Test func sourcesAreShownForPeopleAndPrograms() async throws {
    let server = try NotingServer { path, count in
      path == "/bad" ? .status(500) : .text("Line \(count)\nA line that stays\n")
    }
    let station = Station(
      server.table("well", "/well", "interval = \"200ms\"") + server.table("bad", "/bad", "interval = \"1h\""))
    _ = try await station.daemon()
    try await server.asked("/well", times: 4)
    try await station.poll("bad")
    let table = try await station.run("sources")
    #expect(table.code == 0)
    #expect(table.lines.first?.hasPrefix("SOURCE  STATE") == true)
    #expect(table.output.contains("fetch (status)") && !table.output.contains("\u{1B}"))
    #expect(table.lines.filter { $0.hasPrefix("well") || $0.hasPrefix("bad") }.allSatisfy { $0.count <= 100 })
    let one = try await station.run("sources", "well")
    for word in ["next poll", "(interval)", "delay bound", "server", "record", "host group"] {
      #expect(one.output.contains(word), "\(word) in \(one.output)")
    }
    let row = try JSON(try await station.run("sources", "well", "--json").output)
    #expect(row["source"].string == "well" && row["answer"].string == "changed")
    #expect(row["stages"].keys.isSuperset(of: ["wait", "server", "fetch", "parse", "record", "delay"]))
    #expect(row["delay_bound_ms"].int != nil && row["items_per_hour"] != .null)
    #expect(try await station.run("sources", "nobody").code == 1)
    let poll = try await station.run("poll", "well")
    #expect(poll.output.contains("status 200"))
  }
}

extension Station {
  /// Looks again and again until it is so: the daemon's own state has no event to wait for.
  fileprivate func eventually(
    _ what: String, within patience: Duration = TooLate.patience, _ isSo: (Station) async throws -> Bool
  ) async throws {
    let end = ContinuousClock.now + patience
    while try await !isSo(self) {
      guard ContinuousClock.now < end else { throw TooLate(description: "not \(what) within \(patience)") }
      // Between two looks, so that they leave the machine to the daemon.
      try await Task.sleep(for: .milliseconds(50))
    }
  }
}
