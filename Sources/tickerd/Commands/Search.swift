import ArgumentParser
import Glibc
import TickerModel
import TickerStore
import TickerText

struct Search: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Search title and text of everything recorded, newest first.",
    discussion: """
      Every word must be there. "Words in quotes" stand in this order, a word that ends in * may go on. Any script; \
      capitals and accents make no difference. Items that were never announced are found too. Reads the state file, with \
      or without the daemon.

      Exit status 1 when nothing is found.

      Examples:
        tickerd search earthquake japan
        tickerd search '"prime minister" resign*' --source bbc --json | jq -r .title
      """)

  @OptionGroup var options: ConfigurationOption
  @Option(name: .customShort("n"), help: ArgumentHelp("How many items at most.", valueName: "count"))
  var count = 50
  @Flag(help: "Print JSON, one object per line.") var json = false
  @Option(name: .shortAndLong, help: "text or json.") var output = OutputFormat.text
  @OptionGroup var filters: FilterOptions
  @Argument(help: "What to look for.") var words: [String]

  mutating func validate() throws {
    if count < 1 { throw ValidationError("-n takes a number of 1 or more") }
    if SearchText.query(words.joined(separator: " ")) == nil {
      throw ValidationError("there is no word to look for in '\(words.joined(separator: " "))'")
    }
  }

  func run() throws {
    signal(SIGPIPE, SIG_IGN)
    let archive = try RecordedState.open(try options.load(quietly: true))
    let found = try RecordedState.read { () throws(StoreError) in
      try archive.search(words.joined(separator: " "), filters.filter, most: count)
    }
    for item in found {
      if json || output == .json { Console.write(item.json.object + [UInt8(ascii: "\n")]) } else { show(item) }
    }
    if found.isEmpty {
      Console.say("nothing recorded has all of these words and passes the filters")
      throw ExitCode.failure
    }
  }

  private func show(_ item: FoundItem) {
    let time = isatty(STDOUT_FILENO) != 0 ? LocalTime.text(item.seen) : item.seen.textToTheSecond
    Console.print(
      EventLine.text(
        type: item.type.rawValue, at: time, level: item.level.rawValue, source: item.source, title: item.title))
  }
}

extension FoundItem {
  /// `id title text link source seen level tags cursor`, absent where unknown; an item that never had an event has no
  /// cursor.
  var json: JSONText {
    var json = JSONText()
    json.member("id", id)
    json.member("title", title)
    json.member("text", text)
    json.member("link", link)
    json.member("source", source)
    json.member("seen", seen.text)
    json.member("level", level.rawValue)
    json.member("tags", tags)
    json.member("type", type.rawValue)
    json.member("cursor", cursor?.text)
    return json
  }
}
