/// Bytes as text and back: base64 (RFC 4648 §4), Crockford's base32, hexadecimal. Pure; any thread.
public enum BinaryText {
  /// Standard alphabet, padded.
  public static func base64(_ bytes: [UInt8]) -> String {
    let length = (bytes.count + 2) / 3 * 4
    return String(unsafeUninitializedCapacity: length) { text in
      for group in 0..<length / 4 {
        let start = group * 3
        let count = min(3, bytes.count - start)
        let byte = { (place: Int) in place < count ? UInt32(bytes[start + place]) : 0 }
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2)
        for place in 0..<4 {
          let digit = base64Alphabet[Int(bits >> UInt32(18 - 6 * place) & 63)]
          text[group * 4 + place] = place <= count ? digit : UInt8(ascii: "=")
        }
      }
      return length
    }
  }

  /// The bytes of standard, padded base64; nil for anything else.
  public static func bytes(base64 text: String) -> [UInt8]? {
    let digits = Array(text.utf8)
    guard digits.count.isMultiple(of: 4) else { return nil }
    let padding = digits.reversed().prefix { $0 == UInt8(ascii: "=") }.count
    guard padding <= 2 else { return nil }
    var bytes: [UInt8] = []
    var bits: UInt32 = 0
    for (index, digit) in digits.dropLast(padding).enumerated() {
      guard let value = base64Alphabet.firstIndex(of: digit) else { return nil }
      bits = bits << 6 | UInt32(value)
      if index % 4 == 3 {
        bytes += [
          UInt8(truncatingIfNeeded: bits >> 16), UInt8(truncatingIfNeeded: bits >> 8), UInt8(truncatingIfNeeded: bits),
        ]
        bits = 0
      }
    }
    if padding == 1 { bytes += [UInt8(truncatingIfNeeded: bits >> 10), UInt8(truncatingIfNeeded: bits >> 2)] }
    if padding == 2 { bytes.append(UInt8(truncatingIfNeeded: bits >> 4)) }
    return bytes
  }

  /// As ``bytes(base64:)``, also without the padding at the end, and whatever the bits are that no byte takes.
  public static func bytes(looseBase64 text: String) -> [UInt8]? {
    let padding = (4 - text.utf8.count % 4) % 4
    // A single digit holds no byte.
    return padding == 3 ? nil : bytes(base64: text + String(repeating: "=", count: padding))
  }

  /// The first `characters` × 5 bits of `bytes`, most significant first, in Crockford's alphabet (no I, L, O, U).
  public static func crockford(_ bytes: [UInt8], characters: Int) -> String {
    precondition(bytes.count * 8 >= characters * 5)
    var text: [UInt8] = []
    text.reserveCapacity(characters)
    var pending: UInt32 = 0
    var width: UInt32 = 0
    for byte in bytes where text.count < characters {
      pending = pending << 8 | UInt32(byte)
      width += 8
      while width >= 5, text.count < characters {
        width -= 5
        text.append(crockfordAlphabet[Int(pending >> width & 31)])
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// Lower-case hexadecimal.
  public static func hex(_ bytes: some Collection<UInt8>) -> String {
    String(unsafeUninitializedCapacity: bytes.count * 2) { text in
      var end = 0
      for byte in bytes {
        text[end] = hexAlphabet[Int(byte >> 4)]
        text[end + 1] = hexAlphabet[Int(byte & 15)]
        end += 2
      }
      return end
    }
  }

  static let hexAlphabet = Array("0123456789abcdef".utf8)
  private static let base64Alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  private static let crockfordAlphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)
}
