import Synchronization
public import TickerModel

/// Both sockets (SPEC §5) on one event loop: subscribers as positions in the log, commands and their answers.
/// Every function may be called from any thread.
public final class SocketServer: Sendable {
  /// The longest time that `stop` waits for readers: a service's stop has five seconds in all.
  public static let longestFlush = Duration.seconds(2)

  private let settings: SocketSettings
  private let loop: EventLoop
  private let epoch: String
  let subscribers: Subscribers
  /// Announced and not yet taken by the loop, oldest first.
  private let pending = Mutex<[EncodedEvent]>([])

  /// `tail` is the sequence before the oldest event of the log, `head` the newest (both equal when it is empty).
  /// Without a `keeper`, connections end with this process.
  public init(
    settings: SocketSettings, loop: EventLoop, epoch: String, tail: Int64, head: Int64, services: SocketServices,
    keeper: ConnectionKeeper? = nil
  ) {
    self.settings = settings
    self.loop = loop
    self.epoch = epoch
    subscribers = Subscribers(
      settings: settings, loop: loop, epoch: epoch, tail: tail, head: head, services: services,
      keeper: keeper)
  }

  /// Binds both paths and accepts. Fails, with nothing left open, when a path is taken, too long or not writable.
  public func open() throws(SocketError) {
    let control = try Listener(path: settings.controlPath, mode: settings.mode)
    do throws(SocketError) {
      listen(control: control, live: try Listener(path: settings.livePath, mode: settings.mode))
    } catch {
      control.close()
      throw error
    }
  }

  /// Accepts on sockets that listen already, handed in by a service manager; a nil one is bound here.
  public func open(control: Int32?, live: Int32?) throws(SocketError) {
    let first = try listener(control, settings.controlPath)
    do throws(SocketError) {
      listen(control: first, live: try listener(live, settings.livePath))
    } catch {
      first.close()
      throw error
    }
  }

  /// Goes on with connections of the process before: exactly where they stood after an orderly stop, else from their
  /// last recorded positions, behind an empty line that ends a cut one. Call before ``open(control:live:)``.
  public func adopt(_ kept: [KeptConnection]) {
    loop.post { [subscribers] in subscribers.adopt(kept) }
  }

  /// Tells everybody what was just recorded: ascending, following on what was announced before. Never blocks. What
  /// was announced already is ignored; what an announcement leaves out is read from the log.
  public func announce(_ records: [LogRecord]) {
    guard !records.isEmpty else { return }
    let events = records.map { EncodedEvent($0, epoch: epoch) }
    let isFirst = pending.withLock { pending in
      let wasEmpty = pending.isEmpty
      pending += events
      // More than the ring holds would only pass through it; the log has them.
      if pending.count > settings.ringCapacity { pending.removeFirst(pending.count - settings.ringCapacity) }
      return wasEmpty
    }
    guard isFirst else { return }
    loop.post { [self] in subscribers.announce(takePending()) }
  }

  /// Retention has pruned up to `tail`, included.
  public func update(tail: Int64) {
    loop.post { [subscribers] in subscribers.update(tail: tail) }
  }

  /// Takes another limit of connections; those that are there stay.
  public func update(maxSubscribers: Int) {
    loop.post { [subscribers] in subscribers.update(limit: maxSubscribers) }
  }

  /// Takes another group of administrators; nil for none.
  public func update(administrators: UInt32?) {
    loop.post { [subscribers] in subscribers.administrators = administrators }
  }

  /// Connections of both sockets at this moment.
  public var subscriberCount: Int { subscribers.count.load(ordering: .relaxed) }

  /// Stops accepting and removes the sockets' files, lets readers take what there is for at most `flush` (cut to
  /// ``longestFlush``), says `bye` and closes; kept connections are left as they are, once their places are recorded.
  /// `completion` is called once, on the loop's thread.
  public func stop(flush: Duration, completion: @escaping @Sendable () -> Void) {
    let flush = min(flush, Self.longestFlush)
    loop.post { [self] in
      // What was announced before the stop is still news.
      subscribers.announce(takePending())
      subscribers.stop(flush: flush, completion)
    }
  }
}

extension SocketServer {
  /// Bytes that connections hold back, all together. On the loop's thread only.
  var unsentBytes: Int { subscribers.connections.values.reduce(0) { $0 + $1.outbox.count } }

  private func listener(_ descriptor: Int32?, _ path: String) throws(SocketError) -> Listener {
    if let descriptor { try Listener(handedIn: descriptor) } else { try Listener(path: path, mode: settings.mode) }
  }

  private func listen(control: Listener, live: Listener) {
    loop.post { [subscribers] in
      subscribers.listen(control, .control)
      subscribers.listen(live, .live)
    }
  }

  private func takePending() -> [EncodedEvent] {
    pending.withLock { pending in
      defer { pending = [] }
      return pending
    }
  }
}
