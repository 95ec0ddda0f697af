/// What kinds of bytes a text holds. Pure.
struct ByteSurvey {
  /// Whether all are below 0x80.
  let isASCII: Bool
  /// Whether there are C0 controls other than tab and line ends, or DEL.
  let hasControls: Bool

  init(_ bytes: UnsafeBufferPointer<UInt8>) {
    var highest: UInt8 = 0
    var hidden: UInt8 = 0
    // Without branches, so that the compiler looks at sixteen bytes together.
    for byte in bytes {
      highest |= byte
      let isLow: UInt8 = byte < 0x20 ? 1 : 0
      let isLine: UInt8 = (byte == 0x09 ? 1 : 0) | (byte == 0x0A ? 1 : 0) | (byte == 0x0D ? 1 : 0)
      hidden |= isLow & ~isLine | (byte == 0x7F ? 1 : 0)
    }
    isASCII = highest < 0x80
    hasControls = hidden & 1 != 0
  }
}
