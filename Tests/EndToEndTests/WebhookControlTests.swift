import Glibc
import TestSupport
import Testing
import TickerModel

/// What a receiver says about the deliveries themselves: that it wants one of them no more, or none, or not so many at once.
@Suite struct WebhookControlTests {
  private static func station(_ origin: Origin, _ tables: String...) -> Station {
    Station(Sources.text("one", on: origin, "/one") + tables.joined(), environment: Receiver.environment)
  }

  private static func publish(_ origin: Origin, _ numbers: ClosedRange<Int>) {
    origin.publish("/one", numbers.reversed().map { "Line \($0) of one" }.joined(separator: "\n"))
  }

  private static func rows(_ finished: Program.Finished) throws -> [JSON] { try finished.lines.map { try JSON($0) } }

  private static func asking(_ value: String, status: Int) -> LoopbackServer.Response {
    .status(status, headers: [.init("Webhook-Delivery", value)])
  }

  @Test func aMessageThatIsNotWantedIsDeadAtOnce() async throws {
    let origin = try Origin()
    Self.publish(origin, 1...3)
    let receiver = try Receiver { delivery, _ in
      delivery.event.title == "Line 2 of one" ? Self.asking("abort-message", status: 503) : .status(204)
    }
    let station = Self.station(origin, receiver.table("desk", "concurrency = 1\nretry = [\"10ms\", \"10ms\"]"))
    let daemon = try await station.daemon()
    try await station.poll("one")
    try await daemon.logged("given up: aborted: answered 503")
    let all = try await receiver.received(count: 3)
    #expect(all.map(\.event.title) == (1...3).map { "Line \($0) of one" }, "the rest goes on, and nothing comes twice")
    let dead = try Self.rows(try await station.run("dead", "list", "--json"))
    #expect(dead.map { $0["attempts"].int } == [1] && dead.first?["id"].string == all[1].id)
    let row = try #require(try Self.rows(try await station.run("endpoints", "--json")).first)
    #expect(row["circuit"].string == "closed", "it is there")
  }

  /// With a success, and with a failure, which is owed to it.
  @Test(arguments: [204, 503])
  func aReceiverThatWantsNothingMoreIsDisabledAndLosesNothing(_ status: Int) async throws {
    let origin = try Origin()
    Self.publish(origin, 1...3)
    let isTired = Watched(true)
    let receiver = try Receiver { _, _ in
      isTired.value ? Self.asking("disable", status: status) : .status(204)
    }
    let other = try Receiver()
    let station = Self.station(
      origin, receiver.table("desk", "concurrency = 1\nretry = [\"10ms\", \"10ms\"]"),
      other.table("watch", #"filter = { type = ["endpoint.*"] }"#))
    let daemon = try await station.daemon()
    try await station.poll("one")
    try await daemon.logged("is disabled", "webhook-delivery: disable", "tickerd enable desk")
    let told = try await other.received(count: 1)
    #expect(told[0].event.type == "endpoint.disabled")
    let (code, _) = try await station.status()
    #expect(code == 1 && receiver.deliveries.value.count == 1)
    isTired.change { $0 = false }
    #expect(try await station.run("enable", "desk").code == 0)
    let expected = status == 204 ? 3 : 4
    let all = try await receiver.received(count: expected)
    #expect(Set(all.map(\.event.title)).count == 3)
    #expect(try Self.rows(try await station.run("dead", "list", "--json")).isEmpty)
  }

  /// A batch whose size, or one event of which, a receiver cannot take: in halves, until that one stands alone.
  @Test(arguments: [(413, 3), (400, 1)])
  func whatIsTooMuchComesInHalves(_ status: Int, _ most: Int) async throws {
    let origin = try Origin()
    Self.publish(origin, 1...8)
    let taken = Watched<[String]>([])
    let receiver = try Receiver { delivery, _ in
      let events = Self.events(delivery)
      let isRefused = status == 413 ? events.count > most : events.contains("Line 3 of one")
      if !isRefused { taken.change { $0 += events } }
      return .status(isRefused ? status : 204)
    }
    let terms = "batch = { max_items = 8, max_wait = \"10s\" }\nretry = [\"10ms\", \"10ms\", \"10ms\"]\nordered = true"
    let station = Self.station(origin, receiver.table("desk", terms))
    let daemon = try await station.daemon()
    try await station.poll("one")
    try await daemon.logged("with 8 events goes in two halves: answered \(status)")
    let lines = (1...8).map { "Line \($0) of one" }
    let expected = status == 413 ? lines : lines.filter { $0 != "Line 3 of one" }
    let all = try await taken.wait(for: "everything") { $0.count >= expected.count ? $0 : nil }
    #expect(all == expected, "each once, and in order")
    let deliveries = receiver.deliveries.value
    #expect(deliveries.allSatisfy { $0.isAuthentic })
    if status == 413 {
      #expect(deliveries.map { Self.events($0).count } == [8, 4, 2, 2, 4, 2, 2], "at once, without a second try")
    } else {
      try await daemon.logged("given up: rejected: answered 400")
      let dead = try Self.rows(try await station.run("dead", "list", "--json"))
      #expect(dead.count == 1 && dead.first?["attempts"].int == 3)
      #expect(deliveries.filter { $0.event.title == "Line 3 of one" }.count == 3, "an item alone has its three tries")
    }
    LogProof.check(deliveries.map { ($0.id, $0.request.body) }, at: "desk")
  }

  private static func events(_ delivery: Receiver.Delivery) -> [String] {
    let several = delivery.event["events"].array.map(\.title)
    return several.isEmpty ? [delivery.event.title] : several
  }

  /// What is to be split when the daemon is killed is split by the next one.
  @Test func halvesSurviveAKill() async throws {
    let origin = try Origin()
    Self.publish(origin, 1...8)
    let isClosed = Watched(true)
    let taken = Watched<[String]>([])
    let receiver = try Receiver { delivery, earlier in
      let events = Self.events(delivery)
      if events.count > 4 { return .status(earlier == 0 ? 503 : 413) }
      if isClosed.value { return .hang }
      taken.change { $0 += events }
      return .status(204)
    }
    let terms = "batch = { max_items = 8, max_wait = \"10s\" }\nretry = [\"1s\", \"1s\"]"
    let station = Self.station(origin, receiver.table("desk", terms))
    var daemon = try await station.daemon()
    try await station.poll("one")
    try await daemon.logged("attempt 1 of", "503")
    try await daemon.kill()
    // The next one knows of the message what is on disk, if the retry did not come before the kill.
    daemon = try await station.daemon()
    try await receiver.deliveries.wait(for: "a half") { all in all.contains { Self.events($0).count == 4 } ? true : nil
    }
    try await daemon.kill()
    isClosed.change { $0 = false }
    daemon = try await station.daemon()
    let all = try await taken.wait(for: "everything") { $0.count >= 8 ? $0 : nil }
    #expect(Set(all) == Set((1...8).map { "Line \($0) of one" }) && all.count == 8)
    #expect(try await daemon.stop().end == .code(0))
    let left = try await station.run("deliveries", "--json")
    #expect(left.lines.isEmpty)
  }

  /// More endpoints at one host than may be asked at once: a place that one does not take, since it was disabled while it
  /// waited, is the next one's. Nobody waits for the next event.
  @Test func aPlaceThatIsNotTakenIsTheNextOnes() async throws {
    let origin = try Origin()
    Self.publish(origin, 1...1)
    let gate = Gate()
    defer { gate.open() }
    let asked = Watched<Set<String>>([])
    let server = try LoopbackServer { request in
      asked.change { _ = $0.insert(request.path) }
      gate.wait()
      return .status(204)
    }
    let paths = (0..<200).map { "/\($0)" }
    let tables = paths.map { path in
      """
      [[webhook]]
      name = "e\(path.dropFirst())"
      url = "\(server.url(path))"
      allow_net = ["127.0.0.0/8"]
      timeout = "60s"

      """
    }
    let station = Self.station(origin, tables.joined())
    _ = try await station.daemon()
    try await station.poll("one")
    let first = try await asked.wait(for: "as many as may be asked at once") { $0.count == 64 ? $0 : nil }
    let waiting = paths.filter { !first.contains($0) }
    // Enough of them that those who are answered cannot wake the rest one for one.
    let disabled = waiting.prefix(100)
    for path in disabled { #expect(try await station.ask("disable e\(path.dropFirst())")["t"].string == "ok") }
    gate.open()
    let expected = Set(paths).subtracting(disabled)
    // On a busy machine a request may time out before all are disabled, and its place be one of theirs.
    try await asked.wait(for: "all that are enabled") { $0.isSuperset(of: expected) ? true : nil }
  }

  /// Retries that are due while all places for retries are taken, of endpoints that nothing else wakes: their last
  /// deliveries were taken, and there is no other event.
  @Test func aRetryThatFindsNoPlaceComesWhenThereIsOne() async throws {
    let origin = try Origin()
    let gate = Gate()
    defer { gate.open() }
    let asked = Watched<[String]>([])
    let server = try LoopbackServer { request in
      let isFirst = String(decoding: request.body, as: UTF8.self).contains("Line 1 of one")
      guard isFirst else { return .status(204) }
      let earlier = asked.change { all in
        defer { all.append(request.path) }
        return all.count { $0 == request.path }
      }
      if earlier == 0 { return .status(503) }
      gate.wait()
      return .status(204)
    }
    let names = (0..<4).map { "e\($0)" }
    let tables = names.map { name in
      """
      [[webhook]]
      name = "\(name)"
      url = "\(server.url("/" + name))"
      allow_net = ["127.0.0.0/8"]
      concurrency = 1
      timeout = "60s"
      retry = ["1s", "1h"]

      """
    }
    // Half of the transfers are for webhooks, a quarter of those for retries: one.
    let station = Station(
      settings: "max_transfers = 8", Sources.text("one", on: origin, "/one") + tables.joined(),
      environment: Receiver.environment)
    Self.publish(origin, 1...2)
    _ = try await station.daemon()
    try await station.poll("one")
    try await asked.wait(for: "the first retry") { $0.count == 5 ? true : nil }
    // All of them are due now.
    while try Self.rows(try await station.run("deliveries", "--json")).contains(where: Self.isToCome) {}
    gate.open()
    try await asked.wait(for: "the other retries") { $0.count == 8 ? true : nil }
  }

  private static func isToCome(_ row: JSON) -> Bool {
    row["next_at"].string.flatMap { Timestamp(rfc3339: $0) }.map { $0 > Timestamp(seconds: Int64(time(nil))) } ?? true
  }
}
