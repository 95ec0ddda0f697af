import Glibc
import TestSupport
import Testing

/// SPEC §2, "Reload": another configuration, without dropping a subscriber, or nothing at all.
@Suite struct ReloadTests {
  @Test func sourcesAndWebhooksComeAndGoWhileASubscriberStays() async throws {
    let origin = try Origin()
    origin.publish("/one", "A line of the first source\n")
    origin.publish("/two", "A line of the second source\n")
    let (old, new) = (try Receiver(), try Receiver())
    let first = Sources.text("one", on: origin, "/one")
    let station = Station(first + old.table("old"), environment: Receiver.environment)
    _ = try await station.daemon()
    let subscriber = try await station.subscribe("sub from=tail")
    try await station.poll("one")
    try await old.received(count: 1)

    station.configure(
      first + Sources.text("two", on: origin, "/two") + old.table("old") + new.table("new"))
    let reload = try await station.run("reload")
    #expect(reload.code == 0, "\(reload.errors)")
    try await station.poll("two")
    let heard = try await subscriber.items(count: 2)
    #expect(heard.map(\.source) == ["one", "two"])
    try await old.received(count: 2)
    let news = try await new.received(count: 1)
    #expect(news.map(\.event.source) == ["two"], "a new webhook gets no history")

    // A webhook that leaves is forgotten: when it comes back it begins at the head.
    station.configure(first + new.table("new"))
    #expect(try await station.run("reload").code == 0)
    let (_, status) = try await station.status()
    #expect(status["endpoints"].array.compactMap { $0["endpoint"].string } == ["new"])
    let two = try await station.run("poll", "two")
    #expect(two.code == 1, "a source that left is not polled any more")
    origin.publish("/one", "While the old one was away\nA line of the first source\n")
    try await station.poll("one")
    try await new.received(count: 2)
    station.configure(first + old.table("old") + new.table("new"))
    #expect(try await station.run("reload").code == 0)
    origin.publish("/one", "Now both hear\nWhile the old one was away\nA line of the first source\n")
    try await station.poll("one")
    try await new.received(count: 3)
    let all = try await old.received(count: 3)
    #expect(all.map(\.event.title).last == "Now both hear")
    #expect(try await subscriber.items(count: 4).count == 4)
  }

  @Test func aFaultyFileChangesNothingAndStatusShowsIt() async throws {
    let origin = try Origin()
    origin.publish("/one", "A line of the first source\n")
    let good = Sources.text("one", on: origin, "/one")
    let station = Station(good)
    let daemon = try await station.daemon()
    let subscriber = try await station.subscribe("sub from=tail")
    station.configure("[[source]]\nname = \"other\"\nurl = \"https://e.example/\"\nintervall = \"5s\"\n")
    let reload = try await station.run("reload")
    #expect(reload.code == 78)
    #expect(reload.errors.contains("\(station.configuration):") && reload.errors.contains("intervall"))
    let (code, status) = try await station.start(["status", "--json", "--socket", station.control]).finished()
      .asStatus()
    #expect(code == 1)
    #expect(status["problems"].array.contains { $0.string?.contains("intervall") == true }, "\(status["problems"])")
    #expect(try await station.poll("one")["reason"] == .null, "the old one is in force")
    _ = try await subscriber.items(count: 1)
    try await daemon.logged("intervall")

    station.configure(good)
    #expect(try await station.run("reload").code == 0)
    #expect(try await station.run("status").code == 0)
  }

  @Test func whatNeedsARestartIsRefusedWithThatReason() async throws {
    let station = Station("")
    _ = try await station.daemon()
    let text = try Fixtures.text(of: station.configuration)
    let changes = [
      ("state", text.replacing("tickerd.db\"", with: "other.db\"")),
      ("runtime", text.replacing("/run\"", with: "/other\"")),
      ("socket_mode", text.replacing("[daemon]", with: "[daemon]\nsocket_mode = \"0666\"")),
    ]
    for (key, changed) in changes {
      station.folder.write("tickerd.toml", changed)
      let reload = try await station.start(["reload", "--socket", station.control]).finished()
      #expect(reload.code == 78)
      #expect(reload.errors.contains(key) && reload.errors.contains("restart"), "\(reload.errors)")
    }
  }

  @Test func aHangupReloadsAndTellsTheServiceManager() async throws {
    let origin = try Origin()
    origin.publish("/one", "A line of the first source\n")
    let station = Station("")
    let daemon = try await station.daemon()
    station.configure(Sources.text("one", on: origin, "/one"))
    daemon.program.signal(SIGHUP)
    try await daemon.manager.messages.wait(for: "READY again") { messages in
      messages.count { $0.hasPrefix("READY=1") } == 2 ? true : nil
    }
    let messages = daemon.manager.messages.value
    #expect(messages.contains { $0.hasPrefix("RELOADING=1\nMONOTONIC_USEC=") })
    #expect(try await station.poll("one")["reason"] == .null)
    #expect(try await daemon.stop().end == .code(0))
    #expect(daemon.manager.messages.value.last?.hasPrefix("STOPPING=1") == true)
  }
}

extension Program.Finished {
  fileprivate func asStatus() throws -> (code: Int32?, JSON) { (code, try JSON(output)) }
}
