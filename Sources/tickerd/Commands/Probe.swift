import ArgumentParser
import TickerConfig
import TickerFetch
import TickerModel
import TickerParse
import TickerText

/// `tickerd probe`: what a source would be, before it is one.
struct Probe: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Fetch a URL or source once and show what it would give; nothing is written.",
    discussion: """
      Shows the kind of document, the items, candidates for selectors with their texts, feeds that a page names, a \
      [[source]] table to paste, headers for caches, and how long each stage took. Exit status 1 when the fetch failed \
      or no items were found.

      Examples:
        tickerd probe https://news.example.org/
        tickerd probe --source desk -c tickerd.toml --json
      """)

  @Argument(help: "The URL of a page, feed or text.")
  var url: String?

  @Option(help: "The name of a configured source, probed by its own rules.")
  var source: String?

  @Option(help: ArgumentHelp("A private network that may be asked, as in allow_net; repeatable.", valueName: "network"))
  var allowNet: [String] = []

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup var options: ConfigurationOption

  func validate() throws {
    guard (url == nil) != (source == nil) else { throw ValidationError("name a URL, or a source with --source") }
    for text in allowNet where NetworkRange(text) == nil {
      throw ValidationError("--allow-net takes a network such as 10.1.2.0/24 or fd00::/8.")
    }
    if let url, let reason = URLRule.fault(in: ProbeTarget.whole(url), schemes: URLRule.sourceSchemes) {
      throw ValidationError("the URL \(reason)")
    }
  }

  func run() async throws {
    let target = try target()
    let probing = Probing(target: target)
    let result = await probing.run()
    if json {
      Console.print(String(decoding: result.json.object, as: UTF8.self))
    } else {
      for line in result.lines { Console.print(line) }
    }
    if let fault = result.fault { Console.say("\(target.shown): \(fault.reason)") }
    if result.fault != nil || result.items.isEmpty { throw ExitCode.failure }
  }

  private func target() throws -> ProbeTarget {
    let networks = allowNet.compactMap { NetworkRange($0) }
    guard let name = source else { return ProbeTarget(url: url ?? "", allowNet: networks, userAgent: userAgent()) }
    let configuration = try options.load(quietly: true)
    guard let source = configuration.sources.first(where: { $0.name == name }) else {
      Console.say("no source of this name is configured: \(name)")
      throw ExitCode.failure
    }
    return try ProbeTarget(source, allowNet: networks, userAgent: configuration.daemon.userAgent)
  }

  /// As the daemon would name itself, where there is a configuration.
  private func userAgent() -> String { options.read().configuration?.daemon.userAgent ?? Defaults.userAgent }
}
