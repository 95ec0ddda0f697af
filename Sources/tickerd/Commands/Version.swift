import ArgumentParser
import TickerModel

struct Version: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print the version.", discussion: "Example:\n  tickerd version")

  @OptionGroup var options: ConfigurationOption

  func run() { Console.print("tickerd \(Product.version)") }
}
