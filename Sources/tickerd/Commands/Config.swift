import ArgumentParser
import TickerConfig

struct Config: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print the effective configuration, defaults filled in, secrets masked.",
    discussion: "Example:\n  tickerd config -c tickerd.toml")

  @OptionGroup var options: ConfigurationOption

  func run() throws { Console.write(Array(EffectiveConfiguration.toml(try options.load()).utf8)) }
}
