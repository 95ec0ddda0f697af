import TestSupport
import Testing

/// `status` names what only a person can mend, and says it with its exit status.
@Suite struct AttentionTests {
  private static let names = ["reversed", "clock", "article"]

  @Test func ordersThatLookReversedTextsThatJitterAndTextsThatAreCutAreNamed() async throws {
    let origin = try Origin()
    origin.publish("/reversed", Sources.lines("Alpha", "Bravo"))
    origin.publish("/clock", Sources.lines("Now 0 visitors on this page today", "Alpha of the clock", "Bravo of it"))
    origin.publish("/article", Sources.lines("Alpha of the article"))
    let station = Station(Self.names.map { Sources.text($0, on: origin, "/\($0)") }.joined())
    _ = try await station.daemon()
    for name in Self.names { try await station.poll(name) }
    #expect(try await station.run("status").code == 0)

    // The oldest line stands last: others come in below it.
    let late = ["Charlie goes east", "Delta stays west", "Echo turns back"]
    for count in 1...late.count {
      origin.publish("/reversed", (["Alpha", "Bravo"] + late.prefix(count)).map { $0 + "\n" }.joined())
      #expect(try await station.poll("reversed")["events"].int == 0)
    }
    for minute in 1...26 {
      origin.publish(
        "/clock", Sources.lines("Now \(minute) visitors on this page today", "Alpha of the clock", "Bravo of it"))
      try await station.poll("clock")
    }
    origin.publish("/article", Sources.lines(String(repeating: "all of it ", count: 500), "Alpha of the article"))
    try await station.poll("article")

    let status = try await station.run("status")
    #expect(status.code == 1)
    for told in [
      "source reversed: new lines come in below the oldest; is `order` reversed?",
      "source clock: 1 items change their text all the time", "source article: 1 events were cut to their bounds",
    ] {
      #expect(status.output.contains(told), "\(status.output)")
    }
  }
}
