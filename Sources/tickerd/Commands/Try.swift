import ArgumentParser
import Glibc
import TickerModel
import TickerParse
import TickerStore
import TickerText

struct Try: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show what a source's rules would have announced, from the documents that were kept.",
    discussion: """
      Reads the last documents of the source (`keep_documents`) by the rules of the configuration, as if they came now, and \
      holds the result against the log: new, changed and withdrawn items, with + where they were not announced then, and \
      what was announced but would not have been (suppressed). The first document is the baseline. Changes nothing.

      Exit status 1 when no document is kept.

      Example:
        tickerd try --source wire -c changed.toml --against 7d
      """)

  @OptionGroup var options: ConfigurationOption
  @Option(help: "The source's name.") var source: String
  @Option(help: "How far back, as in 12h or 7d.") var against = "7d"
  @Flag(help: "Print JSON, one object per line.") var json = false

  mutating func validate() throws {
    if Quantity.duration(against) == nil {
      throw ValidationError("--against '\(against)' is no duration; write 12h or 7d")
    }
  }

  func run() throws {
    signal(SIGPIPE, SIG_IGN)
    let configuration = try options.load(quietly: true)
    guard let source = configuration.sources.first(where: { $0.name == source }) else {
      Console.say("no source of this name is configured: \(source)")
      throw ExitCode.failure
    }
    let archive = try RecordedState.open(configuration)
    let now = Timestamp.now
    let since = now - (Quantity.duration(against) ?? .zero)
    let kept = try RecordedState.read { () throws(StoreError) in
      try archive.documents(of: source.name, since: since)
    }
    guard let first = kept.first, let last = kept.last else {
      Console.say("no document of \(source.name) is kept since \(since.textToTheSecond); see keep_documents")
      throw ExitCode.failure
    }
    let documents = kept.compactMap { read($0, of: source) }
    let log = try RecordedState.read { () throws(StoreError) in
      try archive.events(of: source.name, after: documents.first?.at ?? last.at)
    }
    let trial = Trial(of: source, rules: configuration.rules, documents: documents, log: log, now: now)
    Console.say(
      "\(documents.count) of \(kept.count) kept documents read, from \(first.at.textToTheSecond) to \(last.at.textToTheSecond)"
    )
    trial.outcomes.forEach(show)
  }

  /// The document by the source's present rules; nil, with a sentence, where they find nothing to believe in it.
  private func read(_ kept: KeptDocument, of source: Source) -> (at: Timestamp, document: ParsedDocument)? {
    let rules = ParseRules(source, url: base(of: kept, source), contentType: kept.contentType)
    do throws(ParseError) {
      let document = try DocumentParser.parse(kept.body, by: rules)
      if let fault = Decide.disbelief(Decide.seen(document, of: source).count, by: source.expect) {
        Console.say("\(kept.at.textToTheSecond): \(fault.reason)")
        return nil
      }
      return (kept.at, document)
    } catch {
      Console.say("\(kept.at.textToTheSecond): \(error.reason)")
      return nil
    }
  }

  /// Where links start from: the document's address as it was kept, without what stands for its secret parts.
  private func base(of kept: KeptDocument, _ source: Source) -> String {
    let shown = String(kept.url.prefix { $0 != " " })
    if shown.contains("://") { return shown }
    if case .literal(let url) = source.url { return url }
    return "https://\(shown)/"
  }

  private func show(_ outcome: Trial.Outcome) {
    if json { return Console.write(outcome.json.object + [UInt8(ascii: "\n")]) }
    let mark = outcome.verdict == .suppressed ? "-" : outcome.wasAnnounced ? " " : "+"
    let verdict = outcome.verdict.rawValue.padded(to: 10)
    let level = (outcome.level?.rawValue ?? "").padded(to: 8)
    Console.print(VisibleText.escaped("\(mark) \(outcome.at.textToTheSecond) \(verdict) \(level) \(outcome.title)"))
  }
}

extension String {
  fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}

extension Trial.Outcome {
  /// `verdict at title level tags announced`.
  fileprivate var json: JSONText {
    var json = JSONText()
    json.member("verdict", verdict.rawValue)
    json.member("at", at.text)
    json.member("title", title)
    json.member("level", level?.rawValue)
    json.member("tags", tags)
    json.member("announced", wasAnnounced)
    return json
  }
}
