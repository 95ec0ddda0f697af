import TestSupport
import Testing

/// `tickerd probe`, `import` and `export`.
@Suite struct ProbeTests {
  private static let page = """
    <!DOCTYPE html><html><head><title>Example</title></head><body>
    <nav><ul class=menu><li><a href=/p>Politics and society</a></li><li><a href=/e>Economy and finance</a></li><li>Sports of all kinds</li></ul></nav>
    <main><section class="hot box-1742639"><h3>Breaking "news"</h3><ul>
    <li><a href="/1">First line: a headline of the usual length</a></li>
    <li><a href="/2">Second line: another headline \\ with signs "in" it</a></li>
    <li>Third line: without a link of its own</li></ul></section>
    <article><p>A paragraph that is much longer than any headline would be, to tell the two apart by length alone. \
    A paragraph that is much longer than any headline would be, to tell the two apart by length alone.</p>
    <p>Another paragraph of an article.</p><p>And a third one.</p></article></main></body></html>
    """
  private static let lines = [
    "First line: a headline of the usual length", "Second line: another headline \\ with signs \"in\" it",
    "Third line: without a link of its own",
  ]
  private static let feed = """
    <rss version="2.0"><channel><title>t</title><item><title>Of the feed</title><guid>1</guid></item></channel></rss>
    """

  private let station = Station("")

  private func probe(_ origin: Origin, _ path: String, _ arguments: String...) async throws -> Program.Finished {
    try await station.start(["probe", origin.url(path), "--allow-net", "127.0.0.0/8"] + arguments).finished()
  }

  /// What the printed table takes, by a configuration that holds nothing else.
  private func titles(byTable table: String) async throws -> [String] {
    let station = Station(table)
    let check = try await station.run("check")
    #expect(check.code == 0, "\(check.errors)\n\(table)")
    let name = try #require(table.firstMatch(of: /name = "([^"]*)"/)?.output.1)
    let again = try await station.run("probe", "--source", String(name), "--json")
    #expect(again.code == 0, "\(again.errors)")
    return try JSON(again.output)["items"].array.map(\.title)
  }

  @Test("a page's ticker is found, and the table that is printed takes it") func page() async throws {
    let origin = try Origin()
    origin.publish("/", Self.page, type: "text/html; charset=utf-8")
    origin.giveETag("/")
    let told = try await probe(origin, "/")
    #expect(told.code == 0, "\(told.errors)")
    for part in Self.lines + ["kind     html, 3 items", "etag: ", "first byte ", "TLS ", "parse "] {
      #expect(told.output.contains(part), "\(part) is not in \(told.output)")
    }
    let table = try #require(told.output.firstRange(of: "[[source]]").map { String(told.output[$0.lowerBound...]) })
    #expect(try await titles(byTable: table) == Self.lines)

    let json = try JSON(try await probe(origin, "/", "--json").output)
    #expect(json["kind"].string == "html" && json["status"].int == 200)
    #expect(json["items"].array.map(\.title) == Self.lines)
    #expect(json["items"].array.first?["link"].string == origin.url("/1"))
    let first = try #require(json["candidates"].array.first)
    #expect(first["texts"].array.compactMap(\.string) == Self.lines && first["count"].int == 3)
    #expect(json["timing_ms"].keys.isSuperset(of: ["dns", "connect", "tls", "first_byte", "transfer", "parse"]))
    #expect(json["cache"]["etag"].string != nil)
    #expect(json["table"].string == table)
  }

  @Test("a page's feed is followed") func feed() async throws {
    let origin = try Origin()
    let link = "<link rel=\"shortcut alternate\" type=\"application/rss+xml; charset=utf-8\" href=\"../feed\">"
    origin.publish("/a/", "<html><head>\(link)</head><body><p>x</p></body></html>", type: "text/html")
    origin.publish("/feed", Self.feed, type: "text/xml")
    let json = try JSON(try await probe(origin, "/a/", "--json").output)
    #expect(json["kind"].string == "rss" && json["items"].array.map(\.title) == ["Of the feed"])
    #expect(json["followed"].string == origin.url("/feed"))
    #expect(try await titles(byTable: json["table"].string ?? "") == ["Of the feed"])
  }

  @Test("JSON of any shape gets a map") func json() async throws {
    let origin = try Origin()
    let json = """
      {"meta": {"count": 2}, "data": {"weird key": [{"id": 1, "attributes": {"headline": "One & two", "url": "/1"}, "date": 1537603200},
      {"id": 2, "attributes": {"headline": "Three", "url": "/2"}, "date": 1537603300}]}}
      """
    origin.publish("/api", json, type: "application/json")
    let told = try JSON(try await probe(origin, "/api", "--json").output)
    #expect(told["kind"].string == "json" && told["items"].array.map(\.title) == ["One & two", "Three"])
    #expect(told["items"].array.first?["published"].string == "2018-09-22T08:00:00.000Z")
    #expect(try await titles(byTable: told["table"].string ?? "") == ["One & two", "Three"])
  }

  @Test("a text's heading is proposed") func text() async throws {
    let origin = try Origin()
    origin.publish("/page.txt", "Menu\n\nBREAKING\nOne\nTwo\n\nFooter")
    let told = try JSON(try await probe(origin, "/page.txt", "--json").output)
    #expect(told["items"].array.map(\.title) == ["One", "Two"])
    #expect(try await titles(byTable: told["table"].string ?? "") == ["One", "Two"])
  }

  @Test("what fails is named, with exit status 1") func failures() async throws {
    let origin = try Origin()
    origin.publish("/empty", "<html><body></body></html>", type: "text/html")
    let guarded = try await station.start(["probe", origin.url("/empty")]).finished()
    #expect(guarded.code == 1 && guarded.errors.contains("allow_net"), "\(guarded.errors)")
    let missing = try await probe(origin, "/missing", "--json")
    #expect(missing.code == 1)
    #expect(try JSON(missing.output)["error"]["class"].string == "status")
    let empty = try await probe(origin, "/empty")
    #expect(empty.code == 1 && empty.errors.contains("select"), "\(empty.errors)")
    #expect(try await station.start(["probe", "ftp://x.example/"]).finished().code == 64)
    #expect(try await station.start(["probe"]).finished().code == 64)
  }

  @Test("text from outside reaches no terminal raw") func escapes() async throws {
    let origin = try Origin()
    let page =
      "<ul class='\u{1B}[31m'><li>\u{9B}31m one headline of some length</li><li>two \u{202E}headlines of some length</li><li>three headlines of some length</li></ul>"
    origin.publish("/", "<html><body>\(page)</body></html>", type: "text/html; charset=utf-8")
    let told = try await probe(origin, "/")
    #expect(told.code == 0)
    #expect(
      !told.output.unicodeScalars.contains {
        $0 != "\n" && ($0.properties.generalCategory == .control || $0 == "\u{202E}")
      })
  }

  @Test("a source is probed by its own rules, without its secrets") func source() async throws {
    let origin = try Origin()
    origin.publish("/x", "One\nTwo")
    station.set("PLACE", origin.url("/x?token=hunter2"))
    station.configure(
      "[[source]]\nname = \"wire\"\nurl = { env = \"PLACE\" }\nallow_net = [\"127.0.0.0/8\"]\nkind = \"text\"\nstart = \"One\"\n"
    )
    let told = try await station.run("probe", "--source", "wire")
    #expect(told.code == 1, "the path has a query that nobody answers")
    station.set("PLACE", origin.url("/x"))
    let good = try await station.run("probe", "--source", "wire")
    #expect(
      good.code == 0 && good.output.contains("Two") && good.output.contains("{ env = \"PLACE\" }"), "\(good.errors)")
    #expect(!(told.output + told.errors + good.output).contains("hunter2") && !good.output.contains("/x"))
    #expect(try await station.run("probe", "--source", "nobody").code == 1)
  }

  @Test("a list of feeds becomes sources, and sources a list") func lists() async throws {
    let opml = """
      <?xml version="1.0"?><opml version="2.0"><head><title>x</title></head><body>
      <outline text="World &amp; more"><outline text="Inner"><outline type="rss" text="The 'Daily' Növs!" xmlUrl="https://a.example/rss?a=1&amp;b=2"/>
      <outline text="The Daily Növs" xmlUrl="feed://b.example/rss" language="hu"/></outline></outline>
      <outline text="" xmlUrl="https://www.c.example/x"/><outline title="\u{6F22}\u{5B57}" xmlUrl="https://d.example/"/>
      <outline text="again" xmlUrl="https://a.example/rss?a=1&amp;b=2"/><outline text="bad" xmlUrl="javascript:alert(1)"/>
      <outline text="quote&quot;&#10;[daemon]" xmlUrl="https://e.example/" category="/a/b,c"/></body></opml>
      """
    let imported = try await station.start(["import", "-"], input: opml).finished()
    #expect(imported.code == 0)
    #expect(imported.errors.contains("bad: its URL") && imported.errors.contains("twice"))
    let other = Station(imported.output)
    let check = try await other.run("check")
    #expect(check.code == 0 && check.output.contains("5 sources"), "\(check.errors)\(check.output)\n\(imported.output)")
    for part in [
      "name = \"the-daily-n-vs\"", "name = \"the-daily-n-vs-2\"", "url = \"https://b.example/rss\"",
      "tags = [\"World & more\", \"Inner\"]",
      "name = \"www.c.example\"", "name = \"d.example\"", "tags = [\"a/b\", \"c\"]",
    ] {
      #expect(imported.output.contains(part), "\(part) is not in \(imported.output)")
    }
    let exported = try await other.run("export", "--opml")
    #expect(exported.code == 0 && exported.output.contains("xmlUrl=\"https://a.example/rss?a=1&amp;b=2\""))
    let again = try await station.start(["import", "-"], input: exported.output).finished()
    #expect(again.output == imported.output)
    #expect(try await station.start(["import", "-"], input: "<html>").finished().code == 1)
    #expect(try await station.start(["import", "/nowhere"]).finished().code == 1)
    #expect(try await other.run("export").code == 64)
  }
}
