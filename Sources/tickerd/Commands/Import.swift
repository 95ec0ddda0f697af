import ArgumentParser
import TickerConfig
import TickerModel
import TickerParse

/// `tickerd import`: another reader's list as sources.
struct Import: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print the feeds of an OPML list as [[source]] tables.",
    discussion: """
      Names are made of the titles, valid and unique; the folders around a feed become its tags. A feed that stands \
      twice is printed once. What cannot be polled is said on standard error. Exit status 1 when nothing was found.

      Example:
        tickerd import subscriptions.opml > /etc/tickerd/sources.d/imported.toml
      """)

  @OptionGroup var options: ConfigurationOption
  @Argument(help: "The OPML file; standard input with -.") var file: String

  func run() throws {
    let list: (outlines: [OPMLOutline], fault: String?)
    do {
      list = try OPML.read(InputFile.bytes(of: file == "-" ? nil : file))
    } catch let error as ParseError {
      Console.say("\(file): \(error.reason)")
      throw ExitCode.failure
    } catch let error as InputFile.Unreadable {
      Console.say("\(file) \(error.reason)")
      throw ExitCode.failure
    }
    if let fault = list.fault { Console.say("\(file): \(fault)") }
    let imported = ImportedSources(list.outlines)
    for left in imported.left { Console.say(left) }
    Console.write(Array(imported.sources.map(SourceText.toml).joined(separator: "\n").utf8))
    guard !imported.sources.isEmpty else {
      Console.say("\(file): no feeds")
      throw ExitCode.failure
    }
  }
}

/// The sources that a list of feeds makes.
struct ImportedSources {
  private(set) var sources: [Source] = []
  /// What is left out, a sentence each.
  private(set) var left: [String] = []

  init(_ outlines: [OPMLOutline]) {
    var names: Set<String> = []
    var urls: Set<String> = []
    for outline in outlines {
      // "feed:" is how browsers once handed feeds over.
      let url = outline.url.hasPrefix("feed:") ? Self.web(outline.url) : outline.url
      if let reason = URLRule.fault(in: url, schemes: URLRule.sourceSchemes) {
        left.append("\(outline.title.isEmpty ? "an outline" : outline.title): its URL \(reason); it is left out")
        continue
      }
      guard urls.insert(url).inserted else {
        left.append("\(outline.title): the same feed stands there twice; it is taken once")
        continue
      }
      let name = SourceText.unique(
        SourceText.name(from: outline.title) ?? SourceText.name(from: URLParts(url).host) ?? "source", among: names)
      names.insert(name)
      var source = Source(name: name, url: .literal(url))
      source.tags = Self.tags(outline.folders)
      source.kind = outline.type == "jsonfeed" ? .jsonfeed : .auto
      sources.append(source)
    }
  }

  private static func web(_ url: String) -> String {
    let rest = url.dropFirst("feed:".count)
    return rest.hasPrefix("//") ? "https:\(rest)" : String(rest)
  }

  /// As `tags` takes them: 32 of 64 bytes, no control characters.
  private static func tags(_ folders: [String]) -> [String] {
    var tags: [String] = []
    for folder in folders {
      let visible = folder.unicodeScalars.filter { $0.properties.generalCategory != .control }
      var tag = String(String.UnicodeScalarView(visible))
      while tag.utf8.count > SourceText.tagBytes { tag.removeLast() }
      if !tag.isEmpty, !tags.contains(tag), tags.count < SourceText.mostTags { tags.append(tag) }
    }
    return tags
  }
}
