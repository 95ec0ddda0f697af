import CLinux
import Glibc

/// What became of an attempt to send.
enum Sent: Equatable {
  /// So many bytes; fewer than offered means that the socket is full.
  case bytes(Int)
  case full
  /// The connection is gone.
  case broken

  init(_ result: Int, errno code: Int32) {
    if result >= 0 { self = .bytes(result) } else { self = code == EAGAIN || code == EWOULDBLOCK ? .full : .broken }
  }
}

/// Lines of one subscription, gathered for one sendmsg(2): two pieces each, neither copied. Reused for every send;
/// belongs to the loop's thread.
final class LineBatch {
  /// Lines and bytes of one turn: enough that the call is worth it, few enough that a hungry reader waits its turn.
  static let mostLines = 64
  static let mostBytes = 256 << 10
  /// Events looked at in one turn; a filter that lets few through must not hold the others up.
  static let mostExamined = 256

  private let pieces: UnsafeMutablePointer<iovec> = .allocate(capacity: 2 * mostLines)
  /// The pieces point into these; the batch keeps them alive, wherever they came from.
  private var opening: FixedBytes?
  private var events: [EncodedEvent] = []
  private(set) var bytes = 0

  init() {
    pieces.initialize(repeating: iovec(), count: 2 * Self.mostLines)
    events.reserveCapacity(Self.mostLines)
  }

  deinit { pieces.deallocate() }

  var lines: Int { events.count }
  var isFull: Bool { lines == Self.mostLines || bytes >= Self.mostBytes }

  func clear() {
    events.removeAll(keepingCapacity: true)
    bytes = 0
  }

  /// All lines of a batch have the same opening.
  func add(opening: FixedBytes, _ event: EncodedEvent) {
    self.opening = opening
    pieces[2 * lines] = iovec(iov_base: opening.start, iov_len: opening.count)
    pieces[2 * lines + 1] = iovec(iov_base: event.line.start, iov_len: event.line.count)
    events.append(event)
    bytes += opening.count + event.line.count
  }

  func send(to descriptor: Int32) -> Sent {
    while true {
      let result = clinux_send(descriptor, pieces, 2 * lines)
      if result >= 0 || errno != EINTR { return Sent(result, errno: errno) }
    }
  }

  /// How many of them are of events up to this one.
  func lines(upTo sequence: Int64) -> Int { events.count { $0.sequence <= sequence } }

  /// After `taken` bytes, fewer than all: the sequence of the last line that was begun (nil when none was), and what
  /// is left of it.
  func remainder(after taken: Int) -> (begun: Int64?, rest: [UInt8]) {
    var end = 0
    for line in 0..<lines {
      let start = end
      end += pieces[2 * line].iov_len + pieces[2 * line + 1].iov_len
      if taken == start { return (line > 0 ? events[line - 1].sequence : nil, []) }
      if taken < end { return (events[line].sequence, rest(of: line, from: taken - start)) }
    }
    return (events.last?.sequence, [])
  }

  private func rest(of line: Int, from offset: Int) -> [UInt8] {
    guard let opening else { return [] }
    return opening.copy(from: offset) + events[line].line.copy(from: max(0, offset - opening.count))
  }
}
