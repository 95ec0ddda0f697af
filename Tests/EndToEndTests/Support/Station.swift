import Glibc
import Synchronization
import TestSupport

/// One news desk's machine: a folder with configuration, state and sockets, and the programs that are run on it.
final class Station: Sendable {
  let folder = TemporaryFolder()
  private let variables: Mutex<[String: String]>
  /// Everything that was started runs until the station is let go of.
  private let programs = Mutex<[Program]>([])

  /// - Parameters:
  ///   - settings: more lines of `[daemon]`.
  ///   - tables: the rest of the configuration.
  init(settings: String = "", _ tables: String, environment: [String: String] = [:]) {
    variables = Mutex(environment)
    configure(settings: settings, tables)
  }

  var configuration: String { folder.file("tickerd.toml") }
  var state: String { folder.file("state/tickerd.db") }
  var control: String { folder.file("run/tickerd.sock") }
  var live: String { folder.file("run/live.sock") }

  /// Replaces the configuration.
  func configure(settings: String = "", _ tables: String) {
    folder.write(
      "tickerd.toml",
      """
      [daemon]
      state = "\(state)"
      runtime = "\(folder.file("run"))"
      \(settings)

      \(tables)
      """)
  }

  /// A variable of every program that is started from now on.
  func set(_ name: String, _ value: String?) { variables.withLock { $0[name] = value } }

  /// A program on this machine, with nothing of the tests' own environment.
  func start(_ arguments: [String], input: String? = nil, isStalled: Bool = false, notify: String? = nil) throws
    -> Program
  {
    var environment = variables.withLock { $0 }
    environment["HOME"] = folder.path
    environment["PATH"] = "/usr/bin:/bin"
    environment["LIBDISPATCH_LOG"] = "NO"
    environment["NOTIFY_SOCKET"] = notify
    let program = try Program(arguments, environment: environment, input: input, isStalled: isStalled)
    programs.withLock { $0.append(program) }
    return program
  }

  /// `tickerd COMMAND -c tickerd.toml …`, until it has ended.
  func run(_ arguments: String..., input: String? = nil) async throws -> Program.Finished {
    try await start([arguments[0], "-c", configuration] + arguments.dropFirst(), input: input).finished()
  }

  /// The daemon, as soon as it says that it is ready.
  func daemon(_ arguments: String..., isStalled: Bool = false) async throws -> Daemon {
    let daemon = try launch(arguments, isStalled: isStalled)
    try await daemon.ready()
    return daemon
  }

  /// The daemon, whatever becomes of it.
  func launch(_ arguments: [String] = [], isStalled: Bool = false) throws -> Daemon {
    let manager = try NotifySocket(path: folder.file("notify"))
    let program = try start(
      ["run", "-c", configuration] + arguments, isStalled: isStalled, notify: folder.file("notify"))
    return Daemon(program: program, manager: manager)
  }

  /// A client of `tickerd.sock` that has sent one subscription and has its answer.
  func subscribe(_ command: String) async throws -> SocketLines {
    let client = try SocketLines(path: control)
    client.send(command)
    _ = try await client.received.wait(for: "answer to \(command)") { received in
      received.lines.first { $0.hasPrefix(#"{"t":"ok""#) || $0.hasPrefix(#"{"t":"err""#) }
    }
    return client
  }

  /// The daemon's answer to one command on `tickerd.sock`.
  @discardableResult
  func ask(_ command: String) async throws -> JSON {
    let client = try SocketLines(path: control)
    client.send(command)
    let answer = try await client.received.wait(for: "answer to \(command)") { $0.lines.dropFirst().first }
    client.end()
    return try JSON(answer)
  }

  /// Polls one source now; the daemon's answer, with `events`, `titles`, and `stage class reason` after a failure.
  @discardableResult
  func poll(_ source: String) async throws -> JSON { try await ask("poll \(source)") }

  /// Every event of the log, oldest first.
  func log() async throws -> [JSON] {
    let client = try await subscribe("sub from=tail follow=false")
    return try await client.items { $0.contains { $0.hasPrefix(#"{"t":"end""#) } }
  }

  /// A source's row of `sources --json`.
  func source(_ name: String) async throws -> JSON {
    let answer = try await ask("sources")
    return answer["sources"].array.first { $0["source"].string == name } ?? .null
  }

  /// Returns when so many clients are connected, besides the one that asks. Nothing announces that: it is asked for.
  func connected(_ count: Int) async throws {
    let end = ContinuousClock.now + TooLate.patience
    while ContinuousClock.now < end {
      if let present = try await ask("status")["subscribers"].int, present >= count { return }
      try await Task.sleep(for: .milliseconds(20))
    }
    throw TooLate(description: "there are no \(count) subscribers")
  }

  /// The exit code of `status`, and what it says.
  func status() async throws -> (code: Int32?, JSON) {
    let finished = try await run("status", "--json")
    return (finished.code, try JSON(finished.output))
  }
}

/// A running daemon, and what it tells its service manager.
struct Daemon: Sendable {
  let program: Program
  let manager: NotifySocket

  func ready() async throws {
    do {
      try await manager.messages.wait(for: "READY") { messages in
        messages.contains { $0.hasPrefix("READY=1") } ? true : nil
      }
    } catch {
      throw TooLate(description: "the daemon is not ready: \(program.errors.value)")
    }
  }

  /// Stops as systemd stops it, and returns when it has ended.
  @discardableResult
  func stop(with signal: Int32 = SIGTERM, within time: Duration = TooLate.patience) async throws -> Program.Finished {
    program.signal(signal)
    return try await program.finished(within: time)
  }

  func kill() async throws {
    program.signal(SIGKILL)
    try await program.end()
  }

  /// The first log line that holds every one of these.
  @discardableResult
  func logged(_ parts: String...) async throws -> String {
    try await program.errors.wait(for: "log line with \(parts)") { stream in
      stream.lines.first { line in parts.allSatisfy { line.contains($0) } }
    }
  }
}

extension SocketLines {
  /// The events it has received, as soon as its lines satisfy `isEnough`.
  func items(_ isEnough: @Sendable ([String]) -> Bool) async throws -> [JSON] {
    let lines = try await received.wait(for: "lines") { isEnough($0.lines) ? $0.lines : nil }
    return try lines.filter { $0.hasPrefix(#"{"t":"item""#) }.map { try JSON($0) }
  }

  /// The events it has received, as soon as there are so many.
  func items(count: Int) async throws -> [JSON] {
    try await items { lines in lines.count { $0.hasPrefix(#"{"t":"item""#) } >= count }
  }

  /// The events up to and with the first of this title.
  func items(upTo title: String) async throws -> [JSON] {
    try await items { lines in lines.contains { $0.contains("\"title\":\"\(title)\"") } }
  }
}

extension Program {
  /// The objects on its standard output, as soon as there are so many.
  func objects(count: Int) async throws -> [JSON] {
    try await output.wait(for: "\(count) lines of output") { $0.lines.count >= count ? $0.lines : nil }
      .map { try JSON($0) }
  }
}
