public import TickerModel

/// Whether an endpoint is taken to be up (SPEC §6). A value; its owner is one delivery loop, times are nanoseconds of a
/// monotonic clock. Failures are those of network, server and time; what a receiver refuses shows that it is there.
public struct Circuit: Sendable, Equatable {
  /// What may be sent.
  public enum State: Sendable, Equatable {
    /// Everything.
    case closed
    /// Nothing before this time, then one delivery.
    case open(probeAt: Int64)
    /// One delivery is under way.
    case probing
  }

  /// Between two tries of a receiver that stays down.
  public static let longestWait = Duration.seconds(600)
  /// An endpoint with enough failures in a row, but not yet for long enough, is asked this often within that time.
  static let looksWhileSuspect = 10
  static let longestHold = Duration.seconds(3)

  /// An endpoint that took nothing for so long is given up; a weekend and the two days around it are not enough.
  public static let longestFailing = Duration.seconds(5 * 86_400)
  /// So long before, and again, a person is warned.
  static let warnings = [1, 3, 4].map { Duration.seconds($0 * 86_400) }
  /// Probes of this run before that: days in which the daemon was off say nothing of a receiver.
  public static let fewestProbes = 3

  public var terms: CircuitTerms
  public private(set) var state = State.closed
  /// In a row.
  public private(set) var failures = 0
  /// Probes in a row that found nobody, since the start.
  public private(set) var probes = 0
  /// When the first of them ended.
  private var since: Int64 = 0
  private var last: Int64 = 0
  /// Between the last failure and the one before it.
  private var pause: Duration = .zero
  /// Between the last try and the next.
  public private(set) var wait: Duration = .zero

  /// Closed.
  public init(_ terms: CircuitTerms) { self.terms = terms }

  /// As it was before a restart: open, to be tried at `probeAt`.
  public mutating func reopen(probeAt: Int64, wait: Duration) {
    state = .open(probeAt: probeAt)
    failures = max(failures, terms.failures)
    self.wait = wait
    last = probeAt - wait.wholeNanoseconds
  }

  public var isClosed: Bool { state == .closed }

  /// First attempts wait until then, one at a time: it looks down, and every further failure would be a row on disk.
  public var heldUntil: Int64? {
    guard isClosed, failures >= terms.failures else { return nil }
    return last + min(terms.over / Self.looksWhileSuspect, Self.longestHold).wholeNanoseconds
  }

  /// One delivery tries. The circuit is open, and the time has come.
  public mutating func probe() {
    guard case .open = state else { preconditionFailure("a probe of a circuit that is not open") }
    state = .probing
  }

  /// Nothing is known of the probe, or there was nothing to send.
  public mutating func abandonProbe(at now: Int64) {
    if state == .probing { state = .open(probeAt: now) }
  }

  /// The receiver answered; true when that closed the circuit.
  public mutating func answered() -> Bool {
    let wasOpen = !isClosed
    state = .closed
    failures = 0
    probes = 0
    wait = .zero
    return wasOpen
  }

  /// A delivery failed at `now`; true when that opened the circuit.
  public mutating func failed(at now: Int64) -> Bool {
    if failures == 0 { since = now }
    failures += 1
    pause = .nanoseconds(now - last)
    last = now
    switch state {
    case .probing:
      probes += 1
      wait = min(wait * 2, max(Self.longestWait, terms.probe))
      state = .open(probeAt: now + wait.wholeNanoseconds)
      return false
    case .open: return false
    case .closed:
      guard failures >= terms.failures, now - since >= terms.over.wholeNanoseconds else { return false }
      wait = terms.probe
      state = .open(probeAt: now + wait.wholeNanoseconds)
      return true
    }
  }
}

extension Circuit {
  /// Whether a receiver that took nothing for so long is to be left alone until a person enables it.
  public func isHopeless(failingFor duration: Duration) -> Bool {
    duration > Self.longestFailing && probes >= Self.fewestProbes
  }

  /// For how long, when a person is to be warned of a receiver that took nothing for `duration` at its last failure: once
  /// for each of three days, at the first failure behind it, and over restarts.
  public func warning(failingFor duration: Duration) -> Duration? {
    Self.warnings.last { $0 <= duration && $0 > duration - pause }
  }
}

extension Duration {
  /// Whole nanoseconds; what is configured is far from the limit.
  var wholeNanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }
}
