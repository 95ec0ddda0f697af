import Glibc
import TestSupport
import Testing

/// What a server and an operator did not allow is not done.
@Suite(.timeLimit(.minutes(3))) struct PolitenessTests {
  /// A page and the feed that it leads to are two requests: `per_host` holds for both.
  @Test func aPageAndItsFeedAreRequestsOfOneHost() async throws {
    let atOnce = Watched((now: 0, most: 0))
    let feeds = Watched(0)
    let server = try LoopbackServer { request in
      atOnce.change { count in
        count.now += 1
        count.most = max(count.most, count.now)
      }
      usleep(20_000)
      atOnce.change { $0.now -= 1 }
      switch request.path.prefix(5) {
      case "/page":
        return .answer(
          status: 200, headers: [.init("Content-Type", "text/html")],
          body: Array(
            "<html><head><link rel=alternate type=application/rss+xml href=\"/feed?a=b\"></head><body>x</body></html>"
              .utf8))
      case "/feed":
        let count = feeds.change { feeds in
          feeds += 1
          return feeds
        }
        return .answer(
          status: 200, headers: [.init("Content-Type", "application/rss+xml")],
          body: Array("<rss version=\"2.0\"><channel><item><title>News \(count)</title></item></channel></rss>".utf8))
      default: return .text("A line\n")
      }
    }
    let tables = [("page", "auto", "200ms"), ("other", "text", "100ms"), ("third", "text", "100ms")].map { source in
      """
      [[source]]
      name = "\(source.0)"
      kind = "\(source.1)"
      interval = "\(source.2)"
      url = "\(server.url("/" + source.0))"
      allow_net = ["127.0.0.0/8"]

      """
    }
    let station = Station(settings: "per_host = 1", tables.joined())
    let daemon = try await station.daemon()
    try await feeds.wait(for: "feeds in their page's place") { $0 >= 8 ? true : nil }
    try await daemon.stop()
    #expect(atOnce.value.most == 1)
  }

  /// SPEC §2: environment proxies are ignored, in all their spellings; a configured one is asked.
  @Test func proxiesOfTheEnvironmentAreIgnored() async throws {
    let origin = try Origin()
    origin.publish("/wire", "A line\n")
    let asked = Watched(0)
    let proxy = try LoopbackServer { _ in
      asked.change { $0 += 1 }
      return .text("A line by the proxy\n")
    }
    let names = ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"]
    let table =
      "[[source]]\nname = \"wire\"\nkind = \"text\"\nbaseline = \"all\"\ninterval = \"1h\"\n\(origin.place("/wire"))\n"
    let station = Station(table, environment: Dictionary(uniqueKeysWithValues: names.map { ($0, proxy.url("")) }))
    let daemon = try await station.daemon()
    #expect(try await station.poll("wire")["status"].int == 200)
    #expect(try await station.log().map(\.title) == ["A line"])
    #expect(asked.value == 0 && origin.pages.value["/wire"]?.answers.isEmpty == false)
    try await daemon.stop()

    station.configure(table + "proxy = \"\(proxy.url(""))\"\n")
    _ = try await station.daemon()
    try await station.poll("wire")
    #expect(asked.value > 0)
  }

  /// A server that says 304 for ever is asked for the whole document once in eight days, which a database tells whose
  /// last full answer is that old.
  @Test(.enabled(if: access("/usr/bin/sqlite3", X_OK) == 0)) func aWholeDocumentIsFetchedOnceInEightDays() async throws
  {
    let origin = try Origin()
    origin.publish("/wire", "A line\n")
    origin.giveETag("/wire")
    let station = Station(
      "[[source]]\nname = \"wire\"\nkind = \"text\"\ninterval = \"1h\"\n\(origin.place("/wire"))\n")
    func answers() -> [Int] { origin.pages.value["/wire"]?.answers ?? [] }
    let first = try await station.daemon()
    try await station.poll("wire")
    try await station.poll("wire")
    #expect(answers().suffix(1) == [304])
    try await first.stop()
    for (days, expected) in [(7, 304), (2, 200), (0, 304)] {
      let sqlite = try Program(
        [station.state, "UPDATE pacing SET full_at = full_at - \(days) * 86400000 WHERE full_at NOT NULL"],
        executable: "/usr/bin/sqlite3", environment: [:])
      #expect(try await sqlite.finished().code == 0)
      let before = answers().count
      let daemon = try await station.daemon()
      try await station.poll("wire")
      #expect(answers().dropFirst(before).first == expected, "\(days) days more: \(answers().dropFirst(before))")
      try await daemon.stop()
    }
  }
}
