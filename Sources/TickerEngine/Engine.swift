import Glibc
public import Logging
import TickerDelivery
import TickerFetch
import TickerModel
public import TickerSocket
public import TickerStore
import TickerText

/// The whole daemon: owns the store, the fetcher, the scheduler and every sink, starts them in the order of the journey
/// and stops them in the reverse one. An actor; nothing here blocks.
public actor Engine {
  /// What a start can fail with; the message says what to do.
  public enum StartFailure: Error, Sendable {
    case store(StoreError)
    case socket(SocketError)
    case fetch(String)
  }

  let store: Store
  let fetcher: Fetcher
  let log: Logger
  private let threshold: LogThreshold
  let scheduler: Scheduler
  private let line = LineWatch()
  private let requests = FetchGroup()
  let deliverer: Deliverer
  private let announcer: Announcer
  private let standardOutput = BlockingWriter(descriptor: STDOUT_FILENO)
  let started = Clock.now
  private(set) var resolved: ResolvedConfiguration
  private var outputs: [StandardOutputSink] = []
  private var outputTasks: [Task<Void, Never>] = []
  private var housekeepingTask: Task<Void, Never>?
  private var server: SocketServer?
  private(set) var loadedAt = Clock.now
  /// Why the last reload was refused.
  private(set) var reloadFault: String?

  /// Opens the state and everything that needs no socket.
  /// - Parameter log: its handler's level follows the configuration through `threshold`.
  public init(_ resolved: ResolvedConfiguration, log: Logger, threshold: LogThreshold) throws(StartFailure) {
    let settings = resolved.configuration.daemon
    let announcer = Announcer()
    do throws(StoreError) {
      store = try Store(
        path: settings.state,
        readable: { fault in
          guard let fault else { return log.notice("the log can be read again") }
          log.error("the log cannot be read, and whoever reads it waits: \(fault.message)")
        },
        announce: { announcer.announce($0) })
    } catch {
      throw .store(error)
    }
    do throws(FetchError) {
      fetcher = try Fetcher(
        maxTransfers: settings.maxTransfers, keptConnections: Descriptors.keptConnections(settings),
        userAgent: settings.userAgent)
    } catch {
      throw .fetch(error.message)
    }
    self.resolved = resolved
    self.log = log
    self.threshold = threshold
    self.announcer = announcer
    if let former = store.formerEpoch {
      log.notice("the state is a copy: its cursors begin with \(store.epoch) from now on, not with \(former)")
    }
    deliverer = Deliverer(
      store: store, fetcher: fetcher, maxTransfers: settings.maxTransfers, log: log)
    scheduler = Scheduler(
      poller: Poller(
        fetcher: fetcher, requests: requests, store: store, settings: settings,
        rules: resolved.configuration.rules, line: line),
      thread: fetcher.thread, log: log)
  }

  /// Starts polling and every sink. `reload` reads the configuration again when a client or a signal asks for it;
  /// `sockets` are those that a service manager handed in, to whom `keeping` gives connections for the next process.
  public func start(
    loop: EventLoop, sockets: InheritedSockets = InheritedSockets(), keeping: DescriptorKeeping? = nil,
    reload: @escaping @Sendable () async -> Result<ResolvedConfiguration, ReloadFailure>
  ) async throws(StartFailure) {
    let bounds = try await readBounds()
    let server = try await makeServer(loop: loop, bounds: bounds, sockets: sockets, keeping: keeping, reload: reload)
    self.server = server
    announcer.add { server.announce($0) }
    try await openSinks(head: bounds.head)
    Task { [deliverer] in await deliverer.run() }
    for output in outputs { run(output) }
    await applySources()
    await scheduler.run()
    let housekeeping = Housekeeping(store: store, log: log) { server.update(tail: $0) }
    housekeepingTask = Task { await housekeeping.run { await self.resolved.configuration } }
  }

  /// Polls every source once, writes standard output, attempts what is due; what failed, by name, in sentences.
  public func once() async throws(StartFailure) -> [String] {
    try await openSinks(head: try await readBounds().head)
    for output in outputs { run(output) }
    await applySources()
    var failures = await scheduler.pollAll().compactMap { report in
      report.fault.map { "source \(report.source): \($0.stage.rawValue) failed (\($0.class)): \($0.reason)" }
    }
    for (name, failure) in await deliverer.drainOnce() { failures.append("webhook \(name): \(failure)") }
    outputs.forEach { $0.drain() }
    for task in outputTasks { await task.value }
    fetcher.stop()
    await store.close()
    return failures
  }

  var subscriberCount: Int { server?.subscriberCount ?? 0 }
  var hasReloadFault: Bool { reloadFault != nil }

  /// Stops in the reverse order of the journey: polls, transactions, sinks, sockets, store. Sinks have 2 s to flush.
  public func stop() async {
    housekeepingTask?.cancel()
    await scheduler.stop()
    await deliverer.stop()
    outputs.forEach { $0.drain() }
    await withTaskGroup { group in
      group.addTask { await self.flushSinks() }
      group.addTask { await self.stopServer() }
    }
    fetcher.stop()
    await deliverer.close()
    await store.close()
  }
}

/// Why a configuration was not applied.
public struct ReloadFailure: Error, Sendable {
  public let message: String

  public init(_ message: String) { self.message = message }
}

extension Engine {
  /// How long a sink may take at a stop before it is left behind.
  private static let flush = Duration.seconds(2)

  private func readBounds() async throws(StartFailure) -> (tail: Int64, head: Int64) {
    do throws(StoreError) { return try await store.bounds() } catch { throw .store(error) }
  }

  private func makeServer(
    loop: EventLoop, bounds: (tail: Int64, head: Int64), sockets: InheritedSockets, keeping: DescriptorKeeping?,
    reload: @escaping @Sendable () async -> Result<ResolvedConfiguration, ReloadFailure>
  ) async throws(StartFailure) -> SocketServer {
    let settings = resolved.configuration.daemon
    let services = SocketServices(
      page: { [store] after, completion in store.page(after: after, completion: completion) },
      position: { [store] filter, until, count, head, completion in
        store.position(before: count, matching: filter, until: until, upTo: head, completion: completion)
      },
      start: { [store] time, completion in store.start(since: time, completion: completion) },
      act: { command, completion in Task { completion(await self.act(command, reload: reload)) } },
      note: { [log, threshold] level, sentence in
        guard threshold.takes(level) else { return }
        let sentence = sentence()
        // Not here: standard error may be a pipe that nobody reads, and the loop must not wait for it.
        Task { log.log(level: level.loggingLevel, "\(sentence)") }
      })
    var socketSettings = SocketSettings(
      controlPath: settings.controlSocket, livePath: settings.liveSocket, mode: settings.socketMode,
      maxSubscribers: Descriptors.subscribers(settings))
    socketSettings.administrators = settings.adminGroup?.number
    let server = SocketServer(
      settings: socketSettings,
      loop: loop, epoch: store.epoch, tail: bounds.tail, head: bounds.head, services: services,
      keeper: keeping?.keeper(recording: store))
    do throws(StoreError) {
      if sockets.control == nil || sockets.live == nil {
        try Folder.make(settings.runtime, mode: Folder.runtimeMode)
      }
    } catch {
      throw .store(error)
    }
    server.adopt(await keptConnections(sockets))
    do throws(SocketError) {
      try server.open(control: sockets.control, live: sockets.live)
    } catch {
      throw .socket(error)
    }
    store.publish(socket: sockets.controlPath ?? settings.controlSocket)
    return server
  }

  /// Where the kept connections stood. When that cannot be read they are told to come again, which loses nothing.
  private func keptConnections(_ sockets: InheritedSockets) async -> [KeptConnection] {
    var states: [String: KeptSubscriber] = [:]
    do throws(StoreError) { states = try await store.takeSubscribers(sockets.kept.map(\.name)) } catch {
      log.warning("connected subscribers have to connect again: their places cannot be read: \(error.message)")
    }
    return sockets.kept.map { name, descriptor in
      KeptConnection(
        name: name, descriptor: descriptor, state: states[name]?.state, isExact: states[name]?.isExact ?? false)
    }
  }

  /// Endpoints and outputs stand at their positions before the first poll can record anything.
  private func openSinks(head: Int64) async throws(StartFailure) {
    let configuration = resolved.configuration
    outputs = configuration.standardOutputs.map {
      StandardOutputSink($0, cursor: head, store: store, log: log)
    }
    do throws(StoreError) { try await openWebhooks(head: head) } catch { throw .store(error) }
    announcer.add { [weak self, deliverer] records in
      deliverer.announce(records)
      guard let self else { return }
      Task { await self.ring() }
    }
  }

  private func run(_ output: StandardOutputSink) {
    outputTasks.append(Task { [standardOutput] in await output.run(on: standardOutput) })
  }

  private func ring() {
    for output in outputs { output.ring() }
  }

  private func applySources() async {
    let polled = resolved.configuration.sources.compactMap { source in
      resolved.sourceURLs[source.name].map {
        PolledSource(source: source, url: $0, access: resolved.access.sources[source.name] ?? FetchAccess())
      }
    }
    let configuration = resolved.configuration
    let poller = Poller(
      fetcher: fetcher, requests: requests, store: store, settings: configuration.daemon,
      rules: configuration.rules, line: line)
    do {
      for notice in try await store.adopt(polled.map(\.source)) { log.notice("\(notice)") }
    } catch {
      log.error("known items could not be mapped to changed rules: \(error.message)")
    }
    await scheduler.apply(polled, known: await knownSources(), poller: poller)
  }

  private func knownSources() async -> KnownSources {
    do throws(StoreError) {
      return KnownSources(
        states: try await store.sourceStates(), confirming: try await store.sourcesWithAbsentLines(),
        pacings: try await store.pacings(), groups: try await store.hostGroups())
    } catch {
      log.error("what is known of the sources could not be read: \(error.message)")
      return KnownSources()
    }
  }

  /// Not a task group, which would wait for a writer that is stuck in its pipe, or for a receiver that hangs.
  private func flushSinks() async {
    let outputs = outputTasks
    let end = Wake()
    Task { [deliverer] in
      for output in outputs { await output.value }
      await deliverer.finish()
      end.ring()
    }
    let limit = Task {
      try? await Task.sleep(for: Self.flush)
      end.ring()
    }
    for await _ in end.rings { break }
    limit.cancel()
  }

  private func stopServer() async {
    guard let server else { return }
    await withCheckedContinuation { continuation in
      server.stop(flush: Self.flush) { continuation.resume() }
    }
  }
}

extension Engine {
  /// Applies another configuration without dropping a subscriber or a running delivery. Nothing is changed when it
  /// cannot be applied.
  public func reload(
    _ load: @Sendable () async -> Result<ResolvedConfiguration, ReloadFailure>
  ) async -> Result<Void, ReloadFailure> {
    let result = await load().flatMap { next in checked(next).map { next } }
    switch result {
    case .failure(let failure):
      reloadFault = failure.message
      log.error("the configuration was not applied: \(failure.message)")
      return .failure(failure)
    case .success(let next):
      reloadFault = nil
      loadedAt = Clock.now
      await apply(next)
      log.notice("the configuration was applied")
      return .success(())
    }
  }

  private func checked(_ next: ResolvedConfiguration) -> Result<Void, ReloadFailure> {
    let before = resolved.configuration.daemon
    let after = next.configuration.daemon
    let fixed = [
      ("state", before.state == after.state), ("runtime", before.runtime == after.runtime),
      ("socket_mode", before.socketMode == after.socketMode),
    ].filter { !$0.1 }.map(\.0)
    guard fixed.isEmpty else {
      return .failure(ReloadFailure("`\(fixed.joined(separator: "`, `"))` can only change with a restart"))
    }
    return .success(())
  }

  private func apply(_ next: ResolvedConfiguration) async {
    resolved = next
    threshold.set(next.configuration.daemon.logLevel)
    fetcher.limit(
      to: next.configuration.daemon.maxTransfers,
      keptConnections: Descriptors.keptConnections(next.configuration.daemon))
    await deliverer.limit(maxTransfers: next.configuration.daemon.maxTransfers)
    server?.update(maxSubscribers: Descriptors.subscribers(next.configuration.daemon))
    server?.update(administrators: next.configuration.daemon.adminGroup?.number)
    await applyWebhooks(next.configuration.webhooks)
    await applyOutputs(next.configuration.standardOutputs)
    await applySources()
  }

  /// An output keeps its position when its filter or format changes; a new one starts at the head.
  private func applyOutputs(_ wanted: [StandardOutput]) async {
    for (output, settings) in zip(outputs, wanted) { output.update(settings) }
    for output in outputs.dropFirst(wanted.count) { output.drain() }
    outputs = Array(outputs.prefix(wanted.count))
    guard wanted.count > outputs.count, let head = try? await store.bounds().head else { return }
    for settings in wanted[outputs.count...] {
      let output = StandardOutputSink(settings, cursor: head, store: store, log: log)
      outputs.append(output)
      run(output)
    }
  }
}
