/// The encoding that unlabelled pages are in when they are not UTF-8, as the web platform defines it
/// (https://encoding.spec.whatwg.org/#windows-1252): every byte is a character. Pure.
enum Windows1252 {
  /// What stands where Latin 1 has the control characters 0x80 to 0x9F; five stay control characters.
  private static let upper: [UInt16] = [
    0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D, 0x017D,
    0x8F,
    0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D, 0x017E,
    0x0178,
  ]

  /// The character meant by a number: authors write `&#146;` and mean the byte
  /// (https://html.spec.whatwg.org/multipage/parsing.html#numeric-character-reference-end-state).
  static func corrected(_ number: UInt32) -> UInt32 {
    (0x80...0x9F).contains(number) ? UInt32(upper[Int(number) - 0x80]) : number
  }

  static func append(_ byte: UInt8, to utf8: inout [UInt8]) {
    let value = UInt16(truncatingIfNeeded: corrected(UInt32(byte)))
    switch value {
    case 0..<0x80: utf8.append(byte)
    case 0x80..<0x800: utf8 += [0xC0 | UInt8(value >> 6), 0x80 | UInt8(value & 0x3F)]
    default: utf8 += [0xE0 | UInt8(value >> 12), 0x80 | UInt8(value >> 6 & 0x3F), 0x80 | UInt8(value & 0x3F)]
    }
  }
}
