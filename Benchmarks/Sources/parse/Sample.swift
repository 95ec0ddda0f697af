import CPageLimit
import CSAXLimit
import TickerModel
import TickerParse

/// A kind of document: how it is made, how it is read, and what C is to be compared with.
struct Sample: Sendable {
  /// What C does with the same bytes.
  enum Limit: Sendable {
    case sax, page, none

    func run(_ bytes: UnsafeBufferPointer<CChar>) {
      switch self {
      case .sax: _ = sax_limit(bytes.baseAddress, bytes.count)
      case .page: _ = cpagelimit_parse(bytes.baseAddress, bytes.count)
      case .none: break
      }
    }
  }

  let name: String
  let rules: ParseRules
  let limit: Limit
  /// Makes one of at least so many bytes.
  let make: @Sendable (Int) -> [UInt8]

  static let all = [
    Sample(
      name: "RSS", rules: ParseRules(baseURL: "https://example.org/feed"), limit: .sax, make: rss),
    Sample(
      name: "Atom", rules: ParseRules(baseURL: "https://example.org/feed"), limit: .sax, make: atom),
    Sample(
      name: "RSS in UTF-16", rules: ParseRules(baseURL: "https://example.org/feed"), limit: .none,
      make: { [0xFF, 0xFE] + rss($0 / 2).flatMap { [$0, 0] } }),
    Sample(
      name: "JSON Feed", rules: ParseRules(baseURL: "https://example.org/feed"), limit: .none,
      make: jsonFeed),
    Sample(
      name: "JSON by `items` and `map`",
      rules: page {
        $0.kind = .json
        $0.items = "$.features[*]"
        $0.map[.id] = "$.id"
        $0.map[.title] = "$.properties.title"
        $0.map[.published] = "/properties/time"
      }, limit: .none, make: geoJSON),
    Sample(
      name: "HTML, `select`", rules: page { $0.select = ".breaking-news li" }, limit: .page,
      make: frontPage),
    Sample(
      name: "HTML, a long selector",
      rules: page {
        $0.select = "main :is(section, article):not(.ad) > h3 ~ p:nth-of-type(2n+1) a[href^='/']"
      },
      limit: .page, make: frontPage),
    Sample(
      name: "HTML, `xpath`",
      rules: page {
        $0.xpath =
          "//div[contains(concat(' ', normalize-space(@class), ' '), ' breaking-news ')]//li"
      }, limit: .page, make: frontPage),
    Sample(
      name: "HTML, `start` and `end`", rules: page { ($0.start, $0.end) = ("BREAKING", "") },
      limit: .page,
      make: frontPage),
    Sample(
      name: "text, `start` and `end`",
      rules: page { ($0.kind, $0.start, $0.end) = (.text, "BREAKING", "") },
      limit: .none, make: lines),
  ]

  private static func page(_ change: (inout ParseRules) -> Void) -> ParseRules {
    var rules = ParseRules(baseURL: "https://news.example.org/")
    change(&rules)
    return rules
  }
}

/// Documents as wires print them: headlines of ten words, summaries of forty.
extension Sample {
  private static let words = """
    minister harbour strike budget court glacier ferry treaty satellite election refinery protest curfew orchestra
    """.split(separator: " ")

  private static func text(_ seed: Int, _ count: Int) -> String {
    (0..<count).map { words[(seed &* 31 &+ $0 &* 7 &+ $0 / 3) % words.count] }.joined(
      separator: " ")
  }

  private static func filled(_ head: String, _ tail: String, to size: Int, _ item: (Int) -> String)
    -> [UInt8]
  {
    var bytes = Array(head.utf8)
    bytes.reserveCapacity(size + 4096)
    var index = 0
    while bytes.count < size {
      bytes += item(index).utf8
      index += 1
    }
    return bytes + tail.utf8
  }

  @Sendable private static func rss(_ size: Int) -> [UInt8] {
    filled(
      "<?xml version=\"1.0\"?>\n<rss version=\"2.0\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><channel>\n",
      "</channel></rss>", to: size
    ) { index in
      let summary =
        index.isMultiple(of: 2)
        ? "<![CDATA[<p>\(text(index, 40)).</p>]]>"
        : "&lt;p&gt;\(text(index, 40)) &amp;quot;x&amp;quot;.&lt;/p&gt;"
      return """
        <item>
        <title>\(text(index, 9)) R&amp;D \(index)</title>
        <link>https://example.org/story/\(index)</link>
        <guid isPermaLink="false">urn:story:\(index)</guid>
        <pubDate>Tue, 24 Nov 2026 07:\(10 + index % 50):00 GMT</pubDate>
        <dc:creator>Desk \(index % 20)</dc:creator>
        <category>\(words[index % words.count])</category>
        <description>\(summary)</description>
        </item>

        """
    }
  }

  @Sendable private static func atom(_ size: Int) -> [UInt8] {
    filled(
      "<?xml version=\"1.0\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n", "</feed>", to: size
    ) { index in
      """
      <entry>
      <title>\(text(index, 9)) R&amp;D \(index)</title>
      <id>urn:story:\(index)</id>
      <link rel="alternate" href="https://example.org/story/\(index)"/>
      <published>2026-11-24T07:\(10 + index % 50):00Z</published>
      <updated>2026-11-24T07:\(10 + index % 50):00Z</updated>
      <author><name>Desk \(index % 20)</name></author>
      <category term="\(words[index % words.count])"/>
      <summary type="html">&lt;p&gt;\(text(index, 40)).&lt;/p&gt;</summary>
      </entry>

      """
    }
  }

  @Sendable private static func jsonFeed(_ size: Int) -> [UInt8] {
    filled(
      "{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":\"t\",\"items\":[{}", "]}",
      to: size
    ) { index in
      """
      ,
      {"id":"urn:story:\(index)","url":"https:\\/\\/example.org\\/story\\/\(index)","title":"\(text(index, 9)) \(index)",
      "content_html":"<p>\(text(index, 40)).<\\/p>","date_published":"2026-11-24T07:\(10 + index % 50):00Z"}
      """
    }
  }

  @Sendable private static func geoJSON(_ size: Int) -> [UInt8] {
    filled("{\"type\":\"FeatureCollection\",\"features\":[{}", "]}", to: size) { index in
      """
      ,
      {"type":"Feature","properties":{"mag":\(index % 7).2,"place":"\(text(index, 3))","time":\(1_537_603_200_000 + index),
      "url":"https://example.org/events/\(index)","alert":null,"tsunami":0,"sig":\(index % 900),"types":",origin,",
      "title":"M \(index % 7).2 - \(text(index, 6))"},"geometry":{"type":"Point","coordinates":[-117.5,33.\(index),10.1]},"id":"e\(index)"}
      """
    }
  }

  /// The front page of a news site: menus, scripts, a ticker of 40 lines, and teasers.
  @Sendable private static func frontPage(_ size: Int) -> [UInt8] {
    var head =
      "<!DOCTYPE html><html lang=en><head><meta charset=utf-8><title>News</title><script>var a = {b: '<p>'};</script></head><body>"
    head +=
      "<nav class='menu main-menu'><ul>"
      + (0..<60).map { "<li class=item><a href='/s/\($0)'>Section \($0)</a></li>" }.joined()
      + "</ul></nav><main>"
    head += "<div class='block breaking-news'><h3>BREAKING</h3><ul>"
    head += (0..<40).map {
      "<li><a href='/b/\($0)'>Line \($0): the council of a town decides on its budget for the year &amp; more</a></li>"
    }.joined()
    return filled(
      head + "</ul></div>", "</main><footer><p>© Example</p></footer></body></html>", to: size
    ) { index in
      """
      <section class="teaser teaser--large col-\(index % 4)" id="t\(index)" data-track="{&quot;id&quot;:\(index)}"><h3 class="teaser__title">
      <a class="teaser__link" href="/news/2026/11/24/\(index)-a-headline">Headline number \(index) of the page, of the usual length</a></h3>
      <p class="teaser__text">A teaser of two sentences that tells what the story is about. It has a <b>bold</b> word and a
      <a href="/topic/\(index % 30)">topic</a>.</p><time datetime="2026-11-24T10:00:00Z">10:00</time>
      <img src="/img/\(index).jpg" alt="A picture" width=320 height=180><script>track(\(index));</script></section>\n
      """
    }
  }

  @Sendable private static func lines(_ size: Int) -> [UInt8] {
    let ticker = "BREAKING\n" + (0..<40).map { "Line \($0): \(text($0, 9))\n" }.joined() + "\n"
    return filled("", ticker, to: size) { index in "\(text(index, 9)) \(index)\n" }
  }
}
