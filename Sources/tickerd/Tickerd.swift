import ArgumentParser

@main
struct Tickerd: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tickerd", abstract: "A breaking-news ticker daemon.",
    subcommands: [
      Receive.self
    ])
}
