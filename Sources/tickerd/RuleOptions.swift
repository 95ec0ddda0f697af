import ArgumentParser
import TickerModel
import TickerParse
import TickerText

/// The options that say how a document is read, as the keys of `[[source]]` do.
struct RuleOptions: ParsableArguments {
  @Option(help: "auto, html, text, rss, atom, jsonfeed or json.") var kind = SourceKind.auto
  @Option(help: "A CSS selector for the items of an HTML page.") var select: String?
  @Option(help: "An XPath expression for the items of an HTML page.") var xpath: String?
  @Option(help: "NAME=SELECTOR: where title, link, time or text stands in an item. May be repeated.")
  var field: [String] = []
  @Option(help: "A JSONPath or JSON Pointer to the items of a JSON document.") var items: String?
  @Option(help: "FIELD=PATH: where id, title, link … stands in an item. May be repeated.") var map: [String] = []
  @Option(help: "The line before the items of a text or page.") var start: String?
  @Option(help: "The line after the items of a text or page.") var end: String?
  @Option(help: "A pattern that the line before the items contains.") var startMatch: String?
  @Option(help: "A pattern that the line after the items contains.") var endMatch: String?
  @Option(help: "A pattern; what matches is no item. May be repeated.") var skip: [String] = []
  @Option(help: "The language of the items, such as en-GB: how their dates are read.") var language: String?

  /// What was written, or a usage error (64) that names the faulty option.
  func read() throws -> ParseRules {
    var rules = ParseRules(kind: kind, select: select, start: start, end: end)
    rules.xpath = xpath
    for field in field {
      let (name, selector) = try Self.assignment(field, "--field", ItemFields.Name.self)
      rules.fields[name] = selector
    }
    rules.items = items
    for entry in map {
      let (name, path) = try Self.assignment(entry, "--map", ItemMap.Name.self)
      rules.map[name] = path
    }
    rules.startMatch = try startMatch.map { try Self.pattern($0, "--start-match") }
    rules.endMatch = try endMatch.map { try Self.pattern($0, "--end-match") }
    rules.skip = try skip.map { try Self.pattern($0, "--skip") }
    rules.language = language
    return rules
  }

  private static func assignment<Name: RawRepresentable<String> & CaseIterable>(
    _ text: String, _ option: String, _: Name.Type
  ) throws -> (Name, String) {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let name = Name(rawValue: String(parts[0])) else {
      let names = Name.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("\(option) '\(text)' is no NAME=VALUE with one of the names \(names)")
    }
    return (name, String(parts[1]))
  }

  private static func pattern(_ text: String, _ option: String) throws -> Pattern {
    do throws(Pattern.Fault) { return try Pattern(text) } catch {
      throw ValidationError(
        "\(option) '\(text)' is no regular expression: \(error.message), at byte \(error.offset + 1)")
    }
  }
}
