import ArgumentParser
import TickerConfig
import TickerEngine
import TickerFetch
import TickerModel
import TickerText

struct Check: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check the configuration and name every fault with its place.",
    discussion: """
      Exit status 0 when it can be used, 78 when it has faults. Warnings alone are 0. With --connect every enabled \
      source and webhook is reached as the daemon would, a webhook with one signed event of type test: what answers \
      and how fast, a certificate that ends within 14 days, a clock that is off. Exit status 1 when one fails.

      Example:
        tickerd check -c /etc/tickerd/tickerd.toml
        tickerd check --connect --json | jq '.connections[] | select(.verdict != "ok")'
      """)

  @Flag(help: "Also resolve and reach every source and webhook.")
  var connect = false

  @Flag(help: "Print an object with the faults and the connections.")
  var json = false

  @OptionGroup var options: ConfigurationOption

  func run() async throws {
    let path = try options.path()
    let loaded = options.read()
    if !json { for fault in loaded.faults { Console.report(fault.text) } }
    guard let configuration = loaded.configuration else {
      let count = loaded.faults.filter { $0.severity == .fault }.count
      if json { print(path, loaded.faults, []) }
      Console.say("\(count) fault\(count == 1 ? "" : "s") in \(path)")
      throw ExitCode.configuration
    }
    let reports = connect ? try await reach(configuration) : []
    if json {
      print(path, loaded.faults, reports)
    } else {
      for report in reports { Console.print(report.text(at: Timestamp.now)) }
      Console.print("\(path): \(Self.summary(configuration)): good")
    }
    let failed = reports.count(where: \.hasFailed)
    guard failed == 0 else {
      Console.say("\(failed) of \(reports.count) connections failed")
      throw ExitCode.failure
    }
  }
}

extension Check {
  private static func summary(_ configuration: Configuration) -> String {
    let counted = { (count: Int, noun: String) in "\(count) \(noun)\(count == 1 ? "" : "s")" }
    return [
      counted(configuration.sources.count, "source"), counted(configuration.webhooks.count, "webhook"),
      counted(configuration.standardOutputs.count, "standard output"),
    ].joined(separator: ", ")
  }

  private func reach(_ configuration: Configuration) async throws -> [ConnectionReport] {
    switch SecretResolution.resolve(configuration) {
    case .failure(let failure):
      for line in failure.message.split(separator: "\n") { Console.say(String(line)) }
      throw ExitCode.configuration
    case .success(let resolved):
      do throws(FetchError) {
        let settings = configuration.daemon
        let fetcher = try Fetcher(maxTransfers: settings.maxTransfers, userAgent: settings.userAgent)
        return await ConnectionCheck(resolved: resolved, fetcher: fetcher).run()
      } catch {
        Console.say(error.message)
        throw ExitCode.failure
      }
    }
  }

  private func print(_ path: String, _ faults: [ConfigurationFault], _ reports: [ConnectionReport]) {
    var json = JSONText()
    json.member("file", path)
    json.member("verdict", faults.contains { $0.severity == .fault } ? "faulty" : "good")
    json.member("faults", objects: faults.map(Self.json))
    if connect { json.member("connections", objects: reports.map { $0.json(at: Timestamp.now) }) }
    Console.print(String(decoding: json.object, as: UTF8.self))
  }

  private static func json(_ fault: ConfigurationFault) -> JSONText {
    var json = JSONText()
    json.member("severity", fault.severity.rawValue)
    json.member("file", fault.file)
    json.member("line", fault.line)
    json.member("column", fault.column)
    json.member("message", fault.message)
    json.member("excerpt", fault.excerpt)
    return json
  }
}
