import CPageLimit
import Glibc
import TickerModel
import TickerParse

/// Finding the items of a page, as CPU time of the whole process, against libxml2's own reading of the same page in C.
/// Rounds alternate, so that a busy machine slows both. With a file as argument that page is taken.
@main
enum Benchmark {
  static func main() throws {
    let bytes = CommandLine.arguments.count > 1 ? try read(CommandLine.arguments[1]) : page
    print("a page of \(bytes.count) bytes; 1.00 is libxml2's parse in C")
    var select = ParseRules(kind: .html, select: ".breaking-news li", baseURL: "https://news.example.org/")
    try report("select .breaking-news li", bytes, select)
    select.select = "main :is(section, article):not(.ad) > h3 ~ p:nth-of-type(2n+1) a[href^='/']"
    try report("a long selector", bytes, select)
    var xpath = ParseRules(kind: .html, baseURL: "https://news.example.org/")
    xpath.xpath = "//div[contains(concat(' ', normalize-space(@class), ' '), ' breaking-news ')]//li"
    try report("the same by xpath", bytes, xpath)
    try report(
      "start and end", bytes, ParseRules(kind: .html, start: "BREAKING", end: "", baseURL: "https://news.example.org/"))
  }

  private static func report(_ name: String, _ bytes: [UInt8], _ rules: ParseRules) throws {
    var (ours, limit) = ([Double](), [Double]())
    var count = 0
    for _ in 0..<60 {
      ours.append(time { count = (try? DocumentParser.parse(bytes, by: rules).items.count) ?? 0 })
      limit.append(
        time {
          bytes.withUnsafeBytes { _ = cpagelimit_parse($0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count) }
        })
    }
    let (own, best) = (ours.sorted()[ours.count / 2], limit.sorted()[limit.count / 2])
    let milliseconds = { (seconds: Double) in "\((seconds * 100_000).rounded() / 100) ms" }
    print(
      "\(name): \(count) items, \(milliseconds(own)), C \(milliseconds(best)), \((best / own * 100).rounded() / 100) × C"
    )
  }

  private static func time(_ work: () -> Void) -> Double {
    let start = now()
    work()
    return now() - start
  }

  private static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  private static func read(_ path: String) throws -> [UInt8] {
    guard let file = fopen(path, "r") else { throw Unreadable() }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 65_536)
    while case let count = fread(&piece, 1, piece.count, file), count > 0 { bytes += piece[..<count] }
    return bytes
  }

  private struct Unreadable: Error {}

  /// The front page of a news site: menus, scripts, a ticker of 40 lines and 400 teasers.
  private static let page: [UInt8] = {
    var text =
      "<!DOCTYPE html><html lang=en><head><meta charset=utf-8><title>News</title><script>var a = {b: '<p>'};</script></head><body>"
    text +=
      "<nav class='menu main-menu'><ul>"
      + (0..<60).map { "<li class=item><a href='/s/\($0)'>Section \($0)</a></li>" }.joined() + "</ul></nav><main>"
    text += "<div class='block breaking-news'><h3>BREAKING</h3><ul>"
    text += (0..<40).map {
      "<li><a href='/b/\($0)'>Line \($0): the council of a town decides on its budget for the year &amp; more</a></li>"
    }.joined()
    text += "</ul></div>"
    for index in 0..<400 {
      text += """
        <section class="teaser teaser--large col-\(index % 4)" id="t\(index)" data-track="{&quot;id&quot;:\(index)}"><h3 class="teaser__title">
        <a class="teaser__link" href="/news/2026/11/24/\(index)-a-headline">Headline number \(index) of the page, of the usual length</a></h3>
        <p class="teaser__text">A teaser of two sentences that tells what the story is about. It has a <b>bold</b> word and a
        <a href="/topic/\(index % 30)">topic</a>.</p><time datetime="2026-11-24T10:00:00Z">10:00</time>
        <img src="/img/\(index).jpg" alt="A picture" width=320 height=180><script>track(\(index));</script></section>\n
        """
    }
    return Array((text + "</main><footer><p>© Example</p></footer></body></html>").utf8)
  }()
}
