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

  private let pieces: UnsafeMutablePointer<iovec> = .allocate(capacity: 2 * mostLines)
  private let sequences: UnsafeMutablePointer<Int64> = .allocate(capacity: mostLines)
  private(set) var lines = 0
  private(set) var bytes = 0

  init() {
    pieces.initialize(repeating: iovec(), count: 2 * Self.mostLines)
    sequences.initialize(repeating: 0, count: Self.mostLines)
  }

  deinit {
    pieces.deallocate()
    sequences.deallocate()
  }

  var isFull: Bool { lines == Self.mostLines || bytes >= Self.mostBytes }

  func clear() {
    lines = 0
    bytes = 0
  }

  /// `opening` and the event must live, unchanged, until ``send(to:)`` and ``remainder(after:)`` are done.
  func add(opening: FixedBytes, _ event: EncodedEvent) {
    pieces[2 * lines] = iovec(iov_base: opening.start, iov_len: opening.count)
    pieces[2 * lines + 1] = iovec(iov_base: event.line.start, iov_len: event.line.count)
    sequences[lines] = event.sequence
    lines += 1
    bytes += opening.count + event.line.count
  }

  func send(to descriptor: Int32) -> Sent {
    while true {
      let result = clinux_send(descriptor, pieces, 2 * lines)
      if result >= 0 || errno != EINTR { return Sent(result, errno: errno) }
    }
  }

  /// After `taken` bytes, fewer than all: the sequence of the last line that was begun (nil when none was), and what
  /// is left of it.
  func remainder(after taken: Int) -> (begun: Int64?, rest: [UInt8]) {
    var end = 0
    for line in 0..<lines {
      let start = end
      end += pieces[2 * line].iov_len + pieces[2 * line + 1].iov_len
      if taken == start { return (line > 0 ? sequences[line - 1] : nil, []) }
      if taken < end { return (sequences[line], rest(of: line, from: taken - start)) }
    }
    return (lines > 0 ? sequences[lines - 1] : nil, [])
  }

  private func rest(of line: Int, from offset: Int) -> [UInt8] {
    let opening = UnsafeRawBufferPointer(start: pieces[2 * line].iov_base, count: pieces[2 * line].iov_len)
    let event = UnsafeRawBufferPointer(start: pieces[2 * line + 1].iov_base, count: pieces[2 * line + 1].iov_len)
    return Array(opening.dropFirst(offset)) + Array(event.dropFirst(max(0, offset - opening.count)))
  }
}
