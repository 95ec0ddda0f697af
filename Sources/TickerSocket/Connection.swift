import CLinux
import Glibc

/// One client. Belongs to the loop's thread; ``Subscribers`` closes its descriptor.
final class Connection {
  enum Kind {
    /// `tickerd.sock`: commands and answers.
    case control
    /// `live.sock`: events only, nothing read.
    case live
  }

  // What every announcement looks at stands first, in one or two lines of the processor's cache; small values stand
  // together, since there are thousands of connections.

  let descriptor: Int32
  let kind: Kind
  /// False from a full socket to the next EPOLLOUT.
  var writable = true
  var isClosed = false
  /// Nothing is written any more: another process goes on.
  var isFrozen = false
  /// Commands wait in `input` or in the socket until they may be obeyed.
  var isHeld = false
  /// The only one of ``subscriptions``; nil when there are none, or several.
  private(set) var onlySubscription: Subscription?
  var outbox = Outbox()
  var subscriptions: [Subscription] = [] {
    didSet { onlySubscription = subscriptions.count == 1 ? subscriptions.first : nil }
  }
  /// There may be input that was not read yet.
  var readable = false
  /// It stands in the queue of connections that have something to do.
  var isQueued = false
  /// The loop tells when there is room to write.
  var watchesRoom = false
  /// A copy of its descriptor lies with the service manager, so that it outlives this process.
  var isKept = false
  /// Which subscription writes first in the next turn.
  var turn: UInt8 = 0
  /// Commands handed to the daemon and not answered yet: those that change something, and the others. Each is at most
  /// ``Subscribers/mostPending``.
  var pendingActions: UInt8 = 0
  var pendingQuestions: UInt8 = 0
  let peer: Peer
  let number: Int
  /// Nanoseconds of the monotonic clock.
  let began: Int64
  var input = LineBuffer()
  /// Its place in the line-up.
  var place = 0
  var lastSubscription = 0
  /// Until when no command is obeyed, because there were far too many; nanoseconds of the monotonic clock.
  var heldUntil: Int64 = .min
  /// Since when data waits and no byte was taken, in nanoseconds of the monotonic clock; nil when nothing waits.
  var waitingSince: Int64?
  /// When the present unfinished command line began.
  var lineBegan: Int64?
  var timer: (id: TimerID, deadline: Int64)?
  /// Tells whether it moved since it was recorded last.
  var savedMark: Int?
  /// The line whose rest waits in the outbox.
  var cut: (subscription: Int, sequence: Int64)?
  private var commandWindow: (began: Int64, count: Int) = (0, 0)

  init(number: Int, descriptor: Int32, kind: Kind, peer: Peer, now: Int64) {
    self.number = number
    self.descriptor = descriptor
    self.kind = kind
    self.peer = peer
    began = now
  }

  /// Counts a command; how many there were in this second, and when the next one begins.
  func countCommand(now: Int64) -> (count: Int, nextWindow: Int64) {
    let second: Int64 = 1_000_000_000
    if now - commandWindow.began >= second { commandWindow = (now, 0) }
    commandWindow.count += 1
    return (commandWindow.count, commandWindow.began + second)
  }

  /// Under which its descriptor is kept; ``ConnectionKeeper/longestName`` bounds it.
  var name: String { "\(kind == .live ? "l" : "c")\(number)" }

  func subscription(_ number: Int) -> Subscription? { subscriptions.first { $0.number == number } }

  /// Bytes were taken: a stall begins anew.
  func taken(now: Int64) {
    if waitingSince != nil { waitingSince = now }
  }

  /// Sends what is in the outbox as far as the socket takes it; false when the connection is gone.
  func flush(now: Int64) -> Bool {
    while writable, !outbox.isEmpty {
      switch outbox.send(to: descriptor) {
      case .bytes: taken(now: now)
      case .full: writable = false
      case .broken: return false
      }
    }
    if outbox.isEmpty { cut = nil }
    return true
  }
}
