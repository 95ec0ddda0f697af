/// gzip (RFC 1952) written by hand, so that a test needs no compressor.
public enum Gzip {
  private static let head: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF]

  /// `bytes` (at most 65,535) in one stored block.
  public static func stored(_ bytes: [UInt8]) -> [UInt8] {
    let length = UInt16(bytes.count)
    let block = [1, UInt8(length & 0xFF), UInt8(length >> 8), UInt8(~length & 0xFF), UInt8(~length >> 8)]
    return head + block + bytes + littleEndian(checksum(bytes)) + littleEndian(UInt32(bytes.count))
  }

  /// Zeros without end as far as any reader is concerned: `count` copies of 258 bytes from one byte back, 13 bits each.
  public static func bomb(matches count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    var pending: UInt32 = 0
    var width: UInt32 = 0
    func put(_ bits: UInt32, _ count: UInt32) {
      pending |= bits << width
      width += count
      while width >= 8 {
        bytes.append(UInt8(pending & 0xFF))
        pending >>= 8
        width -= 8
      }
    }
    put(0b011, 3)  // last block, fixed codes (RFC 1951 §3.2.6)
    put(0b0000_1100, 8)  // the literal 0 is 00110000, sent from its top bit
    for _ in 0..<count { put(0b1010_0011, 13) }  // length 258 is 11000101, distance 1 is 00000
    put(0, 7)  // end of block
    put(0, 7)
    return head + bytes + [0, 0, 0, 0, 0, 0, 0, 0]
  }

  private static func littleEndian(_ value: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(value >> (8 * UInt32($0)) & 0xFF) }
  }

  private static func checksum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(UInt32.max) { sum, byte in
      (0..<8).reduce(sum ^ UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
    }
  }
}
