import ArgumentParser
import TickerText

/// What the daemon answers to `status`.
struct StatusAnswer: Decodable {
  struct Endpoint: Decodable {
    let endpoint: String
    let url: String
    let cursor: String
    let delivered: Int
    let waiting: Int
    let dead: Int
    let failure: String?
  }

  let version: String
  let pid: Int
  let started: String
  let state: String
  let head: String
  let tail: String
  let subscribers: Int
  let source_count: Int
  let well: Int
  let sources: [SourceAnswer]
  let endpoints: [Endpoint]
  let problem_count: Int
  let problems: [String]
}

/// A source as the daemon answers it.
struct SourceAnswer: Decodable {
  let source: String
  let state: String
  let url: String
  let interval: String
  let last_success: String?
  let next_poll: String?
  let status: Int?
  let stage: String?
  let `class`: String?
  let reason: String?
  let since: String?
}

struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Show what runs, how fresh it is, and what needs a person.",
    discussion: """
      Exit status 0 when all is well, 1 when something needs a person, 69 without a daemon.

      Example:
        tickerd status --json | jq .problems
      """)

  @OptionGroup var daemon: DaemonOption
  @Flag(help: "Print JSON.") var json = false

  func run() throws {
    let (answer, line) = try daemon.ask("status", as: StatusAnswer.self)
    if json {
      Console.write(line + [UInt8(ascii: "\n")])
    } else {
      show(answer)
    }
    if !answer.problems.isEmpty { throw ExitCode.failure }
  }

  private func show(_ answer: StatusAnswer) {
    Console.print("tickerd \(answer.version), pid \(answer.pid), since \(answer.started)")
    Console.print("state        \(VisibleText.escaped(answer.state))")
    Console.print("log          \(answer.tail) to \(answer.head)")
    Console.print("subscribers  \(answer.subscribers)")
    Console.print("sources      \(answer.source_count), \(answer.well) well")
    for endpoint in answer.endpoints {
      Console.print(
        "webhook      \(endpoint.endpoint): \(endpoint.delivered) delivered, \(endpoint.waiting) waiting, "
          + "\(endpoint.dead) dead, at \(endpoint.cursor)")
    }
    for problem in answer.problems { Console.print(VisibleText.escaped("problem      " + problem)) }
    let untold = answer.problem_count - answer.problems.count
    if untold > 0 { Console.print("problem      and \(untold) more: tickerd sources") }
    if answer.problems.isEmpty { Console.print("nothing needs a person") }
  }
}

struct Sources: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List the sources: state, last success, next poll, and what fails.",
    discussion: "Example:\n  tickerd sources")

  @OptionGroup var daemon: DaemonOption
  @Flag(help: "Print JSON.") var json = false

  private struct Answer: Decodable {
    let sources: [SourceAnswer]
    let more: Bool?
  }

  func run() throws {
    var sources: [SourceAnswer] = []
    repeat {
      var command = JSONText()
      command.member("op", "sources")
      command.member("after", sources.last?.source ?? "")
      let (answer, line) = try daemon.ask(String(decoding: command.object, as: UTF8.self), as: Answer.self)
      if json { Console.write(line + [UInt8(ascii: "\n")]) }
      sources += answer.sources
      if answer.more != true { break }
    } while true
    if !json { show(sources) }
  }

  private func show(_ sources: [SourceAnswer]) {
    let rows = sources.map { source in
      [
        source.source, source.state, source.interval, source.last_success ?? "never", source.next_poll ?? "now",
        source.reason.map { "\(source.stage ?? "") (\(source.class ?? "")): \($0)" } ?? "",
      ]
    }
    for line in Table.lines([["SOURCE", "STATE", "EVERY", "LAST SUCCESS", "NEXT POLL", ""]] + rows) {
      Console.print(line)
    }
  }
}

/// Rows with their columns one under the other.
enum Table {
  static func lines(_ rows: [[String]]) -> [String] {
    let rows = rows.map { $0.map(VisibleText.escaped) }
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
    return rows.map { row in
      let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
      return cells.joined(separator: "  ").trimmingTrailingSpaces
    }
  }
}

extension String {
  fileprivate var trimmingTrailingSpaces: String { String(reversed().drop { $0 == " " }.reversed()) }
}
