import TestSupport
import Testing

/// SPEC §6: at least once, under one id, with one body, at the times that were promised.
@Suite struct WebhookTests {
  private static func station(_ origin: Origin, _ receiver: Receiver, _ more: String) -> Station {
    origin.publish("/one", "The first line of all\n")
    return Station(
      Sources.text("one", on: origin, "/one") + receiver.table("desk", more), environment: Receiver.environment)
  }

  @Test func attemptsAreSpacedAndIdenticalUntilOneSucceeds() async throws {
    let origin = try Origin()
    let receiver = try Receiver { _, earlier in earlier < 2 ? .status(500) : .status(204) }
    let station = Self.station(origin, receiver, "retry = [\"300ms\", \"600ms\"]")
    let daemon = try await station.daemon()
    try await station.poll("one")
    let attempts = try await receiver.received(count: 3)
    #expect(Set(attempts.map(\.id)).count == 1)
    #expect(Set(attempts.map(\.request.body)).count == 1)
    #expect(attempts.allSatisfy { $0.isAuthentic })
    // ±20 %; the clock of the wait starts when the answer is there, and wall time counts whole milliseconds.
    #expect(attempts[1].at - attempts[0].at >= .milliseconds(239))
    #expect(attempts[2].at - attempts[1].at >= .milliseconds(479))
    try await daemon.logged("delivers again")
    let (code, status) = try await station.status()
    #expect(code == 0)
    #expect(status["endpoints"].array.first?["delivered"].int == 1)
    #expect(status["endpoints"].array.first?["waiting"].int == 0)
  }

  @Test func aDeadlineSurvivesARestart() async throws {
    let origin = try Origin()
    let receiver = try Receiver { _, earlier in earlier < 1 ? .status(500) : .status(204) }
    let station = Self.station(origin, receiver, "retry = [\"2s\"]")
    let daemon = try await station.daemon()
    try await station.poll("one")
    try await receiver.received(count: 1)
    try await daemon.logged("tried again later")
    try await daemon.stop()
    _ = try await station.daemon()
    let attempts = try await receiver.received(count: 2)
    #expect(attempts[1].at - attempts[0].at >= .milliseconds(1599), "a restart is no reason to hurry")
    #expect(attempts[0].id == attempts[1].id)
    #expect(attempts[0].request.body == attempts[1].request.body)
  }

  @Test func whatIsRefusedForGoodIsDeadAndTheRestGoesOn() async throws {
    let origin = try Origin()
    let receiver = try Receiver { delivery, _ in
      delivery.event.title.contains("first") ? .status(404) : .status(204)
    }
    let station = Self.station(origin, receiver, "retry = [\"20ms\", \"20ms\", \"20ms\", \"20ms\", \"20ms\"]")
    let daemon = try await station.daemon()
    try await station.poll("one")
    try await daemon.logged("given up")
    origin.publish("/one", "A second, welcome line\nThe first line of all\n")
    try await station.poll("one")
    let all = try await receiver.received(count: 4)
    #expect(all.prefix(3).allSatisfy { $0.event.title == "The first line of all" }, "three tries for a 404")
    #expect(all[3].event.title == "A second, welcome line")
    let (code, status) = try await station.status()
    #expect(code == 1)
    #expect(status["endpoints"].array.first?["dead"].int == 1)
    #expect(status["problems"].array.contains { $0.string?.contains("desk") == true })
  }

  @Test func goneIsDeadAtOnce() async throws {
    let origin = try Origin()
    let receiver = try Receiver { _, _ in .status(410) }
    let station = Self.station(origin, receiver, "retry = [\"20ms\", \"20ms\"]")
    let daemon = try await station.daemon()
    try await station.poll("one")
    try await daemon.logged("410")
    let (code, status) = try await station.status()
    #expect(code == 1)
    #expect(status["endpoints"].array.first?["dead"].int == 1)
    #expect(receiver.deliveries.value.count == 1)
  }

  @Test func aRedirectIsAFailureAndNotFollowed() async throws {
    let origin = try Origin()
    let receiver = try Receiver { _, earlier in
      earlier == 0 ? .redirect(to: origin.url("/elsewhere"), status: 307) : .status(204)
    }
    let station = Self.station(origin, receiver, "retry = [\"20ms\"]")
    _ = try await station.daemon()
    try await station.poll("one")
    try await receiver.received(count: 2)
    #expect(origin.page("/elsewhere").requests.isEmpty)
  }

  @Test func aDeadReceiverSlowsNoOther() async throws {
    let origin = try Origin()
    origin.publish("/one", (1...40).map { "Line \($0) for both" }.joined(separator: "\n"))
    let (hanging, quick) = (try Receiver { _, _ in .hang }, try Receiver())
    let station = Station(
      Sources.text("one", on: origin, "/one") + hanging.table("hanging", "timeout = \"5m\"")
        + quick.table("quick", "concurrency = 1"),
      environment: Receiver.environment)
    _ = try await station.daemon()
    try await station.poll("one")
    let all = try await quick.received(count: 40)
    #expect(all.map(\.event.sequence) == Array(1...40), "first attempts in log order")
    try await hanging.received(count: 4)
    #expect(hanging.deliveries.value.count == 4, "no more at once than `concurrency`")
  }

  @Test func aReceiverOfOursVerifiesPrintsAndRefusesAsTold() async throws {
    let origin = try Origin()
    origin.publish("/one", "The first line of all\n")
    let desk = Station("", environment: Receiver.environment)
    let receiver = try desk.start(
      ["receive", "--listen", "127.0.0.1:0", "--secret-env", "HOOK_SECRET", "--fail", "2", "--json"])
    let url = try await receiver.errors.wait(for: "its address") { stream in
      stream.text.firstMatch(of: /http:\/\/127\.0\.0\.1:\d+\//).map { String($0.output) }
    }
    let table = """
      [[webhook]]
      name = "desk"
      url = "\(url)"
      secret = { env = "HOOK_SECRET" }
      allow_net = ["127.0.0.0/8"]
      retry = ["20ms", "20ms", "20ms"]
      """
    let station = Station(Sources.text("one", on: origin, "/one") + table, environment: Receiver.environment)
    _ = try await station.daemon()
    try await station.poll("one")
    let printed = try await receiver.objects(count: 3)
    #expect(printed.map { $0["status"].int } == [503, 503, 204])
    #expect(printed.allSatisfy { $0["verdict"].string == "authentic" && $0.title == "The first line of all" })
    #expect(Set(printed.map { $0["id"].string }).count == 1)
    // Somebody without the key.
    let stranger = Station(
      Sources.text("one", on: origin, "/one") + table, environment: ["HOOK_SECRET": "whsec_" + Self.otherKey])
    let once = try await stranger.run("run", "--once")
    #expect(once.code == 1)
    #expect(once.errors.contains("401"))
    let refused = try await receiver.objects(count: 4).last
    #expect(refused?["verdict"].string == "not authentic")
    #expect(refused?["status"].int == 401)
  }

  private static let otherKey = "YW5vdGhlciBrZXkgdGhhdCBub2JvZHkga25vd3MgYXQgYWxs"
}
