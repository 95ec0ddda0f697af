import TestSupport
import Testing
import TickerModel

/// Each file in Histories/ tells polls and what they must announce, in words; see Histories/README.
@Test(arguments: try Fixtures.files(in: "Histories", ending: ".txt", beside: #filePath))
func history(_ file: FixtureFile) throws {
  var story = try Story(file.text)
  for (number, poll) in story.polls.enumerated() {
    let told = story.run(poll, number: number)
    #expect(told == poll.expected, "\(file.name), poll \(number + 1) of \(poll.source)")
  }
}

/// A history in words, and the memory it runs in.
private struct Story {
  struct Poll {
    var source: String
    /// Since the beginning, in seconds.
    var time = 0
    var form = DocumentForm.window
    var rulesChanged = false
    var lines: [String] = []
    var expected: [String] = []
  }

  struct Malformed: Error {
    let line: String
  }

  private(set) var polls: [Poll] = []
  private var sources: [String: Source] = [:]
  private var memory = Rehearsal()

  init(_ text: String) throws {
    var section = ""
    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
      if line.hasPrefix("  ") {
        let content = String(line.dropFirst(2))
        if section == "sees" { polls[polls.count - 1].lines.append(content) }
        if section == "announces" { polls[polls.count - 1].expected.append(content) }
        continue
      }
      let words = line.split(separator: " ").map(String.init)
      switch words[0] {
      case "source": try declare(words)
      case "poll":
        let wait = words.first { $0.hasPrefix("after=") }.flatMap { Quantity.duration(String($0.dropFirst(6))) }
        let before = polls.last?.time ?? 0
        polls.append(
          Poll(
            source: words[1], time: before + Int((wait ?? .seconds(60)).inSeconds),
            form: words.contains("feed") ? .feed : .window, rulesChanged: words.contains("rules-changed")))
        section = "sees"
      case "announces": section = "announces"
      default: throw Malformed(line: String(line))
      }
    }
  }

  private mutating func declare(_ words: [String]) throws {
    var source = Source(name: words[1], url: .literal("https://\(words[1]).example/"))
    for word in words.dropFirst(2) {
      switch word {
      case "baseline=all": source.baseline = .all
      case "baseline=last:2": source.baseline = .last(2)
      case "order=oldest-first": source.order = .oldestFirst
      case "dedupe=source": source.dedupe = .source
      default:
        guard word.hasPrefix("tag=") else { throw Malformed(line: word) }
        source.tags.append(String(word.dropFirst(4)))
      }
    }
    sources[source.name] = source
  }

  mutating func run(_ poll: Poll, number: Int) -> [String] {
    let source = sources[poll.source] ?? Source(name: poll.source, url: .literal("https://example.org/"))
    let document = ParsedDocument(form: poll.form, kind: .auto, items: poll.lines.map { item($0, poll.form) })
    let now = Timestamp(seconds: 1_800_000_000 + Int64(poll.time))
    return memory.poll(source, document, at: now, rulesChanged: poll.rulesChanged).events.map(tell)
  }

  /// A feed's entry is written `GUID | TITLE | LINK`, with `-` for nothing.
  private func item(_ line: String, _ form: DocumentForm) -> ParsedItem {
    guard form == .feed else { return ParsedItem(title: line) }
    let parts = line.split(separator: "|").map { Normalised.trimmed($0) }
    return ParsedItem(guid: parts[0], title: parts[1], link: parts.count > 2 ? parts[2] : nil)
  }

  private func tell(_ event: Event) -> String {
    let sign =
      switch event.type {
      case .itemNew: "+"
      case .itemUpdated: "~"
      case .itemWithdrawn: "-"
      default: "!"
      }
    if event.type == .sourceGap { return "! gap before \(event.condition?.count ?? 0)" }
    let item = event.item
    let occurrence = item.map { $0.occurrence > 1 ? " o\($0.occurrence)" : "" } ?? ""
    let revision = item.map { $0.revision > 1 ? " r\($0.revision)" : "" } ?? ""
    let also = item.map { $0.also.isEmpty ? "" : " also \($0.also.map(\.source).joined(separator: ","))" } ?? ""
    return
      "\(sign) \(event.title)\(item?.baseline == true ? " (baseline)" : "")\(occurrence)\(revision)\(item?.restored == true ? " restored" : "")\(also)"
  }
}

private enum Normalised {
  static func trimmed(_ text: Substring) -> String? {
    let trimmed = text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()
    return String(trimmed) == "-" ? nil : String(trimmed)
  }
}
