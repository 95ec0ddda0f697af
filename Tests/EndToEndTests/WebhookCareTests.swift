import TestSupport
import Testing

/// What becomes of an endpoint as a whole, and what a person can do about it.
@Suite struct WebhookCareTests {
  private static func station(_ origin: Origin, _ tables: String...) -> Station {
    Station(Sources.text("one", on: origin, "/one") + tables.joined(), environment: Receiver.environment)
  }

  private static func publish(_ origin: Origin, _ numbers: ClosedRange<Int>, of name: String = "one") {
    origin.publish("/\(name)", numbers.reversed().map { "Line \($0) of \(name)" }.joined(separator: "\n"))
  }

  private static func rows(_ finished: Program.Finished) throws -> [JSON] { try finished.lines.map { try JSON($0) } }

  @Test func orderedIsStrictForEachSource() async throws {
    let origin = try Origin()
    Self.publish(origin, 1...5)
    Self.publish(origin, 1...3, of: "two")
    let accepted = Watched<[String]>([])
    let receiver = try Receiver { delivery, _ in
      accepted.change { titles in
        let title = delivery.event.title
        if title == "Line 1 of one", !titles.contains("Line 3 of two") { return .status(503) }
        titles.append(title)
        return .status(204)
      }
    }
    let station = Station(
      Sources.text("one", on: origin, "/one") + Sources.text("two", on: origin, "/two")
        + receiver.table(
          "desk", "ordered = true\nretry = [\(Array(repeating: "\"1s\"", count: 30).joined(separator: ", "))]"),
      environment: Receiver.environment)
    _ = try await station.daemon()
    try await station.poll("one")
    try await station.poll("two")
    // Another source does not wait: the first line of one is only taken after all of two.
    let delivered = try await accepted.wait(for: "all of both") { $0.count == 8 ? $0 : nil }
    let expected = (1...3).map { "Line \($0) of two" } + (1...5).map { "Line \($0) of one" }
    #expect(delivered == expected)
  }

  @Test func goneDisablesUntilAPersonEnables() async throws {
    let origin = try Origin()
    Self.publish(origin, 1...2)
    let isGone = Watched(true)
    let receiver = try Receiver { _, _ in isGone.value ? .status(410) : .status(204) }
    let other = try Receiver()
    let tables =
      receiver.table("desk", "concurrency = 1") + other.table("watch", #"filter = { type = ["endpoint.*"] }"#)
    let station = Self.station(origin, tables)
    var daemon = try await station.daemon()
    try await station.poll("one")
    try await daemon.logged("is disabled", "410")
    let told = try await other.received(count: 1)
    #expect(told[0].event.type == "endpoint.disabled" && told[0].event["endpoint"].string == "desk")
    #expect(told[0].id.hasPrefix("endpoint_disabled_desk_"))
    try await daemon.stop()
    daemon = try await station.daemon()
    #expect(try await station.run("reload").code == 0)
    let (code, status) = try await station.status()
    #expect(code == 1 && status["problems"].array.contains { $0.string?.contains("tickerd enable desk") == true })
    isGone.change { $0 = false }
    #expect(receiver.deliveries.value.count == 1, "neither restart nor reload make it go on")
    #expect(try await station.run("enable", "desk").code == 0)
    let all = try await receiver.received(count: 3)
    #expect(Set(all.dropFirst().map(\.event.title)) == ["Line 1 of one", "Line 2 of one"])
    #expect(try await station.run("disable", "desk").code == 0)
    let row = try #require(try Self.rows(try await station.run("endpoints", "--json")).first)
    #expect(row["endpoint"].string == "desk" && row["state"].string == "disabled")
    #expect(try await station.run("enable", "nobody").code == 1)
  }

  @Test func anOpenCircuitStandsStillAndProbes() async throws {
    let origin = try Origin()
    Self.publish(origin, 1...2)
    let isDown = Watched(true)
    let receiver = try Receiver { _, _ in isDown.value ? .close : .status(204) }
    let other = try Receiver()
    let station = Self.station(
      origin,
      receiver.table(
        "desk",
        "concurrency = 1\nretry = [\"50ms\", \"1h\"]\ncircuit = { failures = 3, over = \"0s\", probe = \"300ms\" }"),
      other.table("watch", #"filter = { type = ["endpoint.*"] }"#))
    let daemon = try await station.daemon()
    try await station.poll("one")
    try await daemon.logged("takes nothing after 3 failures")
    Self.publish(origin, 1...30)
    try await station.poll("one")
    let (code, status) = try await station.status()
    #expect(code == 1 && status["endpoints"].array.first?["waiting"].int ?? 9 <= 2, "a backlog makes no rows")
    let row = try #require(try Self.rows(try await station.run("endpoints", "--json")).first)
    #expect(row["circuit"].string != "closed" && row["next_attempt"].string != nil && row["lag"].int ?? 0 >= 28)
    // A probe that finds nobody counts for nothing.
    let tries = try await receiver.received(count: 5)
    #expect(tries.dropFirst(3).allSatisfy { ($0.request["tickerd-attempt"] ?? "") <= "3" })
    isDown.change { $0 = false }
    try await daemon.logged("takes deliveries again")
    try await receiver.deliveries.wait(for: "all of them") { Set($0.map(\.id)).count == 30 ? true : nil }
    let told = try await other.received(count: 2)
    #expect(told.map(\.event.type) == ["endpoint.failing", "endpoint.recovered"])
  }

  @Test(arguments: ["latest:3", "digest"])
  func whatWasMissedIsTakenAsConfigured(_ policy: String) async throws {
    let origin = try Origin()
    Self.publish(origin, 1...2)
    let isDown = Watched(true)
    let receiver = try Receiver { _, _ in isDown.value ? .status(503) : .status(204) }
    let station = Self.station(
      origin,
      receiver.table(
        "desk",
        "on_recover = \"\(policy)\"\nretry = [\"50ms\"]\nconcurrency = 1\n"
          + "circuit = { failures = 2, over = \"0s\", probe = \"300ms\" }"))
    let daemon = try await station.daemon()
    try await station.poll("one")
    try await daemon.logged("takes nothing")
    Self.publish(origin, 1...20)
    try await station.poll("one")
    isDown.change { $0 = false }
    try await daemon.logged("takes deliveries again")
    let good = try await receiver.deliveries.wait(for: "the newest") { all in
      all.last?.request.text.contains("Line 20 of one") == true ? all : nil
    }
    if policy == "digest" {
      let digest = try JSON(good.last?.request.text ?? "")
      #expect(digest["type"].string == "digest" && digest["data"]["count"].int ?? 0 >= 18)
      #expect(digest["data"]["events"].array.count == 10 && good.last?.id.hasPrefix("bat_") == true)
    } else {
      #expect(good.suffix(3).map(\.event.title) == (18...20).map { "Line \($0) of one" })
      #expect(!good.contains { $0.event.title == "Line 10 of one" })
      try await daemon.logged("passes over", "tickerd replay")
    }
  }

  /// `enabled = false` stops nothing that is under way: what was acknowledged meanwhile is not sent again.
  @Test func anEndpointThatIsSwitchedOffHearsItsAnswer() async throws {
    let origin = try Origin()
    Self.publish(origin, 1...1)
    let gate = Gate()
    let receiver = try Receiver { _, _ in
      gate.wait()
      return .status(204)
    }
    let tables = { (enabled: Bool) in
      Sources.text("one", on: origin, "/one") + receiver.table("desk", "enabled = \(enabled)")
    }
    let station = Station(tables(true), environment: Receiver.environment)
    _ = try await station.daemon()
    try await station.poll("one")
    try await receiver.received(count: 1)
    station.configure(tables(false))
    #expect(try await station.run("reload").code == 0)
    gate.open()
    Self.publish(origin, 1...2)
    try await station.poll("one")
    let off = try #require(try Self.rows(try await station.run("endpoints", "--json")).first)
    #expect(off["state"].string == "off")
    station.configure(tables(true))
    #expect(try await station.run("reload").code == 0)
    let all = try await receiver.received(count: 2)
    #expect(all.map(\.event.title) == ["Line 1 of one", "Line 2 of one"], "each once")
  }

  @Test func batchesArriveAsWhole() async throws {
    let origin = try Origin()
    Self.publish(origin, 1...7)
    let receiver = try Receiver { _, earlier in earlier == 0 ? .status(500) : .status(204) }
    let station = Self.station(
      origin,
      receiver.table("desk", "batch = { max_items = 5, max_wait = \"200ms\" }\nretry = [\"50ms\"]\nconcurrency = 1"))
    _ = try await station.daemon()
    try await station.poll("one")
    let all = try await receiver.received(count: 4)
    let bodies = try all.map { try JSON($0.request.text) }
    #expect(bodies.allSatisfy { $0["type"].string == "batch" } && all.allSatisfy { $0.isAuthentic })
    let sizes = Dictionary(grouping: zip(all, bodies), by: \.0.id).values.map {
      $0.map { $0.1["data"]["events"].array.count }
    }
    #expect(Set(sizes) == [[5, 5], [2, 2]], "the same body again")
  }

  @Test func deadLettersAreListedShownSentAgainAndDropped() async throws {
    let origin = try Origin()
    Self.publish(origin, 1...3)
    let isRefusing = Watched(true)
    let receiver = try Receiver { _, _ in isRefusing.value ? .status(400) : .status(204) }
    let station = Self.station(origin, receiver.table("desk", "retry = [\"10ms\", \"10ms\", \"10ms\"]"))
    let daemon = try await station.daemon()
    try await station.poll("one")
    try await receiver.received(count: 9)
    let letters = try await eventually("three letters") {
      let letters = try Self.rows(try await station.run("dead", "list", "--json"))
      return letters.count == 3 ? letters : nil
    }
    #expect(
      letters.allSatisfy { $0["endpoint"].string == "desk" && $0["attempts"].int == 3 && $0["last_status"].int == 400 })
    #expect(
      letters.allSatisfy { $0["type"].string == "item.new" && $0["reason"].string?.hasPrefix("rejected") == true })
    let ids = letters.compactMap { $0["id"].string }
    let shown = try await station.run("dead", "show", ids[0], "--json")
    #expect(try JSON(shown.output)["body"].string?.contains("Line ") == true)
    #expect(try await station.run("dead", "replay", ids[0]).code == 1)
    isRefusing.change { $0 = false }
    #expect(try await station.run("dead", "replay", ids[0]).code == 0)
    #expect(receiver.deliveries.value.last?.id == ids[0])
    let log = try await station.log()
    let cursors = log.compactMap { $0["cursor"].string }
    let before = receiver.deliveries.value.count
    let replayed = try await station.run(
      "replay", "--endpoint", "desk", "--from", cursors[0], "--to", cursors[2], "--json")
    #expect(replayed.code == 0)
    #expect(try JSON(replayed.output)["delivered"].int == 3)
    #expect(receiver.deliveries.value.dropFirst(before).map(\.id) == log.compactMap { $0["id"].string })
    #expect(try await station.run("replay", "--endpoint", "desk", "--from", cursors[0], "--to", "abcdef-1").code == 1)
    try await daemon.stop()
    #expect(try Self.rows(try await station.run("dead", "list", "--json")).count == 2, "also without the daemon")
    #expect(try await station.run("deliveries").code == 69)
    _ = try await station.daemon()
    #expect(try await station.run("dead", "purge").code == 0)
    #expect(try await station.run("dead", "list", "--json").output.isEmpty)
    #expect(try await station.run("dead", "show", ids[1]).code == 1)
  }

  @Test func aDrillTellsWhoHeardIt() async throws {
    let origin = try Origin()
    let (desk, deaf) = (try Receiver(), try Receiver { _, _ in .status(400) })
    let station = Self.station(
      origin, desk.table("desk"), deaf.table("deaf", "filter = { type = [\"item.*\"] }\nretry = [\"10ms\", \"10ms\"]"))
    _ = try await station.daemon()
    let drill = try await station.run("test", "Is anybody there?", "--json")
    let answer = try JSON(drill.output)
    #expect(
      drill.code == 0 && answer["count"].int == 1 && answer["endpoints"].array.first?["endpoint"].string == "desk")
    let event = try #require(desk.deliveries.value.first?.event)
    #expect(event.type == "test" && event.title == "Is anybody there?" && event["level"].string == "flash")
    let alone = try await station.run("test", "--endpoint", "deaf")
    #expect(alone.code == 1 && alone.output.contains("NOT HEARD") && alone.output.contains("400"))
    #expect(desk.deliveries.value.count == 1 && deaf.deliveries.value.count >= 1)
    #expect(try await station.run("test", "--endpoint", "nobody").code == 1)
  }

  @Test func staleNewsIsADeadLetter() async throws {
    let origin = try Origin()
    Self.publish(origin, 1...1)
    let receiver = try Receiver()
    let station = Self.station(origin, receiver.table("desk", "expires_after = \"1s\""))
    _ = try await station.daemon()
    try await station.poll("one")
    #expect(try await station.run("disable", "desk").code == 0)
    let before = receiver.deliveries.value.count
    Self.publish(origin, 1...5)
    try await station.poll("one")
    try await Task.sleep(for: .milliseconds(1100))
    #expect(try await station.run("enable", "desk").code == 0)
    let letters = try await eventually("four letters") {
      let letters = try Self.rows(try await station.run("dead", "list", "--json"))
      return letters.count >= 4 ? letters : nil
    }
    #expect(letters.allSatisfy { $0["reason"].string?.hasPrefix("expired") == true && $0["attempts"].int == 0 })
    let id = try #require(letters.last?["id"].string)
    #expect(try await station.run("dead", "replay", id).code == 0, "made of the log")
    let sent = receiver.deliveries.value.dropFirst(before)
    #expect(sent.map(\.id) == [id] && sent.first?.event.title.hasPrefix("Line") == true)
  }

  @Test func aChatServiceGetsOneMessageForMany() async throws {
    let origin = try Origin()
    Self.publish(origin, 1...30)
    let receiver = try Receiver()
    let station = Self.station(origin, receiver.table("chat", "format = \"slack\""))
    _ = try await station.daemon()
    try await station.poll("one")
    let all = try await receiver.received(count: 1)
    let text = all[0].request.text
    #expect(text.contains("30 news") && text.contains("and 20 more") && text.contains("Line 30 of one"))
    let config = try await station.run("config").output
    #expect(!config.contains("/hook") && config.contains("(#"), "whoever knows the address may write")
    let table = try await station.run("endpoints").output
    #expect(!table.contains("/hook"))
  }

  /// Asks until there is an answer; nothing announces what a command would show.
  private func eventually<Value>(_ what: String, _ ask: () async throws -> Value?) async throws -> Value {
    let end = ContinuousClock.now + TooLate.patience
    while ContinuousClock.now < end {
      if let value = try await ask() { return value }
      try await Task.sleep(for: .milliseconds(50))
    }
    throw TooLate(description: "there are no \(what)")
  }
}
