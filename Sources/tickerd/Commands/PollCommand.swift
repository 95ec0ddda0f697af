import ArgumentParser
import TickerText

struct PollCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "poll", abstract: "Poll a source of the running daemon now, and say what was found.",
    discussion: """
      Returns when the poll is recorded. It overrides schedule and backoff, not a server's request for quiet, nor `pause`.

      Example:
        tickerd poll bbc
      """)

  @OptionGroup var daemon: DaemonOption
  @Flag(help: "Print JSON.") var json = false
  @Argument(help: "The source's name.") var source: String

  private struct Answer: Decodable {
    let unchanged: Bool
    let status: Int?
    let answer: String?
    let events: Int
    let titles: [String]
    let notices: [String]
    let milliseconds: Int
    let stage: String?
    let `class`: String?
    let reason: String?
  }

  /// A fetch takes at most ten minutes by configuration.
  private static let patience = Duration.seconds(660)

  func run() throws {
    let text = SourceCommand.text("poll", source)
    let (answer, line) = try daemon.ask(text, as: Answer.self, patience: Self.patience)
    if json { Console.write(line + [UInt8(ascii: "\n")]) } else { show(answer) }
    if answer.reason != nil { throw ExitCode.failure }
  }

  private func show(_ answer: Answer) {
    if let reason = answer.reason {
      Console.say("\(source): \(answer.stage ?? "poll") failed (\(answer.class ?? "")): \(reason)")
      return
    }
    let events = "\(answer.events) event\(answer.events == 1 ? "" : "s")"
    let found = answer.unchanged ? "nothing changed" : events
    let status = answer.status.map { ", status \($0)" } ?? ""
    Console.print(VisibleText.escaped("\(source): \(found)\(status), in \(answer.milliseconds) ms"))
    for text in answer.notices + answer.titles { Console.print("  " + VisibleText.escaped(text)) }
  }
}

struct Reload: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make the running daemon apply its configuration file.",
    discussion: """
      Exit status 0 when it is in force, 78 when it is faulty (nothing changed), 69 without a daemon.

      Example:
        tickerd reload
      """)

  @OptionGroup var daemon: DaemonOption

  private struct Answer: Decodable {}

  func run() throws {
    _ = try daemon.ask("reload", as: Answer.self, patience: .seconds(60), refusal: .configuration)
    Console.print("the configuration is in force")
  }
}
