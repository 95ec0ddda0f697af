import TestSupport
import Testing

/// A source that fails, answers nonsense or loses its block changes nothing that is known, and says so once.
@Suite struct FailingSourceTests {
  /// What happens to a source that worked, and what is told of it.
  private struct Mishap: Sendable {
    let name: String
    let settings: String
    let page: String
    let trouble: LoopbackServer.Response?
    let stage: String
    let told: [String]
  }

  private static let good = "Menu\nBREAKING\nFirst known line\nSecond known line\nThird known line\n\nThe end"
  private static let text = "kind = \"text\"\nstart = \"BREAKING\"\nend = \"\""

  private static let mishaps = [
    Mishap(
      name: "error", settings: text, page: good, trouble: .status(500), stage: "fetch", told: ["500"]),
    Mishap(name: "absent", settings: text, page: good, trouble: .status(404), stage: "fetch", told: ["404"]),
    Mishap(
      name: "hangs", settings: text + "\ntimeout = \"300ms\"", page: good, trouble: .hang, stage: "fetch",
      told: ["300"]),
    Mishap(name: "closes", settings: text, page: good, trouble: .close, stage: "fetch", told: []),
    Mishap(
      name: "cut", settings: text, page: good,
      trouble: .truncated(headers: [], body: Array("BREAKING\nA line that is cut".utf8), length: 5000), stage: "fetch",
      told: []),
    Mishap(
      name: "large", settings: text + "\nmax_body = \"1KiB\"", page: good,
      trouble: .text("BREAKING\n" + String(repeating: "A long line. ", count: 200)), stage: "fetch", told: ["1KiB"]),
    Mishap(
      name: "turned", settings: text, page: good, trouble: .redirect(to: "file:///etc/passwd"), stage: "fetch",
      told: []),
    Mishap(
      name: "unmarked", settings: text, page: good, trouble: .text("Menu\nFirst known line\n"), stage: "parse",
      told: ["BREAKING"]),
    Mishap(
      name: "unended", settings: "kind = \"text\"\nstart = \"BREAKING\"\nend = \"The end\"", page: good,
      trouble: .text("BREAKING\nSomething else\n"), stage: "parse", told: ["The end"]),
    Mishap(
      name: "few", settings: text + "\nexpect = { min_items = 3 }", page: good,
      trouble: .text("BREAKING\nOnly one line\n"), stage: "expect", told: ["min_items"]),
    Mishap(
      name: "many", settings: text + "\nexpect = { max_items = 3 }", page: good,
      trouble: .text("BREAKING\n1\n2\n3\n4\n"), stage: "expect", told: ["max_items"]),
    Mishap(
      name: "login", settings: "kind = \"html\"\nselect = \".ticker li\"",
      page: "<ul class=ticker><li>First known line<li>Second known line</ul>",
      trouble: .text("<html><body><form>Please log in</form><ul><li>Home</ul></body></html>"), stage: "expect",
      told: []),
    Mishap(
      name: "rebuilt", settings: "kind = \"html\"\nselect = \"li\"\nexpect = { container = \".ticker\" }",
      page: "<ul class=ticker><li>First known line<li>Second known line</ul>",
      trouble: .text("<html><body><ul><li>Home<li>World</ul></body></html>"), stage: "parse", told: [".ticker"]),
    Mishap(
      name: "nonsense", settings: "kind = \"rss\"",
      page: "<rss version=\"2.0\"><channel><item><title>First known line</title></item></channel></rss>",
      trouble: .text("\u{1}\u{2} no feed at all"), stage: "parse", told: []),
  ]

  @Test func nothingKnownChangesAndItIsSaidOnce() async throws {
    let origin = try Origin()
    var tables = Sources.text("healthy", on: origin, "/healthy")
    origin.publish("/healthy", "A line of the healthy source\n")
    for mishap in Self.mishaps {
      origin.publish("/\(mishap.name)", mishap.page, type: "")
      tables += """
        [[source]]
        name = "\(mishap.name)"
        baseline = "all"
        dedupe = "source"
        interval = "1h"
        \(origin.place("/\(mishap.name)"))
        \(mishap.settings)

        """
    }
    let station = Station(tables)
    let daemon = try await station.daemon()
    for name in ["healthy"] + Self.mishaps.map(\.name) {
      let report = try await station.poll(name)
      #expect(report["reason"] == .null, "\(name)")
    }
    #expect(try await station.run("status").code == 0)
    let before = try await station.log()

    for mishap in Self.mishaps {
      origin.trouble("/\(mishap.name)", mishap.trouble)
      for _ in 1...3 {
        let report = try await station.poll(mishap.name)
        #expect(report["stage"].string == mishap.stage, "\(mishap.name): \(report)")
        for word in mishap.told { #expect(report["reason"].string?.contains(word) == true, "\(report)") }
        #expect(report["class"].string?.isEmpty == false)
      }
    }
    let (code, status) = try await station.status()
    #expect(code == 1)
    for mishap in Self.mishaps {
      let row = status["sources"].array.first { $0["source"].string == mishap.name }
      #expect(row?["stage"].string == mishap.stage)
      #expect(row?["since"].string != nil)
      let problem = status["problems"].array.compactMap(\.string).first { $0.contains("source \(mishap.name):") }
      #expect(problem?.contains(row?["reason"].string ?? "?") == true)
      let shown = try await station.source(mishap.name)
      #expect(shown["reason"] == row?["reason"])
    }
    let duringTrouble = try await station.run("poll", "error")
    #expect(duringTrouble.code == 1)
    #expect(duringTrouble.errors.contains("500"))
    let healthy = try await station.poll("healthy")
    #expect(healthy["reason"] == .null, "other sources are unharmed")
    #expect(try await station.source("healthy")["state"].string == "ok")

    // The pages are back as they were: no line is new, none was withdrawn; it is told that they can be read again.
    for mishap in Self.mishaps {
      origin.trouble("/\(mishap.name)", nil)
      for _ in 1...2 { #expect(try await station.poll(mishap.name)["reason"] == .null) }
    }
    #expect(try await station.run("status").code == 0)
    let since = try await station.log().dropFirst(before.count)
    for mishap in Self.mishaps {
      let told = since.filter { $0.source == mishap.name }
      #expect(told.map(\.type) == ["source.failing", "source.recovered"], "\(mishap.name)")
      #expect(told.first?["stage"].string == mishap.stage)
      #expect(told.allSatisfy { $0["since"].string != nil && $0["reason"].string != nil })
    }
    #expect(since.count == 2 * Self.mishaps.count)
    let log = try await daemon.stop().errors.split(separator: "\n")
    for mishap in Self.mishaps {
      let told = log.filter { $0.contains("source \(mishap.name):") }
      #expect(told.count { $0.contains("failed") && $0.hasPrefix("warning") } == 1, "\(told)")
      #expect(told.count { $0.contains("works again") } == 1, "\(told)")
    }
  }

  @Test func aPrivateAddressIsRefusedWithTheLineToAdd() async throws {
    let origin = try Origin()
    origin.publish("/page", "A line of the page\n")
    let port = origin.url("/page").split(separator: ":")[2]
    let spellings = ["127.0.0.1", "127.1", "0x7f000001", "2130706433", "localhost", "[::ffff:127.0.0.1]"]
    let tables = spellings.enumerated().map { index, host in
      "[[source]]\nname = \"s\(index)\"\nkind = \"text\"\ninterval = \"1h\"\nurl = \"http://\(host):\(port)\"\n"
    }
    let station = Station(tables.joined())
    let check = try await station.run("check")
    #expect(check.code == 0, "a warning only: the address is refused when it is connected to")
    #expect(check.errors.contains("allow_net"))
    _ = try await station.daemon()
    var lines: [String] = []
    for index in spellings.indices {
      let report = try await station.poll("s\(index)")
      #expect(report["stage"].string == "fetch")
      let line = try #require(report["reason"].string?.firstMatch(of: /allow_net = \[".*?"\]/), "\(report)")
      lines.append(String(line.output))
    }
    #expect(origin.page("/page").answers.isEmpty, "nobody was asked")

    // The line that was told is the line that helps.
    station.configure(zip(tables, lines).map { $0 + $1 + "\n\n" }.joined())
    #expect(try await station.run("reload").code == 0)
    for index in spellings.indices {
      let report = try await station.poll("s\(index)")
      #expect(report["reason"] == .null, "\(spellings[index]) with \(lines[index])")
    }
  }

  @Test func aWithdrawalNeedsTwoSuccessfulPollsOnEnd() async throws {
    let origin = try Origin()
    origin.publish("/page", Sources.lines("Gamma is the newest line", "Beta stands below", "Alpha is the oldest line"))
    origin.giveETag("/page")
    let station = Station(Sources.text("page", on: origin, "/page"))
    _ = try await station.daemon()
    try await station.poll("page")
    let first = origin.page("/page").answers.count
    origin.publish("/page", Sources.lines("Gamma is the newest line", "Alpha is the oldest line"))
    #expect(try await station.poll("page")["events"].int == 0, "once is not enough")
    origin.trouble("/page", .status(503))
    #expect(try await station.poll("page")["reason"].string != nil)
    origin.trouble("/page", nil)
    #expect(try await station.poll("page")["events"].int == 1, "304 is a successful poll")
    #expect(origin.page("/page").answers.dropFirst(first) == [200, 0, 304])
    let log = try await station.log()
    #expect(log.map(\.told).last == "item.withdrawn Beta stands below")
    #expect(log.last?["id"] == log.first { $0.title == "Beta stands below" }?["id"])
    for _ in 1...2 { #expect(try await station.poll("page")["events"].int == 0) }
  }

  @Test func aWithdrawalIsConfirmedByAnotherProcessToWhichNothingChanged() async throws {
    let origin = try Origin()
    let station = Station(Sources.text("page", on: origin, "/page"))
    for (lines, told) in [
      (
        ["Beta stands below", "Alpha is the oldest line"],
        ["item.new Alpha is the oldest line", "item.new Beta stands below"]
      ),
      (["Gamma is new", "Beta stands below", "Alpha is the oldest line"], ["item.new Gamma is new"]),
      (["Beta stands below", "Alpha is the oldest line"], []),
      (nil, ["item.withdrawn Gamma is new"]), (nil, []),
    ] {
      if let lines {
        origin.publish("/page", lines.map { $0 + "\n" }.joined())
        origin.giveETag("/page")
      }
      let once = try await station.run("run", "--once", "--stdout", "json")
      #expect(once.code == 0, "\(once.errors)")
      #expect(try once.lines.map { try JSON($0).told } == told)
    }
    #expect(origin.page("/page").answers.suffix(2) == [304, 304])
  }

  @Test func validatorsComeBackByteForByteAndAreNeverInvented() async throws {
    let origin = try Origin()
    let date = "Mon,  3-Nov-25 10:00:00 +0000"
    for path in ["/both", "/date", "/none"] { origin.publish(path, "One line\n") }
    origin.giveETag("/both")
    origin.pages.change { pages in
      pages["/both"]?.lastModified = date
      pages["/date"]?.lastModified = date
    }
    let tables = ["both", "date", "none"].map { Sources.text($0, on: origin, "/\($0)") }
    let station = Station(tables.joined())
    let daemon = try await station.daemon()
    for name in ["both", "date", "none"] {
      for _ in 1...2 { try await station.poll(name) }
    }
    try await daemon.stop()
    _ = try await station.daemon()
    for name in ["both", "date", "none"] { try await station.poll(name) }
    for path in ["/both", "/date", "/none"] {
      let page = origin.page(path)
      let requests = page.requests
      #expect(requests.count >= 3)
      #expect(requests[0]["If-None-Match"] == nil && requests[0]["If-Modified-Since"] == nil)
      for request in requests.dropFirst() {
        #expect(request["If-None-Match"] == page.etag, "also after a restart")
        #expect(request["If-Modified-Since"] == page.lastModified)
      }
    }
  }
}
