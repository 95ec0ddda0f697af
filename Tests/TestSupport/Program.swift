import Glibc
import Synchronization

/// The built `tickerd`, run as a user runs it: arguments, environment, pipes, signals, exit status. Its process group
/// is killed when it is let go of.
public final class Program: Sendable {
  /// What came through one of its pipes.
  public struct Stream: Sendable, CustomStringConvertible {
    /// Everything so far.
    public fileprivate(set) var bytes: [UInt8] = []
    /// The program closed its end, or the test its own.
    public fileprivate(set) var isAtEnd = false

    /// Everything so far, as text.
    public var text: String { String(decoding: bytes, as: UTF8.self) }
    /// Every line that is complete, without its end.
    public var lines: [String] {
      text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }
    public var description: String { text }
  }

  /// How a process ended.
  public enum End: Sendable, Equatable {
    case code(Int32)
    case signal(Int32)
  }

  /// A program that has ended, with all its output.
  public struct Finished: Sendable {
    public let end: End
    public let output: String
    public let errors: String

    /// The exit code; nil after a signal.
    public var code: Int32? { if case .code(let code) = end { code } else { nil } }
    /// Lines of the output.
    public var lines: [String] { output.split(separator: "\n").map(String.init) }
  }

  /// The system would not start it.
  public struct NotStarted: Error {
    let path: String
    let code: Int32
  }

  /// Its standard output; collected unless the reader is stalled.
  public let output = Watched(Stream())
  /// Its standard error.
  public let errors = Watched(Stream())
  private let child: Child
  private let outputPipe: Pipe
  private let errorPipe: Pipe
  private let isStalled: Bool

  /// Starts the program in a process group of its own, without any descriptor but 0, 1 and 2.
  /// - Parameters:
  ///   - executable: another program than `tickerd`.
  ///   - environment: all there is.
  ///   - input: what it finds on standard input; nothing by default.
  ///   - isStalled: nobody reads its standard output until ``startReading()``.
  public init(
    _ arguments: [String], executable: String = Program.path, environment: [String: String], input: String? = nil,
    isStalled: Bool = false
  ) throws {
    self.isStalled = isStalled
    let started: pid_t
    (started, outputPipe, errorPipe) = try Spawn.start(
      [executable] + arguments, environment: environment, input: input)
    child = Child(started)
    try errorPipe.collect(into: errors)
    if !isStalled { try outputPipe.collect(into: output) }
    try LoopbackThread.start { [child] in child.reap() }
  }

  deinit { signal(SIGKILL) }

  /// Its process number; nil when it has ended.
  public var pid: Int32? { child.pid }

  /// Sends a signal, unless it has ended.
  public func signal(_ number: Int32) { child.signal(number) }

  /// Lets go of the reader's end of standard output, as `head -1` does.
  public func closeOutput() async throws {
    outputPipe.closeReader()
    if isStalled { return }
    try await output.wait(for: "end of reading") { $0.isAtEnd ? true : nil }
  }

  /// Reads standard output, which nobody has read so far, from now on.
  public func startReading() throws { try outputPipe.collect(into: output) }

  /// How it ended, when it has.
  @discardableResult
  public func end(within time: Duration = TooLate.patience) async throws -> End {
    do { return try await child.ended.wait(for: "end of the program", within: time) { $0?.end } } catch {
      throw TooLate(description: "the program has not ended within \(time); its errors: \(errors.value)")
    }
  }

  /// When it ended, measured beside the tests' own queue; nil while it runs.
  public var endedAt: ContinuousClock.Instant? { child.ended.value?.at }

  /// Everything it wrote and how it ended, when it has.
  public func finished(within time: Duration = TooLate.patience) async throws -> Finished {
    let end = try await end(within: time)
    let output = try await output.wait(for: "end of output") { $0.isAtEnd ? $0 : nil }
    let errors = try await errors.wait(for: "end of errors") { $0.isAtEnd ? $0 : nil }
    return Finished(end: end, output: output.text, errors: errors.text)
  }

  /// Beside the test runner, wherever the build has put it; else where a plain `swift build` puts it.
  public static let path: String = {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let length = readlink("/proc/self/exe", &buffer, buffer.count - 1)
    let runner = String(decoding: buffer.prefix(max(0, length)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let beside = Fixtures.folder(of: runner) + "/tickerd"
    let package = Fixtures.folder(of: Fixtures.folder(of: Fixtures.folder(of: #filePath)))
    return access(beside, X_OK) == 0 ? beside : package + "/.build/debug/tickerd"
  }()
}

/// The process; it outlives the `Program` by the moment it needs to end.
private final class Child: Sendable {
  struct Ended: Sendable {
    let end: Program.End
    let at: ContinuousClock.Instant
  }

  let ended = Watched<Ended?>(nil)
  /// Nil once the process is reaped: its number may then be another's.
  private let process: Mutex<pid_t?>

  init(_ pid: pid_t) { process = Mutex(pid) }

  var pid: pid_t? { process.withLock { $0 } }

  func signal(_ number: Int32) { process.withLock { if let pid = $0 { _ = kill(pid, number) } } }

  /// Returns when the process has ended.
  func reap() {
    guard let pid else { return }
    // First without reaping, so that no signal can reach a process that took the number over.
    var information = siginfo_t()
    while waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT) < 0, errno == EINTR {}
    let status = process.withLock { process in
      var status: Int32 = 0
      while waitpid(pid, &status, 0) < 0, errno == EINTR {}
      process = nil
      return status
    }
    let signal = status & 0x7F
    let ended = Ended(end: signal == 0 ? .code((status >> 8) & 0xFF) : .signal(signal), at: .now)
    self.ended.change { $0 = ended }
  }
}

/// The reading end of a pipe, owned by its thread once that collects.
private final class Pipe: Sendable {
  private struct State {
    var isCollecting = false
    var isClosed = false
  }
  private let reader: Int32
  /// Readable when the test lets go of the pipe.
  private let release = Gate()
  private let state = Mutex(State())

  init(reader: Int32) { self.reader = reader }

  deinit { closeReader() }

  /// The descriptor is closed now, or by the thread that collects, which then says so.
  func closeReader() {
    release.open()
    state.withLock { state in
      guard !state.isCollecting, !state.isClosed else { return }
      close(reader)
      state.isClosed = true
    }
  }

  /// Reads on a thread until the end.
  func collect(into stream: Watched<Program.Stream>) throws {
    state.withLock { $0.isCollecting = true }
    try LoopbackThread.start { [reader, release] in
      while let piece = Self.read(reader, unless: release) { stream.change { $0.bytes += piece } }
      close(reader)
      stream.change { $0.isAtEnd = true }
    }
  }

  /// Nil at the end.
  private static func read(_ reader: Int32, unless release: Gate) -> [UInt8]? {
    var piece = [UInt8](repeating: 0, count: 64 << 10)
    while release.isClosed(whileWaitingFor: reader) {
      let count = Glibc.read(reader, &piece, piece.count)
      if count > 0 { return Array(piece[..<count]) }
      if count == 0 || errno != EINTR { return nil }
    }
    return nil
  }
}

private enum Spawn {
  /// Between making a pipe and closing its writing end nobody else may start a process, or that one would keep it open.
  private static let turn = Mutex(())
  /// Descriptors below this are closed in the program: whatever else the tests have open is not its own.
  private static let descriptors: Int32 = 1024

  /// What Scripts/sanitize says reaches every program that a test starts; otherwise these are not set.
  private static let sanitizer = ["LD_PRELOAD", "TSAN_OPTIONS"].reduce(into: [String: String]()) { found, name in
    if let value = getenv(name) { found[name] = String(cString: value) }
  }

  static func start(
    _ arguments: [String], environment: [String: String], input: String?
  ) throws -> (pid_t, output: Pipe, errors: Pipe) {
    try turn.withLock { _ in
      let (outputReader, outputWriter) = try pipe()
      let (errorReader, errorWriter) = try pipe()
      let inputFile = input.flatMap(file)
      defer {
        close(outputWriter)
        close(errorWriter)
        if let inputFile { fclose(inputFile) }
      }
      let outputPipe = Pipe(reader: outputReader)
      let errorPipe = Pipe(reader: errorReader)
      var actions = posix_spawn_file_actions_t()
      posix_spawn_file_actions_init(&actions)
      defer { posix_spawn_file_actions_destroy(&actions) }
      if let inputFile {
        posix_spawn_file_actions_adddup2(&actions, fileno(inputFile), STDIN_FILENO)
      } else {
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
      }
      posix_spawn_file_actions_adddup2(&actions, outputWriter, STDOUT_FILENO)
      posix_spawn_file_actions_adddup2(&actions, errorWriter, STDERR_FILENO)
      for other in STDERR_FILENO + 1..<descriptors { posix_spawn_file_actions_addclose(&actions, other) }
      let pid = try spawn(arguments, environment, &actions)
      return (pid, outputPipe, errorPipe)
    }
  }

  private static func spawn(
    _ arguments: [String], _ environment: [String: String], _ actions: inout posix_spawn_file_actions_t
  ) throws -> pid_t {
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    var all = sigset_t()
    sigfillset(&all)
    // As a shell starts it: no signal blocked, none ignored.
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    var argumentPointers = arguments.map { strdup($0) } + [nil]
    let environment = environment.merging(sanitizer) { given, _ in given }
    var environmentPointers = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { (argumentPointers + environmentPointers).forEach { free($0) } }
    var pid: pid_t = 0
    let code = posix_spawn(&pid, arguments[0], &actions, &attributes, &argumentPointers, &environmentPointers)
    guard code == 0 else { throw Program.NotStarted(path: arguments[0], code: code) }
    return pid
  }

  private static func pipe() throws -> (reader: Int32, writer: Int32) {
    var ends: [Int32] = [-1, -1]
    guard Glibc.pipe(&ends) == 0 else { throw Program.NotStarted(path: "pipe", code: errno) }
    ends.forEach { _ = fcntl($0, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
  }

  private static func file(with text: String) -> UnsafeMutablePointer<FILE>? {
    guard let file = tmpfile() else { return nil }
    let bytes = Array(text.utf8)
    fwrite(bytes, 1, bytes.count, file)
    rewind(file)
    return file
  }
}
