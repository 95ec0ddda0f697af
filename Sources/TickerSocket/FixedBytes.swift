/// Bytes at a fixed address, so that a sendmsg(2) can point at many of them without copying.
/// Written once in `init`; any thread.
final class FixedBytes: @unchecked Sendable {  // the memory is never written after `init`
  let start: UnsafeMutableRawPointer
  let count: Int

  init(_ parts: [UInt8]...) {
    count = parts.reduce(0) { $0 + $1.count }
    start = .allocate(byteCount: max(count, 1), alignment: 1)
    var offset = 0
    for part in parts {
      part.withUnsafeBytes {
        if let from = $0.baseAddress { (start + offset).copyMemory(from: from, byteCount: $0.count) }
      }
      offset += part.count
    }
  }

  deinit { start.deallocate() }

  /// A copy of the bytes from `offset` on, but for the last `dropped`.
  func copy(from offset: Int = 0, dropping dropped: Int = 0) -> [UInt8] {
    // The pointer must not outlive the object that owns the memory.
    withExtendedLifetime(self) {
      Array(UnsafeRawBufferPointer(start: start, count: count).dropFirst(offset).dropLast(dropped))
    }
  }
}
