import ArgumentParser
import CLinux
import TickerModel

@main
enum Program {
  /// On the main thread, before any other exists: each inherits the signal mask, and only the daemon reads signals
  /// from a descriptor.
  @MainActor static func main() async {
    do {
      var command = try Tickerd.parseAsRoot()
      if (command as? Run)?.isDaemon == true { _ = clinux_block_signals() }
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch {
      Tickerd.exit(withError: error)
    }
  }
}

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
