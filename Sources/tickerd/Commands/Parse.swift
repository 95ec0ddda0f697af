import ArgumentParser
import TickerModel
import TickerParse
import TickerText

struct Parse: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Parse a document and print its items, one JSON object a line.",
    discussion: """
      Reads FILE, or standard input, and needs no network. Exit status 0 with items, also of a broken document (said on \
      standard error), 1 with none.

      Examples:
        curl -s https://example.org/ | tickerd parse --kind html --select '.breaking-news li'
        tickerd parse --start BREAKING --end '' page.html
        tickerd parse --kind json --items '$.features[*]' --map id='$.id' --map title=/properties/title quakes.json
      """)

  /// Bytes that are written together.
  private static let piece = 64 << 10

  @OptionGroup var options: ConfigurationOption
  @OptionGroup var rules: RuleOptions
  @Option(help: "The document's URL, the base of its links.") var baseUrl: String?
  @Option(help: "The value of the HTTP header Content-Type.") var contentType: String?
  @Argument(help: "The document; standard input without it.") var file: String?

  func run() throws {
    var rules = try rules.read()
    rules.baseURL = baseUrl
    rules.contentType = contentType
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
    var lines: [UInt8] = []
    for item in document.items {
      lines += item.json.object + [UInt8(ascii: "\n")]
      if lines.count < Self.piece { continue }
      Console.write(lines)
      lines.removeAll(keepingCapacity: true)
    }
    Console.write(lines)
    if document.items.isEmpty {
      if document.fault == nil { Console.say("\(name): no items") }
      throw ExitCode.failure
    }
  }
}

extension ParsedItem {
  /// `id title link published updated summary author tags`, absent where unknown.
  var json: JSONText {
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
