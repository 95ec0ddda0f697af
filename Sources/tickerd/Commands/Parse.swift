import ArgumentParser
import TickerModel
import TickerParse
import TickerText

struct Parse: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Parse a document and print its items, one JSON object a line.",
    discussion: """
      Reads FILE, or standard input, and needs no network. Exit status 0 with items, 1 with none.

      Example:
        curl -s https://example.org/ | tickerd parse --kind html --select '.breaking-news li'
      """)

  @OptionGroup var options: ConfigurationOption
  @Option(help: "auto, html, text, rss, atom or jsonfeed.") var kind = SourceKind.auto
  @Option(help: "A CSS selector for the items of an HTML page.") var select: String?
  @Option(help: "The line before the items of a text.") var start: String?
  @Option(help: "The line after the items of a text.") var end: String?
  @Option(help: "The document's URL, the base of its links.") var baseUrl: String?
  @Option(help: "The value of the HTTP header Content-Type.") var contentType: String?
  @Argument(help: "The document; standard input without it.") var file: String?

  func run() throws {
    let rules = ParseRules(
      kind: kind, select: select, start: start, end: end, container: nil, mayBeEmpty: false, baseURL: baseUrl,
      contentType: contentType)
    let name = file ?? "standard input"
    let document: ParsedDocument
    do {
      document = try DocumentParser.parse(InputFile.bytes(of: file), by: rules)
    } catch let error as ParseError {
      Console.say("\(name): \(error.reason)")
      throw ExitCode.failure
    } catch let error as InputFile.Unreadable {
      Console.say("\(name) \(error.reason)")
      throw ExitCode.failure
    }
    if let fault = document.fault { Console.say("\(name): \(fault)") }
    for item in document.items { Console.write(item.json.object + [UInt8(ascii: "\n")]) }
    if document.items.isEmpty {
      if document.fault == nil { Console.say("\(name): no items") }
      throw ExitCode.failure
    }
  }

}

extension ParsedItem {
  /// `id title link published updated summary author tags`, absent where unknown.
  fileprivate var json: JSONText {
    var json = JSONText()
    json.member("id", guid)
    json.member("title", title)
    json.member("link", link)
    json.member("published", published?.text)
    json.member("updated", updated?.text)
    json.member("summary", summary)
    json.member("author", author)
    if !tags.isEmpty { json.member("tags", tags) }
    return json
  }
}
