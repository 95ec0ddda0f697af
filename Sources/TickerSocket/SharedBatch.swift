import CLinux
import Glibc

/// Lines that many subscribers are to get, written once behind each other, so that each of them costs one send(2) and
/// nothing else. Belongs to the loop's thread, for the time of one announcement.
final class SharedBatch {
  private let filter: SharedFilter
  private let number: Int
  /// The position of those it is for.
  private let from: Int64
  /// Where they stand behind it.
  private(set) var to: Int64
  private var start: UnsafeMutableRawPointer
  private var capacity: Int
  private(set) var count = 0
  /// Of each line, where it ends and its event.
  private var lines: ContiguousArray<(end: Int, sequence: Int64)> = []

  /// What a subscription at `from` gets next from `ring`, at most as much as one turn may take.
  init(_ subscription: Subscription, ring: borrowing Ring) {
    filter = subscription.shared
    number = subscription.number
    from = subscription.position
    to = from
    capacity = 4096
    start = .allocate(byteCount: capacity, alignment: 1)
    let end = min(ring.head, from + Int64(LineBatch.mostExamined))
    while to < end, lines.count < LineBatch.mostLines, count < LineBatch.mostBytes {
      to += 1
      if let event = ring[to], filter.passes(event) { add(subscription.opening, event) }
    }
  }

  deinit { start.deallocate() }

  var lineCount: Int { lines.count }

  func isFor(_ subscription: Subscription) -> Bool {
    subscription.position == from && subscription.shared === filter && subscription.number == number
  }

  /// Bytes taken, or -1 with errno.
  func send(to descriptor: Int32) -> Int {
    while true {
      let taken = Glibc.send(descriptor, start, count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
      if taken >= 0 || errno != EINTR { return taken }
    }
  }

  /// After `taken` bytes, fewer than all: the event of the last line that was begun (nil when none was), how many lines
  /// that makes, and what is left of it.
  func remainder(after taken: Int) -> (begun: Int64?, lines: Int, rest: [UInt8]) {
    guard taken > 0 else { return (nil, 0, []) }
    let index = lines.firstIndex { $0.end >= taken } ?? lines.count - 1
    let rest = UnsafeRawBufferPointer(start: start + taken, count: lines[index].end - taken)
    return (lines[index].sequence, index + 1, Array(rest))
  }

  private func add(_ opening: FixedBytes, _ event: EncodedEvent) {
    let size = opening.count + event.line.count
    if count + size > capacity { grow(to: 2 * (count + size)) }
    (start + count).copyMemory(from: opening.start, byteCount: opening.count)
    (start + count + opening.count).copyMemory(from: event.line.start, byteCount: event.line.count)
    count += size
    lines.append((end: count, sequence: event.sequence))
  }

  private func grow(to more: Int) {
    let grown = UnsafeMutableRawPointer.allocate(byteCount: more, alignment: 1)
    grown.copyMemory(from: start, byteCount: count)
    start.deallocate()
    start = grown
    capacity = more
  }
}
