import ArgumentParser
import CLinux
import Glibc
import TickerModel

@main
enum Program {
  /// Not `async`: the runtime's own main loop waits with every signal unblocked, and SIGTERM would end the daemon there.
  static func main() {
    do {
      var command = try Tickerd.parseAsRoot()
      if command is Tickerd { throw ValidationError("a command is missing") }
      // Before any other thread exists.
      if var daemon = command as? Run, daemon.isDaemon {
        daemon.inherited = InheritedDescriptors.take()
        command = daemon
      }
      guard let asynchronous = command as? any AsyncParsableCommand else {
        try command.run()
        return
      }
      // Before any other thread exists: each inherits the mask, and only the daemon's loop reads the signals.
      if (command as? Run)?.isDaemon == true { _ = clinux_block_signals() }
      runInBackground(asynchronous)
    } catch {
      end(error)
    }
  }

  /// Says what is wrong, or prints the help that was asked for. What stood on the command line may be text from outside.
  private static func end(_ error: any Error) -> Never {
    let code = Tickerd.exitCode(for: error)
    guard !code.isSuccess else { Tickerd.exit(withError: error) }
    let lines = Tickerd.fullMessage(for: error).split(separator: "\n", omittingEmptySubsequences: false)
    if lines != [""] { for line in lines { Console.report(String(line)) } }
    exit(code.rawValue)
  }

  private static func runInBackground(_ command: any AsyncParsableCommand) -> Never {
    let transfer = Transfer(command: command)
    Task {
      do {
        var command = transfer.command
        try await command.run()
        Tickerd.exit()
      } catch {
        end(error)
      }
    }
    while true { pause() }
  }

  /// Handed to one task and not kept.
  private struct Transfer: @unchecked Sendable {
    let command: any AsyncParsableCommand
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
      Run.self, Check.self, Config.self, Probe.self, Reload.self, Tail.self, Parse.self, Import.self, Export.self,
      StatusCommand.self, Sources.self, PollCommand.self, Pause.self, Resume.self, Search.self, Why.self, Try.self,
      Backup.self, Explain.self, Sign.self, Verify.self, Receive.self, Endpoints.self, Deliveries.self, Dead.self,
      Replay.self, Enable.self, Disable.self, Test.self, Subscribers.self, Completions.self,
      Version.self,
    ])
}
