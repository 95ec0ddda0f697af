import ArgumentParser
import CLinux
import Glibc
import Synchronization
import TickerModel
import TickerText

/// How far a `tail` has printed, in a file that is replaced as a whole (`--cursor-file`): at most a second late, at the
/// end, and when a signal ends the program. Any thread.
final class CursorFile: Sendable {
  /// What the file held at the start.
  let cursor: Cursor?
  private let path: String
  private let state: Mutex<State>

  private struct State {
    var reached: Cursor?
    var saved: Cursor?
    /// Nanoseconds of the monotonic clock.
    var savedAt: Int64 = .min / 2
  }

  /// No more than this is printed again after a crash of the program.
  private static let longestDelay = Duration.seconds(1)
  /// Bytes; a cursor has at most 51.
  private static let longestContent = 128

  /// Reads `path`; one that is not there, or empty, is a beginning. Exits 1 when it holds something else.
  init(path: String) throws {
    self.path = path
    cursor = try Self.read(path)
    state = Mutex(State(saved: cursor))
    // Where it cannot be written is said before anything is printed.
    guard access(Self.folder(of: path), W_OK) == 0 else {
      Console.say("\(path) cannot be written: \(Self.reason(errno))")
      throw ExitCode.failure
    }
    saveAtSignals()
  }

  /// Everything up to `cursor` is printed, or was not wanted.
  func reach(_ cursor: Cursor) {
    state.withLock { $0.reached = cursor }
    if let wait = nextSave, wait <= .zero { save() }
  }

  /// How long the file may stay as it is; nil when it is up to date.
  var nextSave: Duration? {
    state.withLock { state in
      guard let reached = state.reached, reached != state.saved else { return nil }
      return max(.zero, Self.longestDelay - .nanoseconds(min(clinux_monotonic() - state.savedAt, 2_000_000_000)))
    }
  }

  /// Brings the file up to date; says so on standard error when it cannot.
  func save() {
    state.withLock { state in
      guard let reached = state.reached, reached != state.saved else { return }
      state.savedAt = clinux_monotonic()
      if let problem = replace(with: reached) {
        Console.say("\(path) cannot be written: \(problem)")
      } else {
        state.saved = reached
      }
    }
  }

  private static func read(_ path: String) throws -> Cursor? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      Console.say("\(path) cannot be read: \(reason(errno))")
      throw ExitCode.failure
    }
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: longestContent)
    let count = Glibc.read(descriptor, &buffer, buffer.count)
    let text = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self).split { $0.isWhitespace }
    if text.isEmpty, count == 0 { return nil }
    guard count > 0, text.count == 1, let cursor = Cursor(String(text[0])) else {
      Console.say("\(path) holds no cursor; remove it to begin anew")
      throw ExitCode.failure
    }
    return cursor
  }

  /// What went wrong. A reader finds the old content or the new one, also after a power cut.
  private func replace(with cursor: Cursor) -> String? {
    let temporary = "\(path).\(getpid())"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { return Self.reason(errno) }
    let bytes = Array((cursor.text + "\n").utf8)
    let isWritten = write(descriptor, bytes, bytes.count) == bytes.count && fsync(descriptor) == 0
    let code = errno
    close(descriptor)
    guard isWritten else {
      unlink(temporary)
      return Self.reason(code)
    }
    return rename(temporary, path) == 0 ? nil : Self.reason(errno)
  }

  /// Waits for the signals that end the program on a thread of its own, saves, and lets them end it.
  private func saveAtSignals() {
    guard clinux_block_signals() == 0 else { return }
    let context = Unmanaged.passRetained(self).toOpaque()
    _ = clinux_thread_start(
      256 << 10,
      { context in
        var signals = sigset_t()
        sigemptyset(&signals)
        for number in [SIGTERM, SIGINT, SIGHUP] { sigaddset(&signals, number) }
        var number: Int32 = 0
        guard sigwait(&signals, &number) == 0, let context else { return }
        Unmanaged<CursorFile>.fromOpaque(context).takeUnretainedValue().save()
        signal(number, SIG_DFL)
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
        raise(number)
      }, context)
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }
}
