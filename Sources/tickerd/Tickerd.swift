import ArgumentParser
import TickerModel

@main
struct Tickerd: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tickerd",
    abstract: "A breaking-news ticker: polls sources, knows what is new, and tells everyone who asked.",
    discussion: """
      Examples:
        tickerd run -c tickerd.toml --stdout text
        tickerd tail -f
      """,
    version: "tickerd \(Product.version)",
    subcommands: [
      Run.self, Check.self, Config.self, Reload.self, Tail.self, Parse.self, StatusCommand.self, Sources.self,
      PollCommand.self, Receive.self, Version.self,
    ])
}
