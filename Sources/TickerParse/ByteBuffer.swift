/// Memory for bytes that is filled, read and emptied again and again while a document is read; it grows and never
/// shrinks. One owner, one thread.
struct ByteBuffer: ~Copyable {
  private var start: UnsafeMutablePointer<UInt8>
  private var capacity: Int
  private(set) var count = 0

  init(capacity: Int = 1024) {
    self.capacity = capacity
    start = .allocate(capacity: capacity)
  }

  deinit { start.deallocate() }

  var isEmpty: Bool { count == 0 }

  /// What stands in it; valid until the next change.
  var bytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: start, count: count) }

  mutating func removeAll() { count = 0 }

  mutating func append(_ byte: UInt8) {
    if count == capacity { grow(by: 1) }
    start[count] = byte
    count += 1
  }

  mutating func append(_ bytes: UnsafePointer<UInt8>, count added: Int) {
    if added > capacity - count { grow(by: added) }
    (start + count).update(from: bytes, count: added)
    count += added
  }

  mutating func append(_ scalar: Unicode.Scalar) {
    if scalar.isASCII { append(UInt8(scalar.value)) } else { UTF8.encode(scalar) { append($0) } }
  }

  mutating func append(_ text: String) {
    for byte in text.utf8 { append(byte) }
  }

  /// At most `longest` bytes as text, cut before a character that would not fit.
  func text(longest: Int = .max) -> String {
    var end = min(count, longest)
    while end > 0, end < count, start[end] & 0xC0 == 0x80 { end -= 1 }
    return String(decoding: UnsafeBufferPointer(start: start, count: end), as: UTF8.self)
  }

  private mutating func grow(by added: Int) {
    let roomier = max(capacity * 2, count + added)
    let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: roomier)
    larger.update(from: start, count: count)
    start.deallocate()
    (start, capacity) = (larger, roomier)
  }
}
