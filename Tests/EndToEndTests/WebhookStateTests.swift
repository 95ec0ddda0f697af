import Glibc
import TestSupport
import Testing
import TickerModel
import TickerStore

/// What the database knows of an endpoint, written by the test: days that passed, a queue that grew.
@Suite struct WebhookStateTests {
  private static func now() -> Timestamp {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return Timestamp(seconds: Int64(now.tv_sec))
  }

  /// As if the endpoint had failed for so long, and been asked last `pause` ago. The daemon does not run.
  private static func age(
    _ station: Station, _ endpoint: String, by duration: Duration, asked pause: Duration = .milliseconds(100)
  ) async throws {
    let store = try Store(path: station.state) { _ in }
    var state = try await store.openEndpoint(endpoint)
    let failing = try #require(state.failing)
    state.failing = EndpointState.Failing(
      since: now() - duration, reason: failing.reason, probeAt: now(), probeWait: pause)
    var changes = DeliveryChanges()
    changes.states[endpoint] = state
    await write(changes, to: store)
  }

  private static func write(_ changes: DeliveryChanges, to store: Store) async {
    let error: StoreError? = await withCheckedContinuation { continuation in
      _ = store.apply(changes) { continuation.resume(returning: $0) }
    }
    #expect(error == nil)
    await store.close()
  }

  /// More than is kept in memory at a time.
  @Test func oneRoundDrainsALongQueue() async throws {
    let receiver = try Receiver()
    let station = Station(receiver.table("desk"), environment: Receiver.environment)
    mkdir(station.folder.file("state"), 0o700)
    let store = try Store(path: station.state) { _ in }
    _ = try await store.openEndpoint("desk")
    let count: Int64 = 1200
    var changes = DeliveryChanges()
    changes.kept = (1...count).map { sequence in
      StoredDelivery(
        endpoint: "desk", sequence: sequence, message: "itm_\(sequence)", type: "item.new", source: "one",
        contentType: "application/json", body: Array("{}".utf8), eventAt: Self.now(), attempts: 1,
        nextAt: Self.now() - .seconds(1), lastStatus: 503, reason: "answered 503", at: Self.now())
    }
    await Self.write(changes, to: store)
    let once = try await station.run("run", "--once")
    #expect(once.code == 0, "\(once.errors)")
    #expect(Set(receiver.deliveries.value.map(\.id)).count == count && receiver.deliveries.value.count == count)
    let again = try await station.run("run", "--once")
    #expect(again.code == 0 && receiver.deliveries.value.count == count, "nothing is left")
  }

  /// Disabled after days without a success, never sooner and never silently.
  @Test func disablesAfterFiveDaysAndSaysSo() async throws {
    let origin = try Origin()
    origin.publish("/one", "Line 1 of one\nLine 2 of one\n")
    let isDown = Watched(true)
    let receiver = try Receiver { _, _ in isDown.value ? .close : .status(204) }
    let other = try Receiver()
    let station = Station(
      Sources.text("one", on: origin, "/one")
        + receiver.table(
          "desk",
          """
          concurrency = 1
          circuit = { failures = 2, over = "0s", probe = "100ms" }
          retry = ["20ms", "20ms", "20ms"]
          """)
        + other.table("watch", #"filter = { type = ["endpoint.*"] }"#), environment: Receiver.environment)
    var daemon = try await station.daemon()
    try await station.poll("one")
    try await daemon.logged("takes nothing after 2 failures")
    try await daemon.stop()

    try await Self.age(station, "desk", by: .seconds(4 * 86_400 + 82_800))
    let before = receiver.deliveries.value.count
    daemon = try await station.daemon()
    try await receiver.received(count: before + 4)
    #expect(try await Self.state(station) == "failing", "not an hour before")
    try await daemon.stop()

    try await Self.age(station, "desk", by: .seconds(5 * 86_400 + 3600))
    daemon = try await station.daemon()
    try await daemon.logged("is disabled", "it took nothing since", "tickerd enable desk")
    let told = try await other.deliveries.wait(for: "the event") { all in
      all.first { $0.event.type == "endpoint.disabled" }
    }
    #expect(told.event["endpoint"].string == "desk" && told.event["reason"].string?.contains("took nothing") == true)
    let (code, status) = try await station.status()
    #expect(code == 1 && status["problems"].array.contains { $0.string?.contains("tickerd enable desk") == true })
    try await daemon.stop()

    isDown.change { $0 = false }
    let quiet = receiver.deliveries.value.count
    daemon = try await station.daemon()
    #expect(try await Self.state(station) == "disabled", "a restart does not forget")
    #expect(receiver.deliveries.value.count == quiet)
    #expect(try await station.run("enable", "desk").code == 0)
    try await receiver.deliveries.wait(for: "both lines") { all in
      Set(all.dropFirst(quiet).map(\.event.title)) == ["Line 1 of one", "Line 2 of one"] ? true : nil
    }
    try await daemon.stop()
  }

  /// After a day, three and four, once each, to the log and to everybody else; and not again at a restart.
  @Test func warnsBeforeItDisables() async throws {
    let origin = try Origin()
    origin.publish("/one", "Line 1 of one\n")
    let receiver = try Receiver { _, _ in .status(503) }
    let other = try Receiver()
    let station = Station(
      Sources.text("one", on: origin, "/one")
        + receiver.table("desk", "circuit = { failures = 1, over = \"0s\", probe = \"100ms\" }\nretry = [\"20ms\"]")
        + other.table("watch", #"filter = { type = ["endpoint.*"] }"#), environment: Receiver.environment)
    var daemon = try await station.daemon()
    try await station.poll("one")
    try await daemon.logged("takes nothing after")
    try await daemon.stop()
    let day = Duration.seconds(86_400)
    for days in [1, 3, 4] {
      try await Self.age(station, "desk", by: day * days + .seconds(600), asked: .seconds(3600))
      daemon = try await station.daemon()
      let line = try await daemon.logged("has taken nothing for \(days)d, and after 5d is disabled: answered 503")
      #expect(line.hasPrefix("<4>") || line.contains("warning"), "\(line)")
      try await other.deliveries.wait(for: "the warning") { all in
        all.contains { $0.event.type == "endpoint.failing" && $0.event.title.contains("for \(days)d") } ? true : nil
      }
      try await daemon.stop()
      // Asked a moment ago: what was said then is not said again.
      let asked = receiver.deliveries.value.count
      try await Self.age(station, "desk", by: day * days + .seconds(660))
      daemon = try await station.daemon()
      try await receiver.received(count: asked + 3)
      try await daemon.stop()
    }
    let told = other.deliveries.value.map(\.event)
    #expect(told.allSatisfy { $0.type == "endpoint.failing" && $0["endpoint"].string == "desk" })
    #expect(told.count == 4, "it began to fail, and three warnings: \(told.map(\.title))")
  }

  private static func state(_ station: Station) async throws -> String? {
    let rows = try await station.run("endpoints", "--json").lines.map { try JSON($0) }
    return rows.first { $0["endpoint"].string == "desk" }?["state"].string
  }
}
