import CLinux
import Synchronization

/// Lookups in threads of their own, a bounded number at once: the resolver blocks, and may not come back for half a
/// minute. A thread lives as long as there are names to look up. Any thread.
final class NameLookups: Sendable {
  fileprivate struct State {
    var trusted: [String] = []
    /// Names that took long or failed the last time.
    var suspects: [String] = []
    var threads = 0
    var busySuspects = 0
  }

  private let state = Mutex(State())
  private let ask: @Sendable (String) -> NameAnswer
  private let tell: @Sendable (String, NameAnswer) -> Void

  /// More at once would swamp a router's resolver; a warm one answers thousands a second through these.
  static let most = 16
  /// Names whose own servers are dead keep a thread for long: they must not take all.
  static let mostSuspects = 4
  /// getaddrinfo(3) keeps some 70 KB on the stack.
  private static let stackSize = 256 << 10

  /// `ask` blocks; `tell` gets its answer on that thread.
  init(ask: @escaping @Sendable (String) -> NameAnswer, tell: @escaping @Sendable (String, NameAnswer) -> Void) {
    self.ask = ask
    self.tell = tell
  }

  /// Looks `name` up as soon as a thread is free. The caller sees to it that no name waits twice.
  func start(_ name: String, isSuspect: Bool) {
    let needsThread = state.withLock { state in
      if isSuspect { state.suspects.append(name) } else { state.trusted.append(name) }
      guard state.threads < Self.most, !isSuspect || state.busySuspects < Self.mostSuspects else { return false }
      state.threads += 1
      return true
    }
    if needsThread { startThread() }
  }

  private func startThread() {
    let context = Unmanaged.passRetained(self)
    let body: @convention(c) (UnsafeMutableRawPointer?) -> Void = { context in
      context.map { Unmanaged<NameLookups>.fromOpaque($0).takeRetainedValue().work() }
    }
    guard clinux_thread_start(Self.stackSize, body, context.toOpaque()) == 0 else {
      context.release()
      // Without any other thread nobody would ever answer.
      let left = state.withLock { state in
        state.threads -= 1
        return state.threads == 0 ? state.takeAll() : []
      }
      for name in left { tell(name, .failed("the system gives no thread for name lookups")) }
      return
    }
  }

  private func work() {
    clinux_name_thread("tickerd-names")
    while let (name, isSuspect) = state.withLock({ $0.next() }) {
      tell(name, ask(name))
      if isSuspect { state.withLock { $0.busySuspects -= 1 } }
    }
  }
}

extension NameLookups.State {
  /// The next name for a thread; nil ends it.
  fileprivate mutating func next() -> (name: String, isSuspect: Bool)? {
    if !trusted.isEmpty { return (trusted.removeFirst(), false) }
    if !suspects.isEmpty, busySuspects < NameLookups.mostSuspects {
      busySuspects += 1
      return (suspects.removeFirst(), true)
    }
    threads -= 1
    return nil
  }

  fileprivate mutating func takeAll() -> [String] {
    defer { (trusted, suspects) = ([], []) }
    return trusted + suspects
  }
}
