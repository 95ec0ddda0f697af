import ArgumentParser

struct Completions: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print a completion script for a shell.",
    discussion: """
      Examples:
        tickerd completions bash > ~/.local/share/bash-completion/completions/tickerd
        tickerd completions zsh > ~/.zfunc/_tickerd
        tickerd completions fish > ~/.config/fish/completions/tickerd.fish
      """)

  enum Shell: String, ExpressibleByArgument, CaseIterable {
    case bash, zsh, fish

    fileprivate var completionShell: CompletionShell {
      switch self {
      case .bash: .bash
      case .zsh: .zsh
      case .fish: .fish
      }
    }
  }

  @OptionGroup var options: ConfigurationOption
  @Argument(help: "bash, zsh or fish.") var shell: Shell

  func run() { Console.print(Tickerd.completionScript(for: shell.completionShell)) }
}
