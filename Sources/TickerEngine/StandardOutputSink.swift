import CLinux
import Glibc
import Logging
import Synchronization
import TickerModel
import TickerStore

/// One `[[stdout]]`: a position in the log and a thread that may block. A reader that stalls holds up this sink alone.
final class StandardOutputSink: Sendable {
  private struct State {
    var output: StandardOutput
    var cursor: Int64
    var isDraining = false
  }

  /// After the log could not be read.
  private static let pauseAfterFault = Duration.seconds(1)

  private let store: Store
  private let log: Logger
  private let wake = Wake()
  private let state: Mutex<State>

  /// Starts behind `cursor`.
  init(_ output: StandardOutput, cursor: Int64, store: Store, log: Logger) {
    state = Mutex(State(output: output, cursor: cursor))
    self.store = store
    self.log = log
  }

  /// Anything new in the log? Any thread.
  func ring() { wake.ring() }

  func update(_ output: StandardOutput) { state.withLock { $0.output = output } }

  /// Writes until ``drain()`` has been called and the head is reached, or standard output is closed.
  func run(on writer: BlockingWriter) async {
    ring()
    for await _ in wake.rings {
      guard await writeBacklog(on: writer) else { return }
    }
  }

  /// Lets ``run(on:)`` end when everything recorded so far is written.
  func drain() {
    wake.ring()
    wake.finish()
  }

  /// False when standard output is closed.
  private func writeBacklog(on writer: BlockingWriter) async -> Bool {
    while true {
      let (output, cursor) = state.withLock { ($0.output, $0.cursor) }
      guard let page = try? await store.page(after: cursor) else {
        try? await Task.sleep(for: Self.pauseAfterFault)
        return true
      }
      guard let last = page.records.last else { return true }
      let filter = output.filter.announcing
      let lines = page.records.filter(filter.passes).flatMap { line($0, output.format) }
      if !lines.isEmpty, !(await writer.write(lines)) {
        log.notice("standard output is closed; this sink ends")
        return false
      }
      state.withLock { $0.cursor = last.sequence }
    }
  }

  private func line(_ record: LogRecord, _ format: OutputFormat) -> [UInt8] {
    switch format {
    case .json: record.object(epoch: store.epoch) + [UInt8(ascii: "\n")]
    case .text: Array(EventLine.text(record).utf8) + [UInt8(ascii: "\n")]
    }
  }
}

/// A thread that writes to one descriptor and may block there as long as its reader likes. No flags are set on the
/// descriptor: it is shared with whoever started the program.
final class BlockingWriter: Sendable {
  private struct Job: Sendable {
    let bytes: [UInt8]
    let done: @Sendable (Bool) -> Void
  }

  private struct State {
    var jobs: [Job] = []
    var isRunning = false
  }

  private static let stackBytes = 256 << 10

  private let descriptor: Int32
  private let state = Mutex(State())

  init(descriptor: Int32) { self.descriptor = descriptor }

  /// Returns when every byte is written; false when the other end is closed.
  func write(_ bytes: [UInt8]) async -> Bool {
    await withCheckedContinuation { continuation in
      let job = Job(bytes: bytes) { continuation.resume(returning: $0) }
      let isIdle = state.withLock { state in
        state.jobs.append(job)
        defer { state.isRunning = true }
        return !state.isRunning
      }
      if isIdle { startThread() }
    }
  }

  /// The thread lives while there is something to write: an idle daemon has none, a busy one keeps it.
  private func startThread() {
    let code = clinux_thread_start(
      Self.stackBytes,
      { context in if let context { Unmanaged<BlockingWriter>.fromOpaque(context).takeRetainedValue().work() } },
      Unmanaged.passRetained(self).toOpaque())
    precondition(code == 0, "a thread could not be started: \(String(cString: strerror(code)))")
  }

  private func work() {
    clinux_name_thread("tickerd-stdout")
    while let job = next() { job.done(writeAll(job.bytes)) }
  }

  private func next() -> Job? {
    state.withLock { state in
      guard !state.jobs.isEmpty else {
        state.isRunning = false
        return nil
      }
      return state.jobs.removeFirst()
    }
  }

  private func writeAll(_ bytes: [UInt8]) -> Bool {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: $0[written...]).baseAddress, bytes.count - written)
      }
      if count >= 0 {
        written += count
      } else if errno == EAGAIN {
        // Whoever shares the descriptor made it non-blocking: wait as a blocking one would.
        var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&waiting, 1, -1)
      } else if errno != EINTR {
        return false
      }
    }
    return true
  }
}
