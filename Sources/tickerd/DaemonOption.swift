import ArgumentParser
import FoundationEssentials
import Glibc
import TickerConfig
import TickerModel
import TickerSocket
import TickerStore

/// How client commands find the running daemon.
struct DaemonOption: ParsableArguments {
  @Option(help: "The daemon's socket (also TICKERD_SOCKET).")
  var socket: String?

  @OptionGroup var options: ConfigurationOption

  /// Connects, or exits 69 with what was tried.
  func connect() throws -> SocketClient {
    do throws(SocketError) { return try client() } catch {
      Console.say(error.description)
      throw ExitCode.unavailable
    }
  }

  /// Connects to the first place where a daemon answers; the last place's error otherwise.
  func client() throws(SocketError) -> SocketClient {
    var last = SocketError(.unreachable, "no tickerd was found")
    for path in (try? candidates()) ?? [] {
      do throws(SocketError) { return try SocketClient.connect(path: path) } catch { last = error }
    }
    throw last
  }

  /// The database of the daemon that these options mean; nil when it is not known, not there, or not this user's to read.
  /// Of a socket that was named, no database is known.
  func archive() -> Archive? {
    let variables = LoadEnvironment.process.variables
    guard socket == nil, variables["TICKERD_SOCKET"]?.isEmpty != false else { return nil }
    return try? Archive(path: options.read().daemon.state)
  }

  /// Whether a daemon answers; without one some commands read what is on disk.
  var isReachable: Bool {
    ((try? candidates()) ?? []).contains { (try? SocketClient.connect(path: $0)) != nil }
  }

  /// Sends one command and decodes its answer; exits 69 when the daemon goes away, 1 when it may not or there is no
  /// such thing, and with `refusal` when the command itself failed.
  /// - Parameter connection: one that stands already, where several commands follow each other.
  func ask<Answer: Decodable>(
    _ command: String, as answer: Answer.Type, on connection: SocketClient? = nil,
    patience: Duration = SocketClient.patience, refusal: ExitCode = .failure
  ) throws -> (answer: Answer, line: [UInt8]) {
    let client = try connection ?? connect()
    let result: Result<[UInt8], CommandFailure>
    do throws(SocketError) { result = try client.ask(command, timeout: patience) } catch {
      Console.say(error.description)
      throw ExitCode.unavailable
    }
    switch result {
    case .failure(let failure):
      for line in failure.message.split(separator: "\n") { Console.say(String(line)) }
      throw failure.code == .forbidden || failure.code == .notFound || failure.code == .busy
        ? ExitCode.failure : refusal
    case .success(let line):
      guard let decoded = try? JSONDecoder().decode(Answer.self, from: Data(line)) else {
        Console.say("the daemon's answer was not understood; are program and daemon of one version?")
        throw ExitCode.failure
      }
      return (decoded, line)
    }
  }

  private func candidates() throws -> [String] {
    if let socket { return [socket] }
    let environment = LoadEnvironment.process.variables
    if let named = environment["TICKERD_SOCKET"], !named.isEmpty { return [named] }
    if options.file != nil || environment["TICKERD_CONFIG"]?.isEmpty == false {
      _ = try options.path()
      let daemon = options.read().daemon
      // A `runtime` that was changed in the file is not where the running daemon listens.
      return [daemon.controlSocket, StateLock.socket(ofState: daemon.state)].compactMap { $0 }
    }
    let user = environment["XDG_RUNTIME_DIR"].map { $0 + "/tickerd/tickerd.sock" }
    // Without a runtime folder a user's daemon has its sockets beside its database.
    return [user, LoadEnvironment.process.defaultControlSocket, "/run/tickerd/tickerd.sock"].compactMap { $0 }
  }
}
