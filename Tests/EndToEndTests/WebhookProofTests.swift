import Glibc
import Synchronization
import TestSupport
import Testing
import TickerModel

/// The promise of SPEC §6 against receivers that do everything wrong, while the daemon is killed again and again: at the
/// end everybody has every event, twice only where an answer was lost or the daemon was killed, and in order where that
/// was promised.
@Suite struct WebhookProofTests {
  /// What a receiver answered to one delivery.
  private struct Taken: Sendable {
    let id: String
    /// The items in it: one, or those of a batch.
    let items: [String]
    let title: String
    let body: [UInt8]
    /// When it came, and when it was answered.
    let began: ContinuousClock.Instant
    let at: ContinuousClock.Instant
    /// Acknowledged with 2xx in time, so that no second delivery has a reason but a kill.
    let isAcknowledged: Bool
  }

  /// A receiver that misbehaves in one way, at random; `pause` is what each answer takes, in microseconds.
  private final class Misbehaving: Sendable {
    let name: String
    let terms: String
    let taken = Watched<[Taken]>([])
    /// Requests that came, answered or not.
    let begun = Watched(0)
    private let server: LoopbackServer

    init(
      _ name: String, _ terms: String = "", seed: UInt64, pause: UInt32? = nil,
      _ answer: @escaping @Sendable (_ earlier: Int, _ chance: UInt) -> LoopbackServer.Response
    ) throws {
      self.name = name
      self.terms = terms
      let random = Mutex(SeededGenerator(seed: seed))
      server = try LoopbackServer { [taken, begun] request in
        let began = ContinuousClock.now
        begun.change { $0 += 1 }
        let id = request["webhook-id"] ?? ""
        let data = (try? JSON(request.text)["data"]) ?? .null
        let events = data["events"].array.isEmpty ? [data] : data["events"].array
        let chance = random.withLock { UInt.random(in: 0..<100, using: &$0) }
        if let pause { usleep(pause) }
        return taken.change { taken in
          let response = answer(taken.count { $0.id == id }, chance)
          let isAcknowledged: Bool =
            switch response {
            case .answer(200...299, _, _): true
            case .dribble(_, let pause): pause == Self.dribble
            default: false
            }
          taken.append(
            Taken(
              id: id, items: events.compactMap { $0["id"].string }, title: data["title"].string ?? "",
              body: request.body, began: began, at: .now, isAcknowledged: isAcknowledged))
          return response
        }
      }
    }

    /// Between the bytes of an answer that comes in time, and of one that does not.
    static let dribble = Duration.microseconds(200)
    static let lateDribble = Duration.milliseconds(50)
    static let dribbled = Array("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n".utf8)

    var table: String {
      """
      [[webhook]]
      name = "\(name)"
      url = "\(server.url("/"))"
      secret = { env = "HOOK_SECRET" }
      allow_net = ["127.0.0.0/8"]
      retry = ["20ms", "50ms", "100ms", "200ms", "400ms", "400ms", "400ms", "400ms", "400ms", "400ms", "400ms", "400ms"]
      timeout = "1s"
      circuit = { failures = 5, over = "2s", probe = "200ms" }
      \(terms)

      """
    }
  }

  private static func receivers(_ seed: UInt64) throws -> [Misbehaving] {
    let huge = [UInt8](repeating: 0x61, count: 256 << 10)
    let ok = LoopbackServer.Response.status(204)
    @Sendable func retryAfter(_ value: String, _ status: Int = 429) -> LoopbackServer.Response {
      .status(status, headers: [.init("Retry-After", value)])
    }
    return [
      try Misbehaving("well", seed: seed) { _, _ in ok },
      try Misbehaving("first", seed: seed + 1) { earlier, _ in earlier < 2 ? .status(503) : ok },
      try Misbehaving("seconds", seed: seed + 2) { _, chance in chance < 2 ? retryAfter("1") : ok },
      try Misbehaving("date", seed: seed + 3) { _, chance in chance < 2 ? retryAfter(Self.dateInASecond) : ok },
      try Misbehaving("unavailable", seed: seed + 13) { _, chance in chance < 2 ? retryAfter("1", 503) : ok },
      try Misbehaving("hanging", seed: seed + 4) { _, chance in chance < 2 ? .hang : ok },
      try Misbehaving("closing", seed: seed + 5) { _, chance in chance < 20 ? .close : ok },
      try Misbehaving("resetting", seed: seed + 6) { _, chance in chance < 20 ? .reset(after: []) : ok },
      try Misbehaving("dribbling", seed: seed + 14) { _, chance in
        .dribble(Misbehaving.dribbled, pause: chance < 2 ? Misbehaving.lateDribble : Misbehaving.dribble)
      },
      try Misbehaving("moved", seed: seed + 7) { earlier, _ in
        earlier == 0 ? .redirect(to: "http://127.0.0.1:1/", status: 302) : ok
      },
      try Misbehaving("flaky", seed: seed + 8) { _, chance in chance < 30 ? .status(500) : ok },
      try Misbehaving("huge", seed: seed + 9) { _, _ in .answer(status: 200, headers: [], body: huge) },
      try Misbehaving("slow", seed: seed + 10, pause: 40_000) { _, _ in ok },
      try Misbehaving("ordered", "ordered = true", seed: seed + 11) { _, chance in chance < 20 ? .status(502) : ok },
      try Misbehaving(
        "batched", "batch = { max_items = 5, max_wait = \"100ms\" }", seed: seed + 12, pause: 20_000
      ) { _, chance in chance < 20 ? .status(500) : ok },
    ]
  }

  /// In whole seconds, so that at least one passes.
  private static var dateInASecond: String {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return HTTPDate.text(seconds: Int64(now.tv_sec) + 2)
  }

  private static let rounds = 4
  private static let perLook = 2
  private static let events = 160
  /// What was acknowledged within this time before a kill may come again (SPEC §6).
  private static let uncommitted = Duration.milliseconds(250)
  /// An answer and its commit wait for a processor and for the disk some three times each.
  private static let pausesOnTheWay = 6

  @Test func everybodyHasEverything() async throws {
    let seed = SeededGenerator.seed()
    print("misbehaving receivers of TICKERD_TEST_SEED=\(seed)")
    var random = SeededGenerator(seed: seed)
    let receivers = try Self.receivers(seed)
    let lines = Watched<[String]>([])
    let origin = try LoopbackServer { _ in
      let window = lines.change { lines in
        for _ in 0..<Self.perLook where lines.count < Self.events {
          lines.append("Headline \(lines.count + 1) on subject \(lines.count * lines.count % 1009)")
        }
        return lines.suffix(60).reversed().joined(separator: "\n")
      }
      return .text("BREAKING\n\(window)\n", headers: [.init("Content-Type", "text/plain")])
    }
    let source = """
      [[source]]
      name = "flow"
      kind = "text"
      start = "BREAKING"
      baseline = "all"
      interval = "100ms"
      url = "\(origin.url("/"))"
      allow_net = ["127.0.0.0/8"]

      """
    let station = Station(source + receivers.map(\.table).joined(), environment: Receiver.environment)
    let pauses = MachinePauses(in: station.folder)
    var kills: [Kill] = []
    for round in 1...Self.rounds {
      let daemon = try await station.daemon()
      let target = Self.events * round / (Self.rounds + 1)
      try await lines.wait(for: "lines") { $0.count >= target ? true : nil }
      if round.isMultiple(of: 2), let batched = receivers.last {
        // Within a batch: it has come, and is not answered.
        let next = batched.begun.value + 1
        try await batched.begun.wait(for: "a batch") { $0 >= next ? true : nil }
      } else {
        try await Task.sleep(for: .microseconds(Int.random(in: 0..<200_000, using: &random)))
      }
      let time = ContinuousClock.now
      try await daemon.kill()
      kills.append(Kill(at: time, pause: pauses.longest(from: time - .seconds(1), to: .now)))
    }
    _ = try await station.daemon()
    let log = try await Self.whole(station, lines)
    let ids = LogProof.check(log, published: lines.value)
    #expect(ids.count == Self.events)
    for receiver in receivers {
      let taken = try await receiver.taken.wait(for: "everything at \(receiver.name)") { taken in
        Set(taken.filter(\.isAcknowledged).flatMap(\.items)).isSuperset(of: ids) ? taken : nil
      }
      Self.check(receiver.name, taken, ids, kills)
    }
    let (_, status) = try await station.status()
    #expect(status["endpoints"].array.allSatisfy { $0["dead"].int == 0 })
  }

  /// Thirty receivers that never answer, or answer slowly, cost the others nothing: while their first attempts still hang,
  /// everybody else has everything, and as fast as without them.
  @Test func theDeadAndTheSlowHarmNobody() async throws {
    let gate = Gate()
    defer { gate.open() }
    let dead = try (0..<20).map { _ in
      try Receiver { _, _ in
        gate.wait()
        return .status(503)
      }
    }
    let slow = try (0..<10).map { _ in
      try Receiver { _, _ in
        usleep(200_000)
        return .status(204)
      }
    }
    let troubled = (dead + slow).enumerated().map { $1.table("troubled-\($0)", #"timeout = "60s""#) }.joined()
    let alone = try await Self.slowest(beside: "")
    let beside = try await Self.slowest(beside: troubled)
    #expect(dead.allSatisfy { Set($0.deliveries.value.map(\.id)).count <= 4 }, "none of these has been answered")
    let limit = alone.time + Self.harm + (alone.pause + beside.pause) * Self.pausesOnTheWay
    #expect(
      beside.time < limit, "\(beside.time) beside them, \(alone.time) alone, pauses of \(alone.pause), \(beside.pause)")
  }

  /// What a healthy endpoint may take longer for thirty sick ones: their attempts are started too.
  private static let harm = Duration.milliseconds(50)

  /// The 99th percentile from seen to acknowledged of the slower of two endpoints that are well, beside those of `tables`,
  /// and how long the machine stood still meanwhile at the longest.
  private static func slowest(beside tables: String) async throws -> (time: Duration, pause: Duration) {
    let origin = try Origin()
    let (well, other) = (try Receiver(), try Receiver())
    let station = Station(
      Sources.text("one", on: origin, "/one") + well.table("well") + other.table("other") + tables,
      environment: Receiver.environment)
    let daemon = try await station.daemon()
    let pauses = MachinePauses(in: station.folder)
    let start = ContinuousClock.now
    let count = 150
    for last in stride(from: 10, through: count, by: 10) {
      origin.publish("/one", (1...last).reversed().map { "Line \($0) of one" }.joined(separator: "\n"))
      try await station.poll("one")
    }
    for receiver in [well, other] {
      try await receiver.deliveries.wait(for: "everything") { Set($0.map(\.id)).count == count ? true : nil }
    }
    let pause = pauses.longest(from: start, to: .now)
    let rows = try await station.run("endpoints", "--json").lines.map { try JSON($0) }
    try await daemon.kill()
    let slowest = rows.filter { ["well", "other"].contains($0["endpoint"].string) }.compactMap { $0["p99_ms"].int }
    #expect(slowest.count == 2)
    return (.milliseconds(slowest.max() ?? 0), pause)
  }

  /// The log once it holds everything.
  private static func whole(_ station: Station, _ lines: Watched<[String]>) async throws -> [JSON] {
    let client = try await station.subscribe("sub from=tail")
    return try await client.items(upTo: "Headline \(events) on subject \((events - 1) * (events - 1) % 1009)")
      .filter { $0.type == "item.new" }
  }

  private struct Kill {
    let at: ContinuousClock.Instant
    /// How long the machine stood still at the longest shortly before.
    let pause: Duration

    /// Whether its acknowledgement may have been lost, or not have been on disk.
    func excuses(_ taken: Taken) -> Bool {
      taken.at > at - uncommitted - pause * pausesOnTheWay && taken.began < at + pause * pausesOnTheWay
    }
  }

  private static func check(_ name: String, _ taken: [Taken], _ ids: Set<String>, _ kills: [Kill]) {
    #expect(Set(taken.flatMap(\.items)) == ids, "nothing else at \(name)")
    LogProof.check(taken.map { ($0.id, $0.body) }, at: name)
    for id in ids {
      let all = taken.filter { $0.items.contains(id) }
      for (one, next) in zip(all, all.dropFirst()) where one.isAcknowledged {
        let distance = kills.map { one.at.duration(to: $0.at) }.filter { $0 > .seconds(-1) }.min()
        #expect(
          kills.contains { $0.excuses(one) },
          "\(id) again at \(name) after \(one.at.duration(to: next.at)), acknowledged \(distance ?? .zero) before a kill"
        )
      }
    }
    if name == "ordered" {
      var seen: Set<String> = []
      let first = taken.filter { $0.isAcknowledged && seen.insert($0.id).inserted }
      let numbers = first.compactMap { Int($0.title.split(separator: " ")[1]) }
      #expect(numbers == numbers.sorted(), "in order")
    }
  }
}
