import CLinux
import Glibc
import Synchronization

/// What epoll says of a descriptor, and what it is asked for; see epoll_ctl(2).
public struct Readiness: OptionSet, Sendable {
  /// epoll's mask.
  public let rawValue: UInt32

  /// From epoll's mask.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Bytes or a connection wait, or the end of input.
  public static let readable = Readiness(rawValue: CLINUX_EPOLLIN)
  /// There is room to write.
  public static let writable = Readiness(rawValue: CLINUX_EPOLLOUT)
  /// The peer will send nothing more (it may still read).
  public static let peerShutdown = Readiness(rawValue: CLINUX_EPOLLRDHUP)
  /// Both directions are closed; always reported.
  public static let hangup = Readiness(rawValue: CLINUX_EPOLLHUP)
  /// Always reported.
  public static let error = Readiness(rawValue: CLINUX_EPOLLERR)
  /// Report changes only, so that a descriptor is registered once and never touched again.
  public static let edgeTriggered = Readiness(rawValue: CLINUX_EPOLLET)
}

/// One thread ("tickerd-loop") that waits on descriptors and timers, and runs what others post to it.
///
/// ``post(_:)``, ``start()`` and ``stop()`` may be called from any thread; everything else only on the loop's
/// thread, or before ``start()``. Handlers must not block.
public final class EventLoop: @unchecked Sendable {  // all but what the mutex guards is the thread's
  private struct Inbox {
    var work: [@Sendable () -> Void] = []
    /// Somebody has written, or is about to write, the wake-up for this work: one write serves many posts.
    var signalled = false
    var open = true
  }

  private struct Registration {
    let generation: UInt32
    let handler: (Readiness) -> Void
  }

  /// Events taken from the kernel at once.
  private static let mostEvents = 256
  /// Bytes of stack: commands are parsed here, and their nesting is bounded.
  private static let stackSize = 1 << 20

  private let epoll: Int32
  private let wakeUp: Int32
  private let inbox = Mutex(Inbox())
  private var registrations: [Int32: Registration] = [:]
  private var lastGeneration: UInt32 = 0
  private var timers = TimerHeap()
  private var running = true

  /// Nanoseconds of the monotonic clock when the present turn began.
  public private(set) var now = clinux_monotonic()

  /// Fails when the kernel grants no descriptor for epoll or eventfd.
  public init() throws(SocketError) {
    epoll = clinux_epoll_create()
    guard epoll >= 0 else { throw SocketError("create an epoll descriptor", errno: errno) }
    wakeUp = clinux_eventfd()
    guard wakeUp >= 0 else { throw SocketError("create an eventfd", errno: errno) }
    try add(wakeUp, [.readable]) { [unowned self] _ in readWakeUp() }
  }

  deinit {
    close(epoll)
    if wakeUp >= 0 { close(wakeUp) }
  }

  /// Starts the thread. Call once.
  public func start() throws(SocketError) {
    let context = Unmanaged.passRetained(self).toOpaque()
    let failure = clinux_thread_start(
      Self.stackSize,
      { context in
        guard let context else { return }
        Unmanaged<EventLoop>.fromOpaque(context).takeRetainedValue().run()
      }, context)
    guard failure != 0 else { return }
    Unmanaged<EventLoop>.fromOpaque(context).release()
    throw SocketError("start the event loop's thread", errno: failure)
  }

  /// Ends the thread after the work posted so far; what is posted later is dropped.
  public func stop() {
    post { [self] in running = false }
  }

  /// Runs `work` on the loop's thread, in the order of posting. Any thread; never blocks.
  public func post(_ work: @escaping @Sendable () -> Void) {
    let isFirst = inbox.withLock { inbox in
      guard inbox.open else { return false }
      inbox.work.append(work)
      defer { inbox.signalled = true }
      return !inbox.signalled
    }
    guard isFirst else { return }
    // Outside the lock, which the woken thread would otherwise find taken. The descriptor is there as long as `self`.
    var one: UInt64 = 1
    _ = write(wakeUp, &one, MemoryLayout<UInt64>.size)
  }

  /// Watches `descriptor`, which stays the caller's; ``remove(_:)`` it before closing it.
  public func add(
    _ descriptor: Int32, _ readiness: Readiness, handler: @escaping (Readiness) -> Void
  ) throws(SocketError) {
    lastGeneration &+= 1
    var event = epoll_event()
    event.events = readiness.rawValue
    // The generation tells an event of a closed descriptor from one of its successor with the same number.
    event.data.u64 = UInt64(lastGeneration) << 32 | UInt64(UInt32(bitPattern: descriptor))
    guard epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) == 0 else {
      throw SocketError("watch a descriptor", errno: errno)
    }
    registrations[descriptor] = Registration(generation: lastGeneration, handler: handler)
  }

  /// Watches for something else from now on; what is so already is told anew.
  func change(_ descriptor: Int32, _ readiness: Readiness) {
    guard let registration = registrations[descriptor] else { return }
    var event = epoll_event()
    event.events = readiness.rawValue
    event.data.u64 = UInt64(registration.generation) << 32 | UInt64(UInt32(bitPattern: descriptor))
    epoll_ctl(epoll, EPOLL_CTL_MOD, descriptor, &event)
  }

  /// No handler call for `descriptor` follows, not even for events already taken from the kernel.
  public func remove(_ descriptor: Int32) {
    guard registrations.removeValue(forKey: descriptor) != nil else { return }
    epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, nil)
  }

  /// Runs `action` once, `delay` from now or a little later.
  @discardableResult
  public func after(_ delay: Duration, _ action: @escaping () -> Void) -> TimerID {
    timers.add(deadline: clinux_monotonic() + delay.nanoseconds, action)
  }

  /// Does nothing when the timer has run.
  public func cancel(_ timer: TimerID) { timers.cancel(timer) }
}

extension EventLoop {
  private func run() {
    clinux_name_thread("tickerd-loop")
    withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: Self.mostEvents) { events in
      while running {
        handleEvents(events)
        while let action = timers.due(at: now) { action() }
        runInbox()
      }
    }
    closeDown()
  }

  private func handleEvents(_ events: UnsafeMutableBufferPointer<epoll_event>) {
    let count = epoll_wait(epoll, events.baseAddress, Int32(events.count), timeout)
    now = clinux_monotonic()
    // Interrupted by a signal, or nothing within the time: timers and inbox follow.
    guard count > 0 else { return }
    for event in events.prefix(Int(count)) {
      let descriptor = Int32(truncatingIfNeeded: event.data.u64 & 0xFFFF_FFFF)
      guard let registration = registrations[descriptor],
        registration.generation == UInt32(event.data.u64 >> 32)
      else { continue }
      registration.handler(Readiness(rawValue: event.events))
    }
  }

  /// Milliseconds until the earliest timer, rounded up so that the loop does not spin before it; -1 without one.
  private var timeout: Int32 {
    guard let earliest = timers.earliest else { return -1 }
    let milliseconds = (earliest - clinux_monotonic() + 999_999) / 1_000_000
    return Int32(clamping: max(0, milliseconds))
  }

  private func runInbox() {
    let work = inbox.withLock { inbox in
      defer {
        inbox.work = []
        inbox.signalled = false
      }
      return inbox.work
    }
    for item in work { item() }
  }

  /// What it announced may have been taken already; then the turn finds nothing to do.
  private func readWakeUp() {
    var count: UInt64 = 0
    _ = read(wakeUp, &count, MemoryLayout<UInt64>.size)
  }

  private func closeDown() {
    registrations = [:]
    timers = TimerHeap()
    inbox.withLock { inbox in
      inbox.open = false
      inbox.work = []
    }
  }
}

extension Duration {
  /// Whole nanoseconds; a duration of more than 292 years is cut to that.
  var nanoseconds: Int64 {
    let (seconds, overflow) = components.seconds.multipliedReportingOverflow(by: 1_000_000_000)
    return overflow ? .max / 2 : min(seconds, .max / 2) + components.attoseconds / 1_000_000_000
  }
}
