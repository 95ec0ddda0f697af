/// White space folding over UTF-8. Pure.
enum Folding {
  /// `bytes`, valid UTF-8, with white space (Unicode's White_Space) trimmed and each run inside made one space, and C1
  /// control characters read as windows-1252, which their authors meant.
  static func text(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var gap = false
    var index = 0
    while index < bytes.count {
      let byte = bytes[index]
      let space = spaceLength(bytes, at: index)
      if space > 0 {
        gap = !result.isEmpty
        index += space
        continue
      }
      if gap { result.append(UInt8(ascii: " ")) }
      gap = false
      if byte == 0xC2, index + 1 < bytes.count, (0x80...0x9F).contains(bytes[index + 1]) {
        Windows1252.append(bytes[index + 1], to: &result)
        index += 2
      } else {
        result.append(byte)
        index += 1
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// Bytes of the white space at `index`, 0 when there is none. U+0085 is none here: it is windows-1252's ellipsis.
  private static func spaceLength(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> Int {
    let byte = bytes[index]
    if byte <= 0x20 { return byte == 0x20 || (0x09...0x0D).contains(byte) ? 1 : 0 }
    guard byte >= 0xC2, index + 1 < bytes.count else { return 0 }
    if byte == 0xC2 { return bytes[index + 1] == 0xA0 ? 2 : 0 }
    guard (0xE1...0xE3).contains(byte), index + 2 < bytes.count else { return 0 }
    switch (byte, bytes[index + 1], bytes[index + 2]) {
    case (0xE1, 0x9A, 0x80): return 3  // Ogham space
    case (0xE2, 0x80, 0x80...0x8A), (0xE2, 0x80, 0xA8...0xA9), (0xE2, 0x80, 0xAF), (0xE2, 0x81, 0x9F): return 3
    case (0xE3, 0x80, 0x80): return 3  // ideographic space
    default: return 0
    }
  }
}
