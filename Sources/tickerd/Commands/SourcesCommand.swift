import ArgumentParser
import TickerModel
import TickerSocket
import TickerText

struct Sources: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List the sources: state, last success, next poll and why then, pace and answers.",
    discussion: """
      Below a source stands what a person should know: what fails, where it moved, what its server asked for. With a \
      name, everything about that source; exit status 1 when there is none of that name.

      Examples:
        tickerd sources
        tickerd sources bbc
        tickerd sources --json | jq -r '.sources[] | [.source, .state, .items_per_hour] | @tsv'
      """)

  @OptionGroup var daemon: DaemonOption
  @Flag(help: "Print JSON.") var json = false
  @Argument(help: "One source alone.") var source: String?

  private struct Answer: Decodable {
    let sources: [SourceAnswer]
    let more: Bool?
  }

  func run() throws {
    if let source { return try show(source) }
    var sources: [SourceAnswer] = []
    let client = try daemon.connect()
    repeat {
      let (answer, line) = try ask(after: sources.last?.source ?? "", on: client)
      if json { Console.write(line + [UInt8(ascii: "\n")]) }
      sources += answer.sources
      if answer.more != true || answer.sources.isEmpty { break }
    } while true
    if !json { show(sources) }
  }

  private func ask(after: String, on client: SocketClient? = nil) throws -> (answer: Answer, line: [UInt8]) {
    var command = JSONText()
    command.member("op", "sources")
    command.member("after", after)
    return try daemon.ask(String(decoding: command.object, as: UTF8.self), as: Answer.self, on: client)
  }

  private func show(_ name: String) throws {
    let (answer, line) = try ask(after: Self.placeBefore(name))
    guard let found = answer.sources.first, found.source == name else {
      Console.say("no source of this name is polled: \(name)")
      throw ExitCode.failure
    }
    if json { return Console.write(Self.firstObject(of: line) + [UInt8(ascii: "\n")]) }
    for line in Table.lines(found.details(now: .now)) { Console.print(line) }
  }

  /// What comes right before a name in order: no name holds a tilde, which is behind all that names hold.
  private static func placeBefore(_ name: String) -> String {
    guard let last = name.unicodeScalars.last, last.isASCII, last.value > 0x20 else { return name }
    return String(name.dropLast()) + String(Unicode.Scalar(UInt8(last.value - 1))) + "~"
  }

  /// The first object inside the first array of a line of JSON, as it stands there.
  private static func firstObject(of line: [UInt8]) -> [UInt8] {
    guard let list = line.firstIndex(of: UInt8(ascii: "[")) else { return [] }
    var depth = 0
    var isText = false
    var isEscaped = false
    for index in line.indices.dropFirst(list + 1) {
      switch line[index] {
      case _ where isEscaped: isEscaped = false
      case UInt8(ascii: "\\") where isText: isEscaped = true
      case UInt8(ascii: "\""): isText.toggle()
      case UInt8(ascii: "{") where !isText: depth += 1
      case UInt8(ascii: "}") where !isText:
        depth -= 1
        if depth == 0 { return Array(line[(list + 1)...index]) }
      default: break
      }
    }
    return []
  }

  private func show(_ sources: [SourceAnswer]) {
    let lines = Table.lines([SourceAnswer.header] + sources.map { $0.row(now: .now) })
    Console.print(lines[0])
    for (source, line) in zip(sources, lines.dropFirst()) {
      Console.print(source.needsPerson ? Console.marked(line) : line)
      for note in source.notes { Console.print("  " + VisibleText.escaped(note)) }
    }
  }
}
