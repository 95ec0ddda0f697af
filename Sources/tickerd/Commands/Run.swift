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
      Polls the configured sources, records what is new and pushes it to standard output, to subscribers and to \
      webhooks, until SIGTERM or SIGINT. SIGHUP reads the configuration again.

      Example:
        tickerd run -c tickerd.toml --stdout text
      """)

  @OptionGroup var options: ConfigurationOption
  @Option(name: .customLong("stdout"), help: "Also write events to standard output: json or text.")
  var output: OutputFormat?
  @Flag(help: "Poll every source once, deliver what is due, and end.")
  var once = false

  /// What systemd handed to this process. Not a part of the command line.
  var inherited = InheritedSockets()

  private enum CodingKeys: String, CodingKey {
    case options, output, once
  }

  /// Runs until a signal ends it.
  var isDaemon: Bool { !once }

  func run() async throws {
    // Every thread would keep what a document took there once; few threads allocate at the same time.
    clinux_share_memory()
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
    let keeping = manager.descriptorStore(on: loop).map { store in
      DescriptorKeeping(capacity: store.capacity, store: store.keep, forget: store.forget, holds: store.holds)
    }
    do throws(Engine.StartFailure) {
      try await engine.start(loop: loop, sockets: inherited, keeping: keeping, reload: reload)
    } catch {
      throw exit(for: error)
    }
    log.notice("tickerd \(Product.version) is running")
    manager.ready(status: await engine.summary())
    Watchdog(manager, loop: loop, engine: engine)?.start()
    let shown = Task { await showStatus(of: engine, to: manager) }
    for await signal in signals.stream {
      if signal == SIGHUP {
        manager.reloading()
        _ = await engine.reload(reload)
        manager.ready(status: await engine.summary())
      } else {
        break
      }
    }
    shown.cancel()
    // A second signal ends at once: nothing recorded can be lost by it.
    signals.endAtNext()
    manager.stopping()
    log.notice("stopping")
    await engine.stop()
    loop.stop()
  }

  /// A person looks now and then; systemd need not hear of every poll.
  private static let statusInterval = Duration.seconds(5)

  private func showStatus(of engine: Engine, to manager: ServiceManager) async {
    var shown = ""
    while (try? await Task.sleep(for: Self.statusInterval)) != nil {
      let summary = await engine.summary()
      if summary != shown, !Task.isCancelled { manager.show(status: summary) }
      shown = summary
    }
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
