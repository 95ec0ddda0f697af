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

/// Lines behind each other, as a subscription is told them, so that any number of subscribers costs one send(2) each.
/// Pure value but for ``send(from:to:to:)``; a copy shares the bytes.
struct LineBlock: Sendable {
  /// Lines and bytes that one turn tells: enough that the call is worth it, few enough that a hungry reader waits its
  /// turn.
  static let mostLines = 64
  static let mostBytes = 256 << 10

  private struct Line {
    let end: Int
    let sequence: Int64
  }

  private var bytes: [UInt8] = []
  private var lines: [Line] = []

  var count: Int { lines.count }
  var isEmpty: Bool { lines.isEmpty }
  /// A turn may tell no more.
  var isFull: Bool { lines.count >= Self.mostLines || bytes.count >= Self.mostBytes }

  /// Behind the others; `sequence` is greater than theirs.
  mutating func append(opening: [UInt8], line: [UInt8], sequence: Int64) {
    bytes += opening
    bytes += line
    lines.append(Line(end: bytes.count, sequence: sequence))
  }

  /// The event of a line.
  func sequence(of line: Int) -> Int64 { lines[line].sequence }

  /// The first line whose event comes after `sequence`; ``count`` when there is none.
  func firstLine(after sequence: Int64) -> Int {
    var (low, high) = (0, lines.count)
    while low < high {
      let middle = (low + high) / 2
      if lines[middle].sequence > sequence { high = middle } else { low = middle + 1 }
    }
    return low
  }

  /// Bytes of the lines from `first` up to `end`, excluded.
  func size(from first: Int, to end: Int) -> Int { first < end ? lines[end - 1].end - start(of: first) : 0 }

  /// Sends what the socket takes of these lines at once.
  func send(from first: Int, to end: Int, to descriptor: Int32) -> Sent {
    let (start, size) = (start(of: first), size(from: first, to: end))
    return bytes.withUnsafeBytes { bytes in
      while true {
        let taken = Glibc.send(
          descriptor, bytes.baseAddress.map { $0 + start }, size, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
        if taken >= 0 || errno != EINTR { return Sent(taken, errno: errno) }
      }
    }
  }

  /// After `taken` bytes of the lines from `first` on, fewer than all: the last line that was begun (nil when none was),
  /// and what is left of it.
  func remainder(after taken: Int, from first: Int) -> (begun: Int?, rest: [UInt8]) {
    guard taken > 0 else { return (nil, []) }
    let position = start(of: first) + taken
    var (low, high) = (first, lines.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if lines[middle].end >= position { high = middle } else { low = middle + 1 }
    }
    return (low, Array(bytes[position..<lines[low].end]))
  }

  private func start(of line: Int) -> Int { line > 0 ? lines[line - 1].end : 0 }
}
