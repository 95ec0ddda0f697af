import Synchronization
import TestSupport
import Testing

/// Order of values, 1 and 2: no item lost, nothing announced twice, whenever the power goes.
@Suite struct KillTests {
  /// A ticker that shows new lines at every look, as long as it flows.
  private final class Flow: Sendable {
    private static let perLook = 3
    private static let visible = 60
    private let lines = Watched<[String]>([])
    private let flows = Watched(true)
    let looks = Watched(0)

    var published: [String] { lines.value }
    func stop() { flows.change { $0 = false } }

    func look() -> LoopbackServer.Response {
      let isFlowing = flows.value
      let window = lines.change { lines in
        for _ in 0..<(isFlowing ? Self.perLook : 0) {
          let number = lines.count + 1
          lines.append("Headline \(number) from desk \(number % 7) on subject \(number * number % 1009)")
        }
        return lines.suffix(Self.visible).reversed().joined(separator: "\n")
      }
      looks.change { $0 += 1 }
      return .text("BREAKING\n\(window)\n", headers: [.init("Content-Type", "text/plain")])
    }
  }

  private static let kills = 15

  @Test func killsAtAnyMomentLoseAndDoubleNothing() async throws {
    let seed = SeededGenerator.seed()
    var random = SeededGenerator(seed: seed)
    print("kills of TICKERD_TEST_SEED=\(seed)")
    let flow = Flow()
    let origin = try LoopbackServer { _ in flow.look() }
    let receiver = try Receiver { delivery, earlier in
      // Some first attempts fail, so that rows of failed deliveries live through kills too.
      earlier == 0 && (delivery.event.sequence ?? 0) % 7 == 0 ? .status(503) : .status(204)
    }
    let station = Station(
      """
      [[source]]
      name = "flow"
      kind = "text"
      start = "BREAKING"
      baseline = "all"
      interval = "100ms"
      url = "\(origin.url("/"))"
      allow_net = ["127.0.0.0/8"]

      """ + receiver.table("desk", #"retry = ["20ms", "50ms", "100ms"]"#),
      environment: Receiver.environment)

    var heard: [JSON] = []
    for _ in 0..<Self.kills {
      let daemon = try station.launch()
      var subscriber: SocketLines?
      // Some are killed while they start.
      if UInt.random(in: 0..<5, using: &random) > 0 {
        try await daemon.ready()
        subscriber = try await station.subscribe(Self.command(after: heard))
        let looks = flow.looks.value + Int.random(in: 0...8, using: &random)
        try await flow.looks.wait(for: "looks") { $0 >= looks ? true : nil }
      }
      // The moment itself is what varies: within a poll, its transaction, its announcement, or a delivery.
      try await Task.sleep(for: .microseconds(Int.random(in: 0..<40_000, using: &random)))
      try await daemon.kill()
      if let subscriber {
        try await subscriber.received.wait(for: "end of the connection") { $0.isAtEnd ? true : nil }
        heard += try await subscriber.items { _ in true }
      }
    }

    let daemon = try await station.daemon()
    let subscriber = try await station.subscribe(Self.command(after: heard))
    flow.stop()
    let looks = flow.looks.value + 2
    try await flow.looks.wait(for: "looks at the page that stands still") { $0 >= looks ? true : nil }
    let published = flow.published
    // What the killed daemons told it may already be everything.
    let missing = published.count - heard.count
    heard += try await subscriber.items(count: missing)
    let log = try await station.run("tail", "-n", "100000", "-o", "json").lines.map { try JSON($0) }

    let ids = LogProof.check(log, published: published)
    #expect(
      heard.map(\.sequence) == log.map(\.sequence), "a subscriber that comes back after its cursor hears each once")
    let deliveries = try await receiver.deliveries.wait(for: "every id at the receiver") { deliveries in
      let answered = deliveries.filter { ($0.event.sequence ?? 0) % 7 != 0 }
      let retried = Dictionary(grouping: deliveries, by: \.id).filter { $1.count > 1 }.keys
      return ids.isSubset(of: Set(answered.map(\.id)).union(retried)) ? deliveries : nil
    }
    #expect(deliveries.allSatisfy { $0.isAuthentic })
    LogProof.check(deliveries.map { ($0.id, $0.request.body) }, at: "desk")
    #expect(try await daemon.stop().end == .code(0))
  }

  private static func command(after heard: [JSON]) -> String {
    heard.last?["cursor"].string.map { "sub after=\($0)" } ?? "sub from=tail"
  }
}
