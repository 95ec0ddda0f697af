import Glibc
import TestSupport
import Testing

/// SPEC §1, §7: one daemon for one state, sockets that are right, and an end when it is asked for.
@Suite struct StartAndStopTests {
  private static func source(_ origin: Origin, _ path: String, interval: String = "200ms") -> String {
    """
    [[source]]
    name = "\(path.filter(\.isLetter))"
    kind = "text"
    baseline = "all"
    interval = "\(interval)"
    \(origin.place(path))

    """
  }

  @Test func aSecondDaemonOnTheSameStateIsRefused() async throws {
    let station = Station("")
    let first = try await station.daemon()
    let second = try await station.run("run")
    #expect(second.code == 1)
    #expect(second.errors.contains("\(try #require(first.program.pid))"), "the other's pid is named")
    #expect(second.output == "")
    let once = try await station.run("run", "--once")
    #expect(once.code == 1)
    #expect(try await station.ask("ping")["t"].string == "pong", "the first one goes on")
    #expect(try await first.stop().end == .code(0))
  }

  @Test func socketsOfAKilledDaemonAreReplaced() async throws {
    let station = Station("")
    try await station.daemon().kill()
    #expect(access(station.control, F_OK) == 0, "a killed daemon leaves its socket")
    let daemon = try await station.daemon()
    for path in [station.control, station.live] {
      var status = stat()
      #expect(stat(path, &status) == 0)
      #expect(status.st_mode & S_IFMT == S_IFSOCK)
      #expect(status.st_mode & 0o777 == 0o660)
    }
    #expect(try await station.ask("ping")["t"].string == "pong")
    #expect(try await daemon.stop().end == .code(0))
    #expect(access(station.control, F_OK) != 0, "a stopped one leaves none")
  }

  @Test func missingFoldersAreMadeForTheirOwnerAlone() async throws {
    let station = Station("")
    let daemon = try await station.daemon()
    for (path, mode) in [("state", 0o700), ("run", 0o755)] as [(String, mode_t)] {
      var status = stat()
      #expect(stat(station.folder.file(path), &status) == 0)
      #expect(status.st_mode & 0o777 == mode, "\(path)")
    }
    try await daemon.stop()
  }

  @Test(arguments: [SIGTERM, SIGINT]) func aSignalEndsItWithinFiveSecondsUnderLoad(_ signal: Int32) async throws {
    let origin = try Origin()
    origin.publish("/hanging", "one")
    origin.trouble("/hanging", .hang)
    // Far more than a pipe holds.
    let page = (1...300).map { "Line \($0) of the busy page, " + String(repeating: "which is long, ", count: 20) }
    origin.publish("/busy", page.joined(separator: "\n"))
    let receiver = try Receiver { _, _ in .hang }
    let station = Station(
      Self.source(origin, "/hanging") + Self.source(origin, "/busy", interval: "100ms") + receiver.table("desk"),
      environment: Receiver.environment)
    // Nobody reads its standard output, and one subscriber is suspended.
    let daemon = try await station.daemon("--stdout", "json", isStalled: true)
    let stalled = try SocketLines(path: station.control, isStalled: true)
    stalled.send("sub from=tail")
    let subscriber = try await station.subscribe("sub from=tail")
    _ = try await subscriber.items(count: 300)
    try await receiver.received(count: 1)

    let start = ContinuousClock.now
    daemon.program.signal(signal)
    #expect(try await daemon.program.end() == .code(0))
    #expect(try #require(daemon.program.endedAt) - start < .seconds(5))
    try await daemon.manager.messages.wait(for: "STOPPING") { $0.contains("STOPPING=1") ? true : nil }
    let lines = try await subscriber.received.wait(for: "end") { $0.isAtEnd ? $0.lines : nil }
    let bye = try JSON(lines.last ?? "")
    #expect(bye["t"].string == "bye")
    #expect(bye["cursor"].string?.hasSuffix("-300") == true)
    stalled.end()
  }

  @Test func aSecondSignalEndsItAtOnce() async throws {
    let origin = try Origin()
    origin.publish("/busy", "A line that nobody takes")
    let receiver = try Receiver { _, _ in .hang }
    let station = Station(
      Self.source(origin, "/busy") + receiver.table("desk"), environment: Receiver.environment)
    let daemon = try await station.daemon()
    try await receiver.received(count: 1)
    daemon.program.signal(SIGTERM)
    try await daemon.manager.messages.wait(for: "STOPPING") { $0.contains("STOPPING=1") ? true : nil }
    let start = ContinuousClock.now
    daemon.program.signal(SIGINT)
    try await daemon.program.end()
    #expect(try #require(daemon.program.endedAt) - start < .seconds(1.5), "the delivery in flight would have had 2 s")
    // Nothing is lost by it.
    let again = try await station.daemon()
    try await receiver.received(count: 2)
    #expect(Set(receiver.deliveries.value.map(\.id)).count == 1)
    again.program.signal(SIGKILL)
  }
}
