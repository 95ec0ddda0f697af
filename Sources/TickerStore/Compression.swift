import CZlib

/// Documents made small: zlib's format (RFC 1950). Pure; any thread.
enum Compression {
  /// The fastest level: a page takes a third of the time of the default one and a fifth more space, and it is done at
  /// every poll that finds something changed.
  private static let level: Int32 = 1

  static func compressed(_ bytes: [UInt8]) -> [UInt8] {
    var length = compressBound(uLong(bytes.count))
    let packed = [UInt8](unsafeUninitializedCapacity: Int(length)) { buffer, count in
      let code = compress2(buffer.baseAddress, &length, bytes, uLong(bytes.count), level)
      // With room for compressBound, only memory that is not there can make it fail.
      precondition(code == Z_OK, "zlib could not compress: \(code)")
      count = Int(length)
    }
    return packed
  }

  /// The bytes that were compressed, `size` of them; nil when these are not that.
  static func expanded(_ packed: [UInt8], size: Int) -> [UInt8]? {
    var isWhole = false
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      var length = uLongf(size)
      isWhole = uncompress(buffer.baseAddress, &length, packed, uLong(packed.count)) == Z_OK && Int(length) == size
      count = isWhole ? size : 0
    }
    return isWhole ? bytes : nil
  }
}
