import CPageLimit
import CSAXLimit
import Glibc
import TickerModel
import TickerParse

/// Times reading documents, bytes to ParsedItem, against the least that libxml2 can do with the same bytes in C (its SAX
/// parser for feeds, its HTML parser for pages), and against sfeed where it is installed, in one run: medians of CPU time in turns. Counts allocations, and what
/// memory a document of 8 MiB takes at its peak. Reads the feeds given, else documents made here.
@main
enum Benchmark {
  static func main() throws {
    let arguments = CommandLine.arguments
    if arguments.count == 4, arguments[1] == "--peak" { return peak(arguments[2], arguments[3]) }
    let files = arguments.dropFirst()
    if !files.isEmpty {
      for file in files {
        let sample = Sample(
          name: file, rules: ParseRules(baseURL: "https://example.org/feed"), limit: .sax,
          make: { _ in contents(of: file) })
        print(try measured(sample).line)
      }
      return
    }
    print(
      "| document | items | MB/s | of C | of sfeed | allocations an item | peak of 8 MiB, in its sizes |"
    )
    print("|---|---|---|---|---|---|---|")
    for sample in Sample.all { print(try measured(sample).line) }
    print(try smallPage())
  }

  /// A page of 3 KB, with rules that are known, and with such as were never read before: a comment makes them new.
  private static func smallPage() throws -> String {
    let line =
      "<li class='item'><h3><a href='/1'>A headline of the usual length</a></h3><time>10:00</time><p>Text</p></li>"
    let page = Array("<html><body><ul class=news>\(String(repeating: line, count: 30))</ul></body></html>".utf8)
    var number = 0
    func rules(_ isNew: Bool) -> ParseRules {
      number += isNew ? 1 : 0
      let mark = isNew ? "/*\(number)*/" : ""
      var rules = ParseRules(select: "main ul.news > li.item:not(.ad):has(h3), ul.news > li.item" + mark)
      rules.fields[.title] = "h3 > a, h2 > a" + mark
      rules.fields[.link] = "h3 > a[href^='/']" + mark
      rules.fields[.time] = "time, [datetime]" + mark
      rules.fields[.text] = "p:not(.byline)" + mark
      return rules
    }
    guard try DocumentParser.parse(page, by: rules(false)).items.count == 30 else { return "" }
    var (known, new): ([Double], [Double]) = ([], [])
    for _ in 0..<15 {
      known.append(cpu { _ = try? DocumentParser.parse(page, by: rules(false)) })
      new.append(cpu { _ = try? DocumentParser.parse(page, by: rules(true)) })
    }
    let shown = { (times: [Double]) in "\((times.sorted()[7] * 1e7).rounded() / 10) µs" }
    return "\nA page of 3 KB, 30 items with four fields: \(shown(known)); with rules never read before: \(shown(new))."
  }

  private static func measured(_ sample: Sample) throws -> Row {
    let bytes = sample.make(1_000_000)
    let items = try DocumentParser.parse(bytes, by: sample.rules).items.count
    var (limits, times): ([Double], [Double]) = ([], [])
    for _ in 0..<15 {
      limits.append(
        cpu { bytes.withUnsafeBytes { sample.limit.run($0.bindMemory(to: CChar.self)) } })
      times.append(cpu { _ = try? DocumentParser.parse(bytes, by: sample.rules) })
    }
    let before = allocations()
    let document = try DocumentParser.parse(bytes, by: sample.rules)
    let each = Double(allocations() - before) / Double(max(1, document.items.count))
    let (limit, time) = (limits.sorted()[7], times.sorted()[7])
    return Row(
      name: sample.name, items: items, speed: Double(bytes.count) / 1e6 / time,
      ofLimit: sample.limit == .none ? nil : limit / time,
      ofSfeed: sample.limit == .sax ? Process.ofSfeed(bytes).map { $0 / time } : nil,
      allocations: each, peak: Process.peak(sample))
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

  /// In a process of its own: reads the file as the sample of that name and says how much memory it had at most, less
  /// what it had before, in sizes of the file.
  private static func peak(_ name: String, _ file: String) {
    let rules = Sample.all.first { $0.name == name }?.rules ?? ParseRules()
    _ = try? DocumentParser.parse(
      Array("<rss><channel><item><title>t</title></item></channel></rss>".utf8), by: ParseRules())
    let before = highWater()
    let bytes = contents(of: file)
    let items = (try? DocumentParser.parse(bytes, by: rules).items) ?? []
    let after = highWater()
    withExtendedLifetime(items) { print(Double(after - before) / Double(max(1, bytes.count))) }
  }

  /// Bytes of memory at most until now (proc(5), VmHWM).
  private static func highWater() -> Int {
    let status = String(decoding: contents(of: "/proc/self/status"), as: UTF8.self)
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") } ?? ""
    return (line.split(separator: " ").dropLast().last.flatMap { Int($0) } ?? 0) << 10
  }

  /// Read into memory of just its size.
  static func contents(of path: String) -> [UInt8] {
    guard let file = fopen(path, "r") else { return [] }
    defer { fclose(file) }
    fseek(file, 0, SEEK_END)
    let size = max(ftell(file), 1 << 16)
    rewind(file)
    return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      count = fread(buffer.baseAddress, 1, size, file)
    }
  }
}

/// A line of the table.
private struct Row {
  let name: String
  let items: Int
  let speed: Double
  let ofLimit: Double?
  let ofSfeed: Double?
  let allocations: Double
  let peak: Double?

  var line: String {
    let shown = { (value: Double?) in value.map { "\(($0 * 100).rounded() / 100)" } ?? "" }
    return
      "| \(name) | \(items) | \(Int(speed)) | \(shown(ofLimit)) | \(shown(ofSfeed)) | \(shown(allocations)) | \(shown(peak)) |"
  }
}
