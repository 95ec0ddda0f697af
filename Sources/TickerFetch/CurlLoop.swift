import CCurl
import CLinux
import Glibc
import TickerModel

/// The thread that owns libcurl: one multi handle, driven by epoll. It starts waiting requests, in order, as places become
/// free, finishes their tickets, and runs the jobs of the actors that live on it.
/// https://curl.se/libcurl/c/curl_multi_socket_action.html
final class CurlLoop: @unchecked Sendable {  // built by the caller of `start`, from then on its own thread's alone
  private let thread: FetchThread
  private let inbox: Inbox
  private var maxTransfers: Int
  /// Beyond those in use.
  private var keptConnections: Int
  private let userAgent: String
  private let multi: UnsafeMutableRawPointer
  private let sockets: WatchedSockets
  /// When libcurl wants to be called, in nanoseconds of the monotonic clock.
  private var deadline: Int64?
  private var waiting: [Ticket] = []
  private let desk: HostDesk
  /// Hops whose host is known, and that have no place yet.
  private var ready: [(hop: Hop, addresses: [NetworkAddress]?)] = []
  private var running: [UnsafeMutableRawPointer: Transfer] = [:]
  private var idle: [EasyHandle] = []

  init(_ thread: FetchThread, _ lookups: NameLookups, maxTransfers: Int, keptConnections: Int, userAgent: String)
    throws(FetchError)
  {
    precondition(maxTransfers > 0)
    guard Self.isLibraryReady, let multi = curl_multi_init() else {
      throw FetchError(.resources, "libcurl does not start: memory ran out")
    }
    self.thread = thread
    inbox = thread.inbox
    desk = HostDesk(lookups)
    self.maxTransfers = maxTransfers
    self.keptConnections = keptConnections
    self.userAgent = userAgent
    self.multi = multi
    sockets = WatchedSockets()
    guard sockets.watch(inbox.wakeUp, CLINUX_EPOLLIN), setCallbacks() else {
      throw FetchError(.resources, "no descriptor is left for the libcurl thread")
    }
  }

  deinit {
    idle = []
    // No callback into an object that is going; closing connections would make one.
    ccurl_multi_on_socket(multi, nil, nil)
    ccurl_multi_on_timer(multi, nil, nil)
    curl_multi_cleanup(multi)
  }

  /// Starts the thread; it ends after `Inbox.end`.
  func start() throws(FetchError) {
    let context = Unmanaged.passRetained(self)
    let body: @convention(c) (UnsafeMutableRawPointer?) -> Void = { context in
      context.map { Unmanaged<CurlLoop>.fromOpaque($0).takeRetainedValue().run() }
    }
    guard clinux_thread_start(Self.stackSize, body, context.toOpaque()) == 0 else {
      context.release()
      throw FetchError(.resources, "the system gives no thread for libcurl")
    }
  }

  /// libcurl and OpenSSL need well under 100 KiB; name lookups have threads of their own.
  private static let stackSize = 512 << 10
  /// Handles kept for later transfers: each has some 20 KiB of buffers, and setting its options takes microseconds.
  private static let mostIdle = 64
  /// Among the handles used last: those of sources and of webhooks take turns.
  private static let handlesLookedAt = 8
  /// Rounds of jobs, and of what they asked for, before libcurl's sockets are looked at again.
  private static let roundsPerLook = 4
  /// https://curl.se/libcurl/c/curl_global_init.html: once, before any other use.
  private static let isLibraryReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK
}

// MARK: The loop

extension CurlLoop {
  private func run() {
    clinux_name_thread("tickerd-curl")
    inbox.adopt()
    let locale = ccurl_utf8_enter()  // for redirects to international names
    defer { ccurl_utf8_leave(locale) }
    var isEnded = false
    while !isEnded {
      var isWoken = false
      for event in sockets.wait(milliseconds: hasWork ? 0 : millisecondsToDeadline) {
        if event.data.fd == inbox.wakeUp { isWoken = true } else { act(event) }
      }
      advance()
      var rounds = 0
      repeat {
        isEnded = take(inbox.take(withOthers: isWoken && rounds == 0)) || isEnded
        startWaiting()
        advance()
        rounds += 1
      } while hasWork && rounds < Self.roundsPerLook
    }
    abandonAll()
  }

  /// Whether there is something to do that no descriptor and no time will tell of.
  private var hasWork: Bool {
    inbox.hasOwn || (!waiting.isEmpty || !ready.isEmpty) && running.count < maxTransfers
  }

  /// Rounded up: libcurl called early would only ask again.
  private var millisecondsToDeadline: Int32 {
    let next = min(deadline ?? .max, thread.nextAlarm, desk.deadline ?? .max)
    if next == .max { return -1 }
    return Int32(clamping: (max(0, next - clinux_monotonic()) + 999_999) / 1_000_000)
  }

  private func advance() {
    actOnTime()
    finishTransfers()
  }

  private func act(_ event: epoll_event) {
    let descriptor = event.data.fd
    // A kept connection that its server closes tells so too; libcurl finds out when it looks for one.
    guard sockets.isWanted(descriptor) else { return }
    let failed = event.events & (CLINUX_EPOLLERR | CLINUX_EPOLLHUP) != 0
    let actions =
      (event.events & CLINUX_EPOLLIN != 0 ? CURL_CSELECT_IN : 0)
      | (event.events & CLINUX_EPOLLOUT != 0 ? CURL_CSELECT_OUT : 0) | (failed ? CURL_CSELECT_ERR : 0)
    var stillRunning: Int32 = 0
    curl_multi_socket_action(multi, descriptor, actions, &stillRunning)
  }

  private func actOnTime() {
    let now = clinux_monotonic()
    thread.alarm(at: now)
    for (hop, step) in desk.expire(at: now) { take(step, hop) }
    guard let due = deadline, due <= now else { return }
    deadline = nil  // libcurl sets the next one in its callback
    var stillRunning: Int32 = 0
    curl_multi_socket_action(multi, CURL_SOCKET_BAD, 0, &stillRunning)  // CURL_SOCKET_TIMEOUT
  }

  /// Whether the thread is to end.
  private func take(_ batch: Inbox.Batch) -> Bool {
    waiting += batch.submitted
    if let limits = batch.limits { apply(limits.transfers, kept: limits.kept) }
    for ticket in batch.abandoned {
      // One that is not running waits, and is passed over when its turn comes.
      if let easy = running.first(where: { $0.value.ticket === ticket })?.key { remove(easy) }
    }
    let now = clinux_monotonic()
    for (name, answer) in batch.answers {
      for hop in desk.learn(name, answer, at: now) { begin(hop, at: now) }
    }
    if batch.hasGivenUp {
      for (easy, transfer) in running where transfer.ticket.finishIfGivenUp() { remove(easy) }
      for ticket in waiting { _ = ticket.finishIfGivenUp() }
      ready.removeAll { $0.hop.ticket.finishIfGivenUp() }
      desk.finishGivenUp()
    }
    if batch.isStopped { abandonAll() }
    for job in batch.jobs { job.runSynchronously(on: thread.asUnownedSerialExecutor()) }
    for call in batch.calls { call() }
    return batch.isEnded
  }

  private func finishTransfers() {
    var left: Int32 = 0
    while let message = curl_multi_info_read(multi, &left) {
      // The message is libcurl's, and gone once the handle is removed.
      guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
      let code = message.pointee.data.result
      guard let transfer = running[easy] else { continue }
      let now = clinux_monotonic()
      let result = transfer.result(code, at: now)
      remove(easy)
      switch result {
      case .finish(let outcome): transfer.ticket.finish(outcome)
      case .follow(let hop): begin(hop, at: now)
      }
    }
  }

  private func startWaiting() {
    let now = clinux_monotonic()
    while !ready.isEmpty, running.count < maxTransfers {
      let (hop, addresses) = ready.removeFirst()
      start(hop, addresses, at: now)
    }
    let count = waiting.count
    var taken = 0
    while taken < count, running.count < maxTransfers {
      let ticket = waiting[taken]
      taken += 1
      begin(Hop(ticket, at: now), at: now)
    }
    waiting.removeFirst(taken)
  }

  private func begin(_ hop: Hop, at now: Int64) {
    guard !hop.ticket.isFinished, !hop.ticket.finishIfGivenUp() else { return }
    take(desk.step(hop, at: now), hop)
  }

  private func take(_ step: HostDesk.Step, _ hop: Hop) {
    switch step {
    case .go(let addresses) where running.count < maxTransfers: start(hop, addresses, at: clinux_monotonic())
    case .go(let addresses): ready.append((hop, addresses))
    case .fail(let error): hop.ticket.finish(.failure(error))
    case .wait: break
    }
  }

  private func start(_ hop: Hop, _ addresses: [NetworkAddress]?, at now: Int64) {
    guard !hop.ticket.isFinished, !hop.ticket.finishIfGivenUp() else { return }
    do throws(FetchError) {
      let easy = try handle(for: hop.prepared.options)
      let transfer = try Transfer(hop, addresses, easy, on: sockets, userAgent: userAgent, at: now)
      guard curl_multi_add_handle(multi, easy.pointer) == CURLM_OK else {
        throw FetchError(.resources, "libcurl has no memory for a transfer")
      }
      running[easy.pointer] = transfer
    } catch {
      hop.ticket.finish(.failure(error))
    }
  }

  private func remove(_ easy: UnsafeMutableRawPointer) {
    guard let transfer = running.removeValue(forKey: easy) else { return }
    curl_multi_remove_handle(multi, easy)
    guard idle.count < Self.mostIdle else { return }
    transfer.easy.transfer = nil
    transfer.easy.dropBody()
    idle.append(transfer.easy)
  }

  /// An idle handle, one with these options if one of the last few has them: to set them all costs more than a header.
  private func handle(for options: TransferOptions) throws(FetchError) -> EasyHandle {
    if let place = idle.suffix(Self.handlesLookedAt).lastIndex(where: { $0.has(options) }) {
      idle.swapAt(place, idle.count - 1)
    }
    return if let kept = idle.popLast() { kept } else { try EasyHandle() }
  }

  private func abandonAll() {
    for (easy, transfer) in running {
      remove(easy)
      transfer.ticket.finish(.failure(.stopped))
    }
    (waiting + ready.map(\.hop.ticket) + desk.takeAll().map(\.ticket)).forEach { $0.finish(.failure(.stopped)) }
    waiting = []
    ready = []
  }
}

// MARK: libcurl's wishes, on this thread, within a call to libcurl

extension CurlLoop {
  private func setCallbacks() -> Bool {
    let context = Unmanaged.passUnretained(self).toOpaque()
    let onSocket: curl_socket_callback = { _, descriptor, wish, context, _ in
      context.map { Unmanaged<CurlLoop>.fromOpaque($0).takeUnretainedValue().sockets.want(descriptor, wish) }
      return 0
    }
    let onTimer: curl_multi_timer_callback = { _, milliseconds, context in
      context.map { Unmanaged<CurlLoop>.fromOpaque($0).takeUnretainedValue().wake(after: milliseconds) }
      return 0
    }
    return ccurl_multi_on_socket(multi, onSocket, context) == CURLM_OK
      && ccurl_multi_on_timer(multi, onTimer, context) == CURLM_OK
      && apply(maxTransfers, kept: keptConnections)
  }

  /// Takes a limit of transfers, and the cache of connections that goes with it.
  @discardableResult
  private func apply(_ limit: Int, kept: Int) -> Bool {
    (maxTransfers, keptConnections) = (limit, kept)
    return ccurl_multi_set_number(multi, CURLMOPT_MAXCONNECTS, limit + kept) == CURLM_OK
  }

  private func wake(after milliseconds: Int) {
    deadline = milliseconds < 0 ? nil : clinux_monotonic() + Int64(milliseconds) * 1_000_000
  }
}
