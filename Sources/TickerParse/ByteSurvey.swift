/// What kinds of bytes a text holds, eight looked at together. Pure.
struct ByteSurvey {
  /// Whether all are below 0x80.
  let isASCII: Bool
  /// Whether there are C0 controls other than tab and line ends, or DEL.
  let hasControls: Bool

  init(_ bytes: UnsafeBufferPointer<UInt8>) {
    let raw = UnsafeRawBufferPointer(bytes)
    var high: UInt64 = 0
    var isHidden = false
    var index = 0
    while index + 8 <= raw.count {
      let word = raw.loadUnaligned(fromByteOffset: index, as: UInt64.self)
      high |= word
      // A borrow can make the byte above look small too; the second look, byte by byte, is exact.
      let delete = word ^ Self.each(0x7F)
      let small = (word &- Self.each(0x20)) & ~word | (delete &- Self.each(0x01)) & ~delete
      if small & Self.each(0x80) != 0 { isHidden = isHidden || bytes[index..<index + 8].contains(where: Self.isHidden) }
      index += 8
    }
    for byte in bytes[index...] {
      high |= UInt64(byte)
      isHidden = isHidden || Self.isHidden(byte)
    }
    isASCII = high & Self.each(0x80) == 0
    hasControls = isHidden
  }

  private static func each(_ byte: UInt64) -> UInt64 { byte &* 0x0101_0101_0101_0101 }

  private static func isHidden(_ byte: UInt8) -> Bool {
    byte < 0x20 && byte != 0x09 && byte != 0x0A && byte != 0x0D || byte == 0x7F
  }
}
