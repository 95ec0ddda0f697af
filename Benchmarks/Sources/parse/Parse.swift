import CSAXLimit
import Glibc
import TickerModel
import TickerParse

/// Times reading feeds, bytes to ParsedItem, against the least that libxml2 can do with the same bytes in C, in one run:
/// medians of CPU time in turns. Reads the files given, else an RSS and an Atom feed of 1 MB made here.
@main
enum Benchmark {
  static func main() throws {
    let files = CommandLine.arguments.dropFirst()
    var documents = files.map { ($0, contents(of: $0)) }
    if documents.isEmpty { documents = [("RSS, 1 MB", rss()), ("Atom, 1 MB", atom()), ("JSON Feed, 1 MB", json())] }
    for (name, bytes) in documents { try measure(name, bytes) }
  }

  private static func measure(_ name: String, _ bytes: [UInt8]) throws {
    let isXML = bytes.first != UInt8(ascii: "{")
    let rules = ParseRules(baseURL: "https://example.org/feed")
    let items = try DocumentParser.parse(bytes, by: rules).items.count
    var (limits, times): ([Double], [Double]) = ([], [])
    for _ in 0..<15 {
      limits.append(
        isXML ? cpu { bytes.withUnsafeBytes { _ = sax_limit($0.bindMemory(to: CChar.self).baseAddress, $0.count) } } : 0
      )
      times.append(cpu { _ = try? DocumentParser.parse(bytes, by: rules) })
    }
    let before = allocations()
    let document = try DocumentParser.parse(bytes, by: rules)
    let each = Double(allocations() - before) / Double(max(1, document.items.count))
    let (limit, time) = (limits.sorted()[7], times.sorted()[7])
    let megabytes = Double(bytes.count) / 1e6
    var line = "\(name): \(items) items, \(Int(megabytes / time)) MB/s, \(rounded(each)) allocations an item"
    if isXML { line += "; libxml2 SAX in C \(Int(megabytes / limit)) MB/s, ratio \(rounded(limit / time))" }
    print(line)
  }

  /// Seconds of one run, from as many as make some milliseconds.
  private static func cpu(_ work: () -> Void) -> Double {
    let start = now()
    var runs = 0
    repeat {
      work()
      runs += 1
    } while now() - start < 0.02
    return (now() - start) / Double(runs)
  }

  private static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  private static func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }

  private static func contents(of path: String) -> [UInt8] {
    guard let file = fopen(path, "r") else { return [] }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
    return bytes
  }
}

/// Feeds as wires print them: headlines of ten words, summaries of forty.
extension Benchmark {
  private static let words = """
    minister harbour strike budget court glacier ferry treaty satellite election refinery protest curfew orchestra
    """.split(separator: " ")

  private static func text(_ seed: Int, _ count: Int) -> String {
    (0..<count).map { words[(seed &* 31 &+ $0 &* 7 &+ $0 / 3) % words.count] }.joined(separator: " ")
  }

  private static func filled(_ head: String, _ tail: String, _ item: (Int) -> String) -> [UInt8] {
    var bytes = Array(head.utf8)
    var index = 0
    while bytes.count < 1_000_000 {
      bytes += item(index).utf8
      index += 1
    }
    return bytes + tail.utf8
  }

  private static func rss() -> [UInt8] {
    filled(
      "<?xml version=\"1.0\"?>\n<rss version=\"2.0\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><channel>\n",
      "</channel></rss>"
    ) { index in
      let summary =
        index.isMultiple(of: 2)
        ? "<![CDATA[<p>\(text(index, 40)).</p>]]>" : "&lt;p&gt;\(text(index, 40)) &amp;quot;x&amp;quot;.&lt;/p&gt;"
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

  private static func atom() -> [UInt8] {
    filled("<?xml version=\"1.0\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n", "</feed>") { index in
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

  private static func json() -> [UInt8] {
    filled("{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":\"t\",\"items\":[{}", "]}") { index in
      """
      ,
      {"id":"urn:story:\(index)","url":"https:\\/\\/example.org\\/story\\/\(index)","title":"\(text(index, 9)) \(index)",
      "content_html":"<p>\(text(index, 40)).<\\/p>","date_published":"2026-11-24T07:\(10 + index % 50):00Z"}
      """
    }
  }
}
