import TestSupport
import Testing

/// SPEC §3.3: feeds, and one item from many sources.
@Suite struct FeedTests {
  private static func rss(_ items: [(guid: String, title: String, link: String)]) -> String {
    let entries = items.map { item in
      """
      <item><title><![CDATA[\(item.title)]]></title><link>https://news.example.org/\(item.link)?utm_source=rss</link>
      <guid isPermaLink="false">\(item.guid)</guid><pubDate>Mon, 03 Nov 2025 10:00:00 +0100</pubDate>
      <description>&lt;p&gt;About &lt;b&gt;\(item.title)&lt;/b&gt;&lt;/p&gt;</description></item>
      """
    }
    return "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>News</title>\(entries.joined())</channel></rss>"
  }

  private static func atom(_ entries: [(id: String, title: String)]) -> String {
    let bodies = entries.map { entry in
      """
      <entry><id>\(entry.id)</id><title type="html">\(entry.title)</title><updated>2025-11-03T10:00:00+01:00</updated>
      <link rel="self" href="/self"/><link rel="alternate" href="stories/0"/></entry>
      """
    }
    return """
      <feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://blog.example.org/a/"><title>Blog</title>
      \(bodies.joined())</feed>
      """
  }

  private static func feed(_ name: String, _ kind: String, on origin: Origin, baseline: String = "all") -> String {
    """
    [[source]]
    name = "\(name)"
    kind = "\(kind)"
    baseline = "\(baseline)"
    interval = "1h"
    \(origin.place("/\(name)"))

    """
  }

  @Test(arguments: ["rss", "auto"]) func editsRenamesAndNewEntriesOfRSS(_ kind: String) async throws {
    let origin = try Origin()
    let one = (guid: "g1", title: "Bridge closed for repairs", link: "bridge")
    let two = (guid: "g2", title: "Mayor opens new library", link: "library")
    origin.publish("/news", Self.rss([two, one]), type: "application/rss+xml")
    let station = Station(Self.feed("news", kind, on: origin))
    _ = try await station.daemon()
    try await station.poll("news")
    var log = try await station.log()
    #expect(log.map(\.told) == ["item.new Bridge closed for repairs", "item.new Mayor opens new library"])
    #expect(log[0]["link"].string?.hasPrefix("https://news.example.org/bridge") == true)
    #expect(log[0]["published"].string == "2025-11-03T09:00:00.000Z")
    #expect(log[0]["text"].string == "About Bridge closed for repairs", "plain text")

    let edited = (guid: "g1", title: "Bridge open again after repairs", link: "bridge")
    origin.publish("/news", Self.rss([two, edited]))
    try await station.poll("news")
    let renamed = (guid: "another-guid", title: two.title, link: two.link)
    origin.publish("/news", Self.rss([renamed, edited]))
    try await station.poll("news")
    let three = (guid: "g3", title: "Third story", link: "three")
    let four = (guid: "g4", title: "Fourth story", link: "four")
    origin.publish("/news", Self.rss([four, three, renamed]))
    for _ in 1...3 { try await station.poll("news") }
    log = try await station.log()
    #expect(
      log.dropFirst(2).map(\.told) == [
        "item.updated Bridge open again after repairs", "item.new Third story", "item.new Fourth story",
      ], "same content under a new guid is nothing; what leaves a feed is not withdrawn")
    #expect(log[2]["id"] == log[0]["id"])
    #expect(log[2]["previous"].string == "Bridge closed for repairs")
    #expect(log[2]["revision"].int == 2)
  }

  @Test func entriesOfAtomInReverseOrder() async throws {
    let origin = try Origin()
    origin.publish(
      "/blog", Self.atom([("urn:2", "Second &amp;amp; best"), ("urn:1", "First &lt;i&gt;of all&lt;/i&gt;")]))
    let station = Station(Self.feed("blog", "atom", on: origin))
    _ = try await station.daemon()
    try await station.poll("blog")
    origin.publish("/blog", Self.atom([("urn:2", "Second and better"), ("urn:1", "First &lt;i&gt;of all&lt;/i&gt;")]))
    try await station.poll("blog")
    let log = try await station.log()
    #expect(log.map(\.told) == ["item.new First of all", "item.new Second & best", "item.updated Second and better"])
    #expect(log[0]["link"].string == "https://blog.example.org/a/stories/0", "xml:base, and rel=alternate")
    #expect(log[0]["updated"].string == "2025-11-03T09:00:00.000Z")
  }

  @Test func compressedAnswersAreRead() async throws {
    let body = Gzip.stored(Array(Self.rss([(guid: "g", title: "Small but compressed", link: "x")]).utf8))
    let origin = try LoopbackServer { request in
      guard request["Accept-Encoding"]?.contains("gzip") == true else { return .status(406) }
      return .answer(
        status: 200, headers: [.init("Content-Encoding", "gzip"), .init("Content-Type", "application/rss+xml")],
        body: body)
    }
    let station = Station(
      """
      [[source]]
      name = "news"
      url = "\(origin.url("/"))"
      allow_net = ["127.0.0.0/8"]
      baseline = "all"
      """)
    let once = try await station.run("run", "--once", "--stdout", "json")
    #expect(once.code == 0, "\(once.errors)")
    #expect(try once.lines.map { try JSON($0).title } == ["Small but compressed"])
  }

  @Test func silentAndLastBaselines() async throws {
    let origin = try Origin()
    let lines = "Newest of three\nMiddle of three\nOldest of three\n"
    for path in ["/silent", "/last"] { origin.publish(path, lines) }
    let tables = [("silent", "silent"), ("last", "last:2")].map { name, baseline in
      Sources.text(name, on: origin, "/\(name)", "dedupe = \"source\"")
        .replacing("baseline = \"all\"", with: "baseline = \"\(baseline)\"")
    }
    let station = Station(tables.joined())
    let first = try await station.run("run", "--once", "--stdout", "json")
    let told = try first.lines.map { try JSON($0) }
    #expect(told.map { "\($0.source) \($0.title)" } == ["last Middle of three", "last Newest of three"])
    #expect(told.allSatisfy { $0["baseline"].bool == true })
    #expect(first.errors.contains("3"), "one notice says how many")
    origin.publish("/silent", "Now something\n" + lines)
    let second = try await station.run("run", "--once", "--stdout", "json")
    let news = try second.lines.map { try JSON($0) }
    #expect(news.map(\.told) == ["item.new Now something"])
    #expect(news.first?["baseline"].bool == false)
    #expect(news.first?["seen_after"].string != nil)
  }

  @Test func anItemOfTwoSourcesIsHeardOnceByEachListener() async throws {
    let origin = try Origin()
    origin.publish("/alpha", "Old line of alpha\n")
    origin.publish("/bravo", "Old line of bravo\n")
    let (all, second) = (try Receiver(), try Receiver())
    let station = Station(
      Sources.text("alpha", on: origin, "/alpha", "tags = [\"a\"]\nlevel = \"urgent\"")
        + Sources.text("bravo", on: origin, "/bravo", "tags = [\"b\"]")
        + all.table("all") + second.table("second", "filter = { source = [\"bravo\"] }"),
      environment: Receiver.environment)
    _ = try await station.daemon()
    for name in ["alpha", "bravo"] { try await station.poll(name) }
    let everything = try await station.subscribe("sub from=head")
    let ofBravo = try await station.subscribe("sub from=head source=bravo")
    let tagged = try await station.subscribe("sub from=head tag=b")
    origin.publish("/alpha", "Shared “news” of the day\nOld line of alpha\n")
    try await station.poll("alpha")
    origin.publish("/bravo", "SHARED \"news\" of  the day\nOld line of bravo\n")
    try await station.poll("bravo")
    origin.publish("/bravo", "The end of bravo\nSHARED \"news\" of  the day\nOld line of bravo\n")
    try await station.poll("bravo")

    let heard = try await everything.items(upTo: "The end of bravo")
    #expect(heard.map(\.title) == ["Shared “news” of the day", "The end of bravo"])
    for listener in [ofBravo, tagged] {
      let events = try await listener.items(upTo: "The end of bravo")
      #expect(events.map(\.title) == ["SHARED \"news\" of  the day".replacing("  ", with: " "), "The end of bravo"])
      #expect(events[0]["id"] == heard[0]["id"])
      let earlier = events[0]["also"].array
      #expect(earlier.map(\.source) == ["alpha"])
      #expect(earlier.first?["tags"].array.compactMap(\.string) == ["a"])
      #expect(earlier.first?["level"].string == "urgent")
    }
    let toAll = try await all.deliveries.wait(for: "the end") { $0.last?.event.title == "The end of bravo" ? $0 : nil }
    #expect(toAll.count { $0.event.title.lowercased().contains("shared") } == 1)
    try await second.received(count: 3)
    #expect(second.deliveries.value.count { $0.event.title.lowercased().contains("shared") } == 1)
  }
}

/// As much of gzip (RFC 1952) as a server needs that does not care for size: stored blocks (RFC 1951 §3.2.4).
private enum Gzip {
  static func stored(_ bytes: [UInt8]) -> [UInt8] {
    precondition(bytes.count <= 0xFFFF, "one stored block")
    let length = UInt16(bytes.count)
    let head: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255, 1]
    return head + little(length) + little(~length) + bytes + little(crc(bytes)) + little(UInt32(bytes.count))
  }

  private static func little<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
  }

  private static func crc(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(UInt32.max) { crc, byte in
      (0..<8).reduce(crc ^ UInt32(byte)) { crc, _ in crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }
  }
}
