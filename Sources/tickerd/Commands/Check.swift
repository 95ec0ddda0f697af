import ArgumentParser
import TickerConfig
import TickerModel

struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check the configuration and name every fault with its place.",
    discussion: """
      Exit status 0 when it can be used, 78 when it has faults. Warnings alone are 0.

      Example:
        tickerd check -c /etc/tickerd/tickerd.toml
      """)

  @OptionGroup var options: ConfigurationOption

  func run() throws {
    let path = try options.path()
    let loaded = ConfigurationFile.load(path: path, environment: .process, selectorFault: SelectorCheck.fault)
    for fault in loaded.faults { Console.report(fault.text) }
    guard let configuration = loaded.configuration else {
      let count = loaded.faults.filter { $0.severity == .fault }.count
      Console.say("\(count) fault\(count == 1 ? "" : "s") in \(path)")
      throw ExitCode.configuration
    }
    let counted = { (count: Int, noun: String) in "\(count) \(noun)\(count == 1 ? "" : "s")" }
    let parts = [
      counted(configuration.sources.count, "source"), counted(configuration.webhooks.count, "webhook"),
      counted(configuration.standardOutputs.count, "standard output"),
    ]
    Console.print("\(path): \(parts.joined(separator: ", ")): good")
  }
}
