import ArgumentParser
import CLinux
import Glibc
import Logging
import TickerConfig
import TickerEngine
import TickerModel
import TickerSocket
import TickerStore

struct Run: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run the daemon in the foreground.",
    discussion: """
      Polls the configured sources, records what is new and pushes it to standard output, to subscribers and to
      webhooks, until SIGTERM or SIGINT. SIGHUP reads the configuration again.

      Example:
        tickerd run -c tickerd.toml --stdout text
      """)

  @OptionGroup var options: ConfigurationOption
  @Option(name: .customLong("stdout"), help: "Also write events to standard output: json or text.")
  var output: OutputFormat?
  @Flag(help: "Poll every source once, deliver what is due, and end.")
  var once = false

  /// Runs until a signal ends it.
  var isDaemon: Bool { !once }

  func run() async throws {
    clinux_ignore_signals()
    Descriptors.raiseLimit()
    let resolved = try start()
    let threshold = LogThreshold(resolved.configuration.daemon.logLevel)
    let log = Logger(label: "tickerd") { _ in JournalLogHandler(threshold: threshold) }
    let engine: Engine
    do throws(Engine.StartFailure) { engine = try Engine(resolved, log: log, threshold: threshold) } catch {
      throw exit(for: error)
    }
    if once { try await runOnce(engine) } else { try await serve(engine, log: log) }
  }

  private func start() throws -> ResolvedConfiguration {
    switch load(try options.load()) {
    case .success(let resolved): return resolved
    case .failure(let failure):
      for line in failure.message.split(separator: "\n") { Console.say(String(line)) }
      throw ExitCode.configuration
    }
  }

  /// `--stdout` stands beside what the file says, also after a reload.
  private func load(_ configuration: Configuration) -> Result<ResolvedConfiguration, ReloadFailure> {
    var configuration = configuration
    if let output { configuration.standardOutputs.append(StandardOutput(format: output)) }
    return SecretResolution.resolve(configuration)
  }

  private func runOnce(_ engine: Engine) async throws {
    let failures: [String]
    do throws(Engine.StartFailure) { failures = try await engine.once() } catch { throw exit(for: error) }
    for failure in failures { Console.say(failure) }
    if !failures.isEmpty { throw ExitCode.failure }
  }

  private func serve(_ engine: Engine, log: Logger) async throws {
    let manager = ServiceManager()
    let loop: EventLoop
    let signals: Signals
    do throws(SocketError) {
      loop = try EventLoop()
      try loop.start()
      signals = try Signals(on: loop)
    } catch {
      throw exit(for: .socket(error))
    }
    let reload: @Sendable () async -> Result<ResolvedConfiguration, ReloadFailure> = { [self] in reread() }
    do throws(Engine.StartFailure) { try await engine.start(loop: loop, reload: reload) } catch {
      throw exit(for: error)
    }
    log.notice("tickerd \(Product.version) is running")
    manager.ready(status: "polling")
    for await signal in signals.stream {
      if signal == SIGHUP {
        manager.reloading()
        _ = await engine.reload(reload)
        manager.ready(status: "polling")
      } else {
        break
      }
    }
    // A second signal ends at once: nothing recorded can be lost by it.
    signals.endAtNext()
    manager.stopping()
    log.notice("stopping")
    await engine.stop()
    loop.stop()
  }

  /// The file as it stands now, for a reload; every fault in one message.
  private func reread() -> Result<ResolvedConfiguration, ReloadFailure> {
    let loaded = options.read()
    guard let configuration = loaded.configuration else {
      return .failure(ReloadFailure(loaded.faults.filter { $0.severity == .fault }.map(\.text).joined(separator: "\n")))
    }
    return load(configuration)
  }

  private func exit(for failure: Engine.StartFailure) -> ExitCode {
    switch failure {
    case .store(let error):
      Console.say(error.message)
      if case .newer = error.kind { return .configuration }
      return .failure
    case .socket(let error): Console.say(error.description)
    case .fetch(let message): Console.say(message)
    }
    return .failure
  }
}
