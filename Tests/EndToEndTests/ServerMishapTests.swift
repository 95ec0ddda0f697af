import TestSupport
import Testing

/// Every way in which a server can let a source down: each is a named failure of that source alone, or harms nothing, and
/// the others go on in time.
@Suite struct ServerMishapTests {
  /// Between two polls of the sources that are well.
  private static let pace = Duration.milliseconds(500)

  @Test func eachIsNamedAndHarmsNobodyElse() async throws {
    let loop = try LoopbackServer { request in .redirect(to: request.path) }
    let mishaps = ServerMishap.all(elsewhere: loop.url("/again"))
    let polls = Watched<[ContinuousClock.Instant]>([])
    let well = try LoopbackServer { _ in
      polls.change { $0.append(.now) }
      return .text("A line of the source that is well\n")
    }
    // A host for each: what one does is none of the others' business.
    let servers = try mishaps.enumerated().map { index, mishap in
      try LoopbackServer(place: UInt16(0x100 + index)) { _ in mishap.response }
    }
    let tables = zip(mishaps, servers).map { mishap, server in
      """
      [[source]]
      name = "\(mishap.name)"
      url = "\(server.url("/feed"))"
      kind = "rss"
      interval = "1h"
      timeout = "500ms"
      max_body = "64KiB"
      \(mishap.settings)
      """
    }
    let station = Station(
      """
      [defaults]
      allow_net = ["127.0.0.0/16"]
      [[source]]
      name = "well"
      url = "\(well.url())"
      kind = "text"
      interval = "500ms"

      """ + tables.joined(separator: "\n\n"))
    let pauses = MachinePauses(in: station.folder)
    let daemon = try await station.daemon()
    try await polls.wait(for: "a first poll") { $0.isEmpty ? nil : true }
    let reports = try await withThrowingTaskGroup(of: JSON.self) { group in
      for mishap in mishaps { group.addTask { try await station.poll(mishap.name) } }
      return try await group.reduce(into: [String: JSON]()) { $0[$1["source"].string ?? "?"] = $1 }
    }
    for mishap in mishaps {
      let report = reports[mishap.name] ?? .null
      let told = [report["stage"], report["class"]].compactMap(\.string).joined(separator: " ")
      #expect(
        mishap.failure.map { told.hasPrefix($0.told) } ?? told.isEmpty, "\(mishap.name): \(report)")
      let reason = report["reason"].string ?? ""
      #expect(reason.contains(mishap.failure?.words ?? ""), "\(mishap.name): \(reason)")
      #expect(!reason.contains("root:"), "\(mishap.name): \(reason)")
      #expect(reason.utf8.count < 1000)
    }
    // The others were on time: no wait between two polls much beyond their pace, on a machine that is busy as well.
    let times = polls.value
    let waits = zip(times, times.dropFirst()).map { $0.duration(to: $1) - pauses.longest(from: $0, to: $1) }
    #expect(waits.allSatisfy { $0 < Self.pace * 6 }, "\(waits)")
    let log = try await station.log().filter { $0.type.hasPrefix("item.") }
    #expect(!"\(log)".contains("root:"), "nothing from a file of this machine")
    #expect(try await daemon.stop().code == 0)
  }
}
