import ArgumentParser
import TickerText

struct Pause: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Stop polling a source of the running daemon, until it is resumed.",
    discussion: """
      It stays paused over restarts and reloads. A poll that runs ends as usual.

      Example:
        tickerd pause bbc
      """)

  @OptionGroup var daemon: DaemonOption
  @Argument(help: "The source's name.") var source: String

  private struct Answer: Decodable {
    let paused_since: String
  }

  func run() throws {
    let answer = try daemon.ask(SourceCommand.text("pause", source), as: Answer.self).answer
    Console.print(
      VisibleText.escaped("\(source) is paused since \(answer.paused_since); go on with: tickerd resume \(source)"))
  }
}

struct Resume: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Poll a source again that was paused, or whose server said that it is gone.",
    discussion: """
      It is polled at once, or as soon as its server allows.

      Example:
        tickerd resume bbc
      """)

  @OptionGroup var daemon: DaemonOption
  @Argument(help: "The source's name.") var source: String

  private struct Answer: Decodable {}

  func run() throws {
    _ = try daemon.ask(SourceCommand.text("resume", source), as: Answer.self)
    Console.print(VisibleText.escaped("\(source) is polled"))
  }
}

/// A command of the socket that is about one source.
enum SourceCommand {
  static func text(_ operation: String, _ source: String) -> String {
    var command = JSONText()
    command.member("op", operation)
    command.member("source", source)
    return String(decoding: command.object, as: UTF8.self)
  }
}
