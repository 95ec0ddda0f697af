import ArgumentParser
import TickerModel
import TickerText

struct Replay: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Send a stretch of the log to a webhook once more, under the same webhook-ids.",
    discussion: """
      From the one cursor to the other, both included, in order, what the webhook's filter passes; one attempt each, \
      without effect on its circuit, also to a webhook that is disabled. Returns when it is done. Exit status 1 when an \
      attempt failed.

      Example:
        tickerd replay --endpoint desk --from k3f9q2-1200 --to k3f9q2-1234 --rate 5
      """)

  @OptionGroup var daemon: DaemonOption
  @Option(help: "The webhook's name.") var endpoint: String
  @Option(help: "The cursor of the first event.") var from: String
  @Option(help: "The cursor of the last event.") var to: String
  @Option(help: "So many events a second; as fast as the receiver answers without.") var rate: Int?
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    for cursor in [from, to] where Cursor(cursor) == nil {
      throw ValidationError("'\(VisibleText.escaped(cursor))' is no cursor; one looks like k3f9q2-1234")
    }
    if let rate, rate < 1 { throw ValidationError("--rate takes a number of 1 or more") }
  }

  func run() throws {
    var command = JSONText()
    command.member("op", "replay")
    command.member("endpoint", endpoint)
    command.member("from", from)
    command.member("to", to)
    if let rate { command.member("rate", rate) }
    try ReplayedAnswer.ask(command, daemon, json: json)
  }
}

struct Enable: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make a webhook go on that was disabled, is paused, or whose circuit is open.",
    discussion: """
      It goes on where it stopped; what it lost to a 410 is attempted again.

      Example:
        tickerd enable desk
      """)

  @OptionGroup var daemon: DaemonOption
  @Argument(help: "The webhook's name.") var endpoint: String

  func run() throws { try WebhookSwitch.ask("enable", endpoint, daemon, then: "goes on") }
}

struct Disable: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Send nothing to a webhook until it is enabled again, also over restarts and reloads.",
    discussion: """
      Its place in the log stands still.

      Example:
        tickerd disable desk
      """)

  @OptionGroup var daemon: DaemonOption
  @Argument(help: "The webhook's name.") var endpoint: String

  func run() throws { try WebhookSwitch.ask("disable", endpoint, daemon, then: "is disabled") }
}

private enum WebhookSwitch {
  private struct Answer: Decodable {}

  static func ask(_ operation: StaticString, _ endpoint: String, _ daemon: DaemonOption, then: String) throws {
    var command = JSONText()
    command.member("op", "\(operation)")
    command.member("endpoint", endpoint)
    _ = try daemon.ask(String(decoding: command.object, as: UTF8.self), as: Answer.self)
    Console.print(VisibleText.escaped("\(endpoint) \(then)"))
  }
}

struct Test: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "The alarm drill: tell every webhook that takes it, and say when each had it.",
    discussion: """
      Records an event of type test and level flash, which goes the way of all news. A webhook takes it that asks for no \
      types of its own, or for test. Exit status 1 when one did not have it within 20 seconds, or none takes it.

      Examples:
        tickerd test
        tickerd test "Drill: reply if you read this" --endpoint desk
      """)

  @OptionGroup var daemon: DaemonOption
  @Option(help: "Only this webhook, whatever its filter.") var endpoint: String?
  @Flag(help: "Print JSON.") var json = false
  @Argument(help: "What it says.") var text: String?

  private struct Answer: Decodable {
    struct Row: Decodable {
      let endpoint: String
      let at: String?
      let milliseconds: Int?
      let status: Int?
      let reason: String?
    }

    let cursor: String
    let endpoints: [Row]
    let heard: Int
    let count: Int
  }

  /// The daemon waits for twenty seconds, a busy machine for a little more.
  private static let patience = Duration.seconds(40)

  func run() throws {
    var command = JSONText()
    command.member("op", "test")
    command.member("text", text)
    command.member("endpoint", endpoint)
    let asked = String(decoding: command.object, as: UTF8.self)
    let (answer, line) = try daemon.ask(asked, as: Answer.self, patience: Self.patience)
    if json { Console.write(line + [UInt8(ascii: "\n")]) } else { show(answer) }
    if answer.count == 0 { Console.say("no webhook takes it; give one \"test\" in the types of its filter") }
    if answer.count == 0 || answer.heard < answer.count { throw ExitCode.failure }
  }

  private func show(_ answer: Answer) {
    Console.print("recorded as \(answer.cursor)")
    let rows = answer.endpoints.map { row in
      let status = row.status.map { "answered \($0)" }
      guard let at = row.at else { return [row.endpoint, "NOT HEARD", row.reason ?? status ?? ""] }
      return [row.endpoint, at, "after \(row.milliseconds ?? 0) ms, \(status ?? "")"]
    }
    for line in Table.lines(rows) { Console.print(line) }
    if answer.endpoints.count < answer.count { Console.print("and \(answer.count - answer.endpoints.count) more") }
  }
}
