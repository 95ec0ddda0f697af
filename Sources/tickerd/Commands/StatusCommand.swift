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
  let head: String?
  let tail: String?
  let subscribers: Int
  let source_count: Int
  let well: Int
  let paused: Int
  let sources: [SourceAnswer]
  let endpoints: [Endpoint]
  let problem_count: Int
  let problems: [String]
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
    if let tail = answer.tail, let head = answer.head { Console.print("log          \(tail) to \(head)") }
    Console.print("subscribers  \(answer.subscribers)")
    let paused = answer.paused > 0 ? ", \(answer.paused) paused" : ""
    Console.print("sources      \(answer.source_count), \(answer.well) well" + paused)
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
