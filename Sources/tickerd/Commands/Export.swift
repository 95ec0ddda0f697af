import ArgumentParser
import TickerModel
import TickerParse

/// `tickerd export`: the sources as a list for other readers.
struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print the configured sources as an OPML list.",
    discussion: """
      Enabled sources with their tags as categories. URLs are printed whole, as other readers need them; a source whose \
      URL is a secret or holds a password is left out, which is said on standard error.

      Example:
        tickerd export --opml > sources.opml
      """)

  @Flag(help: "As OPML 2.0, the only form there is.") var opml = false
  @OptionGroup var options: ConfigurationOption

  func validate() throws {
    guard opml else { throw ValidationError("write --opml, the only form there is") }
  }

  func run() throws {
    var outlines: [OPMLOutline] = []
    for source in try options.load(quietly: true).sources where source.enabled {
      guard case .literal(let url) = source.url, URLParts(url).userinfo == nil else {
        Console.say("source \(source.name) is left out: its URL is a secret")
        continue
      }
      outlines.append(
        OPMLOutline(
          title: source.name, url: url, type: Self.type(source.kind), folders: source.tags, language: source.language))
    }
    Console.write(Array(OPML.text(outlines, title: "tickerd").utf8))
  }

  /// Other readers know feeds alone; what a page or text is stays said.
  private static func type(_ kind: SourceKind) -> String {
    switch kind {
    case .auto, .rss: "rss"
    default: kind.rawValue
    }
  }
}
