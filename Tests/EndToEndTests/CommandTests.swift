import TestSupport
import Testing

/// The commands that need no daemon.
@Suite struct CommandTests {
  @Test func versionIsOneLine() async throws {
    let station = Station("")
    for arguments in [["version"], ["--version"]] {
      let finished = try await station.start(arguments).finished()
      #expect(finished.code == 0)
      #expect(finished.output.wholeMatch(of: /tickerd \d+\.\d+\.\d+\n/) != nil)
    }
  }

  @Test func checkAndConfigOfAGoodFile() async throws {
    let station = Station(
      """
      [[source]]
      name = "desk"
      url = "https://news.example.org/"
      kind = "html"
      select = ".breaking-news li"
      interval = "15s"
      """)
    let check = try await station.run("check")
    #expect(check.code == 0)
    #expect(check.errors == "")
    let config = try await station.run("config")
    #expect(config.code == 0)
    for part in ["interval = \"15s\"", "timeout = \"20s\"", "socket_mode = \"0660\"", "select = \".breaking-news li\""]
    {
      #expect(config.output.contains(part), "\(part) is not in \(config.output)")
    }
    // What it prints is a configuration itself, and means the same.
    let printed = station.folder.write("printed.toml", config.output)
    let again = try await station.start(["config", "-c", printed]).finished()
    #expect(again.code == 0, "\(again.errors)")
    #expect(again.output == config.output)
  }

  @Test func theConfigurationIsFoundByTheVariableAndByTheOption() async throws {
    let station = Station("[[source]]\nname = \"found\"\nurl = \"https://news.example.org/\"\n")
    station.set("TICKERD_CONFIG", station.configuration)
    #expect(try await station.start(["config"]).finished().output.contains("\"found\""))
    let other = station.folder.write("other.toml", "[[source]]\nname = \"other\"\nurl = \"https://e.example/\"\n")
    let explicit = try await station.start(["config", "-c", other]).finished()
    #expect(explicit.output.contains("\"other\"") && !explicit.output.contains("\"found\""), "-c comes first")
  }

  @Test(
    arguments: [
      (
        ["--kind", "text", "--start", "NEWS", "--end", ""], "Menu\nNEWS\n\n Line  one \nLine two\n\nFooter",
        ["Line one", "Line two"]
      ),
      (["--kind", "text"], "Line one\n\nLine two", ["Line one", "Line two"]),
      (
        ["--kind", "html", "--select", "#t > li:not(.ad)"],
        "<ul id=t><li>Line <b>one</b><li class=ad>Buy<li>Line &amp; two</ul>", ["Line one", "Line & two"]
      ),
      (
        ["--kind", "html", "--select", "li:nth-child(2), p[data-x=y]"],
        "<ul><li>No<li>Line one</ul><p data-x=y>Line two</p><p>No", ["Line one", "Line two"]
      ),
      (
        [],
        "<rss version=\"2.0\"><channel><item><title>Line one</title></item><item><title>Line two</title></item></channel></rss>",
        ["Line one", "Line two"]
      ),
      (
        [], "<feed xmlns=\"http://www.w3.org/2005/Atom\"><entry><id>a</id><title>Line one</title></entry></feed>",
        ["Line one"]
      ),
      (["--kind", "rss"], "<rss><channel><item><title>Line one</title></item><item><title>Cut", ["Line one"]),
    ] as [([String], String, [String])])
  func parsePrintsItemsInDocumentOrder(_ arguments: [String], _ document: String, _ titles: [String]) async throws {
    let station = Station("")
    let fromInput = try await station.start(["parse"] + arguments, input: document).finished()
    #expect(fromInput.code == 0, "\(fromInput.errors)")
    let told = try fromInput.lines.map { try JSON($0).title }
    #expect(told.starts(with: titles), "\(told)")
    let file = station.folder.write("document", document)
    let fromFile = try await station.start(["parse"] + arguments + [file]).finished()
    #expect(fromFile.code == 0)
    #expect(fromFile.output == fromInput.output)
    if document.hasSuffix("Cut") { #expect(!fromInput.errors.isEmpty, "it says that the document is broken") }
  }

  @Test(
    arguments: [
      (["--kind", "text", "--start", "NEWS"], "no such line"),
      (["--kind", "html", "--select", "li.none"], "<p>nothing</p>"),
      (["--kind", "rss"], "<rss version=\"2.0\"><channel></channel></rss>"), (["--kind", "rss"], "no feed"), ([], ""),
      ([], "{\"version\":\"https://jsonfeed.org/version/1.1\",\"items\":[]}"),
    ] as [([String], String)])
  func parseWithoutItemsIsOne(_ arguments: [String], _ document: String) async throws {
    let finished = try await Station("").start(["parse"] + arguments, input: document).finished()
    #expect(finished.code == 1)
    #expect(finished.output == "")
    #expect(!finished.errors.isEmpty)
  }

  @Test func parseTellsEverythingThatAFeedSays() async throws {
    let document = """
      <rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><item>
      <title>A &amp;amp; B</title><link>/story?x=1</link><guid isPermaLink="false">id-1</guid>
      <pubDate>Mon, 03 Nov 2025 10:00:00 EST</pubDate><description>&lt;b&gt;Bold&lt;/b&gt; text</description>
      <dc:creator>A. Writer</dc:creator><category>world</category><category>sea</category>
      </item></channel></rss>
      """
    let finished = try await Station("").start(
      ["parse", "--base-url", "https://news.example.org/feed"], input: document
    ).finished()
    let item = try JSON(finished.output)
    #expect(item["id"].string == "id-1")
    #expect(item.title == "A & B", "entities are resolved once more for a title that is HTML")
    #expect(item["link"].string == "https://news.example.org/story?x=1")
    #expect(item["published"].string == "2025-11-03T15:00:00.000Z")
    #expect(item["summary"].string == "Bold text")
    #expect(item["author"].string == "A. Writer")
    #expect(item["tags"].array.compactMap(\.string) == ["world", "sea"])
    #expect(item["updated"] == .null)
  }
}
