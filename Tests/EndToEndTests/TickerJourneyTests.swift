import TestSupport
import Testing

/// A ticker block travels the whole way: from a news page, as text and as HTML, to every sink.
@Suite struct TickerJourneyTests {
  /// Newest first, as pages show them.
  static let lines = [
    "Ferry services to the northern isles suspended until morning",
    "Minister: Budget talks resume “without preconditions” on Monday",
    "Power restored to 40,000 homes in the river district",
    "Court of appeal upholds ban on night flights",
    "Two climbers rescued from the east ridge of Mount Kelda",
    "Dockers' union calls off strike after overnight deal",
    "Central bank leaves key rate unchanged at 3.25 %",
    "Wildfire near Sorrel Pass 80 % contained — fire service",
    "Parliament elects Ines Halloran as speaker in second ballot",
    "Storm warning lifted for the whole west coast",
  ]

  /// A news page as a reader's browser would copy it.
  static func page(_ lines: [String]) -> String {
    """
    The Harbour Courier
    Home
    World
    Business
    BREAKING NEWS AND MORE

    Menu
      BREAKING

    \(lines.map { "  \($0) " }.joined(separator: "\n"))

    Storm warning lifted: what it means for you
    By our weather desk
    The warning that had been in force since Tuesday was lifted on Friday.
    BREAKING
    This is not a ticker line.
    """
  }

  /// The same page in HTML.
  static func html(_ lines: [String]) -> String {
    """
    <!DOCTYPE html><html><head><title>The Harbour Courier</title><script>var x = "<li>no</li>";</script></head>
    <body><nav><ul><li>Home</li><li>World</li></ul></nav>
    <div class="bar breaking-news"><h2>Breaking</h2><ul>
    \(lines.map { "<li class=\"x\"><b>\($0.replacing("&", with: "&amp;"))</b>\n  </li>" }.joined(separator: "\n"))
    </ul></div><article><ul><li>Not a ticker line</li></ul></article></body></html>
    """
  }

  static func publish(_ lines: [String], on origin: Origin) {
    origin.publish("/wire.txt", page(lines))
    origin.publish("/front.html", html(lines), type: "text/html; charset=utf-8")
  }

  static func sources(_ origin: Origin, interval: String) -> String {
    """
    [defaults]
    baseline = "all"
    dedupe = "source"
    interval = "\(interval)"

    [[source]]
    name = "wire"
    kind = "text"
    start = "BREAKING"
    end = ""
    tags = ["wire", "fast"]
    \(origin.place("/wire.txt"))

    [[source]]
    name = "front"
    kind = "html"
    select = ".breaking-news li"
    level = "urgent"
    \(origin.place("/front.html"))

    """
  }

  @Test func tenLinesReachEverySinkOnceAndEditsFollow() async throws {
    let origin = try Origin(isOpen: false)
    Self.publish(Self.lines, on: origin)
    origin.giveETag("/wire.txt")
    origin.giveETag("/front.html")
    let receiver = try Receiver()
    let station = Station(
      Self.sources(origin, interval: "500ms") + receiver.table("desk", "concurrency = 1"),
      environment: Receiver.environment)
    let daemon = try await station.daemon("--stdout", "json")
    let live = try SocketLines(path: station.live)
    let subscriber = try await station.subscribe(#"{"op":"sub","id":"a","from":"head"}"#)
    origin.gate.open()

    // The ten lines, oldest first, once for each source, on every sink.
    var events = try await subscriber.items(count: 20)
    for source in ["wire", "front"] {
      let told = events.filter { $0.source == source }
      #expect(told.map(\.title) == Self.lines.reversed())
      for event in told { expectBaseline(event, source) }
    }
    #expect(Set(events.map { $0["id"].string }).count == 20)

    // One on top, and the oldest scrolls off; one is edited in place; one is withdrawn.
    var lines = ["Quake of magnitude 5.1 felt across the lowlands"] + Self.lines.dropLast()
    Self.publish(lines, on: origin)
    events = try await subscriber.items(count: 22)
    #expect(events.suffix(2).map(\.told) == Array(repeating: "item.new \(lines[0])", count: 2))
    let edited = "Court of appeal upholds ban on late night flights"
    let former = lines[4]
    lines[4] = edited
    Self.publish(lines, on: origin)
    events = try await subscriber.items(count: 24)
    for event in events.suffix(2) {
      #expect(event.told == "item.updated \(edited)")
      #expect(event["previous"].string == former)
      #expect(event["revision"].int == 2)
      let first = events.first { $0.source == event.source && $0.title == former }
      #expect(event["id"] == first?["id"])
      #expect(event["hash"] != first?["hash"])
    }
    let answersBefore = origin.pages.value.mapValues(\.answers.count)
    let withdrawn = lines.remove(at: 2)
    Self.publish(lines, on: origin)
    events = try await subscriber.items(count: 26)
    for event in events.suffix(2) {
      #expect(event.told == "item.withdrawn \(withdrawn)")
      let first = events.first { $0.source == event.source && $0.title == withdrawn }
      #expect(event["id"] == first?["id"])
      let path = event.source == "wire" ? "/wire.txt" : "/front.html"
      let answers = origin.page(path).answers.dropFirst(answersBefore[path] ?? 0).drop { $0 == 304 }
      #expect(answers.starts(with: [200, 304]), "two successful polls on end; the second was not modified")
    }

    // Everyone has heard the same, once.
    let printed = try await daemon.program.objects(count: 26)
    #expect(printed.map(\.told) == events.map(\.told))
    #expect(printed.map(\.sequence) == events.map(\.sequence))
    let liveLines = try await live.received.wait(for: "26 live lines") { $0.lines.count >= 26 ? $0.lines : nil }
    let sentLive = try liveLines.map { try JSON($0) }
    #expect(sentLive == printed, "live.sock sends the event itself")
    let deliveries = try await receiver.received(count: 26)
    #expect(deliveries.map(\.event) == printed)
    #expect(deliveries.allSatisfy { $0.isAuthentic })
    for delivery in deliveries { expectMessage(delivery) }

    // A restart tells nothing: the next event is the next line.
    #expect(try await daemon.stop().end == .code(0))
    let again = try await station.daemon("--stdout", "json")
    for path in ["/wire.txt", "/front.html"] { try await origin.polled(path, more: 3) }
    let next = "Harbour tunnel reopens to traffic"
    Self.publish([next] + lines, on: origin)
    let afterRestart = try await again.program.objects(count: 2)
    #expect(afterRestart.map(\.told) == ["item.new \(next)", "item.new \(next)"])
    #expect(afterRestart.allSatisfy { $0.sequence == 27 || $0.sequence == 28 })
    try await receiver.received(count: 28)
    #expect(try await again.stop().end == .code(0))
    #expect(receiver.deliveries.value.map(\.event.sequence) == Array(1...28))
  }

  private func expectBaseline(_ event: JSON, _ source: String) {
    #expect(event.type == "item.new")
    #expect(event["baseline"].bool == true)
    #expect(event["revision"].int == 1)
    #expect(event["occurrence"].int == 1)
    #expect(event["level"].string == (source == "wire" ? "routine" : "urgent"))
    #expect(event["tags"].array.compactMap(\.string) == (source == "wire" ? ["wire", "fast"] : []))
    #expect(event["hash"].string?.wholeMatch(of: /sha256:[0-9a-f]{64}/) != nil)
    #expect(event["id"].string?.wholeMatch(of: /itm_[0-9A-HJKMNP-TV-Z]{26}/) != nil)
    for key in ["at", "seen"] {
      #expect(event[key].string?.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil)
    }
    #expect(event["seen_after"] == .null, "there was no poll before")
    #expect(event["previous"] == .null)
  }

  /// SPEC §6: the ids and the body of Standard Webhooks.
  private func expectMessage(_ delivery: Receiver.Delivery) {
    let event = delivery.event
    let mark =
      switch event.type {
      case "item.updated": "_r2"
      case "item.withdrawn": "_w1"
      default: ""
      }
    #expect(delivery.id == (event["id"].string ?? "") + mark)
    #expect(delivery.request.method == "POST")
    #expect(delivery.request["content-type"] == "application/json")
    let body = (try? JSON(delivery.request.text)) ?? .null
    #expect(body.keys == ["type", "timestamp", "data"])
    #expect(body["type"] == event["type"])
    #expect(body["timestamp"] == event["at"])
  }
}
