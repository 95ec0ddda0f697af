import CLinux
import Glibc
import Synchronization

/// How long this machine stands still: a thread sleeps for a moment, writes a byte to a disk and syncs it, again and
/// again. What a program promises within a time it can only keep within that time and these pauses.
public final class MachinePauses: Sendable {
  private struct State {
    var rounds: [(start: ContinuousClock.Instant, length: Duration)] = []
    var isStopped = false
  }

  private final class Loop: Sendable {
    let state = Mutex(State())
    let descriptor: Int32

    init(descriptor: Int32) { self.descriptor = descriptor }

    func run() {
      while state.withLock({ !$0.isStopped }) {
        let start = ContinuousClock.now
        usleep(MachinePauses.nap)
        var byte: UInt8 = 0
        _ = pwrite(descriptor, &byte, 1, 0)
        fdatasync(descriptor)
        let length = start.duration(to: .now)
        state.withLock { $0.rounds.append((start, length)) }
      }
      close(descriptor)
    }
  }

  private let loop: Loop
  /// Microseconds.
  private static let nap: UInt32 = 5000
  private static let stackSize = 128 << 10

  /// Watches from now on, with a file in `folder`.
  public init(in folder: TemporaryFolder) {
    let descriptor = open(folder.file("pauses"), O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
    precondition(descriptor >= 0, "no file to sync in \(folder.path): errno \(errno)")
    loop = Loop(descriptor: descriptor)
    let body: @convention(c) (UnsafeMutableRawPointer?) -> Void = { context in
      context.map { Unmanaged<Loop>.fromOpaque($0).takeRetainedValue().run() }
    }
    let isStarted = clinux_thread_start(Self.stackSize, body, Unmanaged.passRetained(loop).toOpaque()) == 0
    precondition(isStarted, "no thread to watch the machine with")
  }

  deinit { loop.state.withLock { $0.isStopped = true } }

  /// The longest round of those that touch the time from `start` to `end`.
  public func longest(from start: ContinuousClock.Instant, to end: ContinuousClock.Instant) -> Duration {
    loop.state.withLock { state in
      state.rounds.filter { $0.start < end && $0.start + $0.length > start }.map(\.length).max() ?? .zero
    }
  }
}
