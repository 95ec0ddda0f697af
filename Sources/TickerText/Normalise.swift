import CUnicode
import Glibc

/// Text made comparable, and text made tidy. Pure; any thread.
public enum Normalise {
  /// The comparison form of a headline: NFKC, case folding, default-ignorable and bidi characters removed,
  /// quotes and dashes unified, white space folded and trimmed. Two headlines that a reader takes for the same
  /// have the same form; the form itself is never shown.
  public static func comparable(_ text: String) -> [UInt8] {
    var text = text
    if let ascii = text.withUTF8(asciiComparable) { return ascii }
    var unified: [UInt8] = []
    unified.reserveCapacity(text.utf8.count + 8)
    for scalar in text.unicodeScalars { append(unify(scalar), to: &unified) }
    return foldSpaces(compatibilityCaseFold(unified))
  }

  /// NFKD, case folding, default-ignorable and bidi characters removed: how names are compared of which accents may be
  /// left out.
  public static func decomposed(_ text: String) -> String {
    if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.lowercased() }
    return String(decoding: caseFold(Array(text.utf8), UTF8PROC_DECOMPOSE), as: UTF8.self)
  }

  /// White space (Unicode's White_Space) at the ends dropped, each run inside made one space.
  public static func foldWhitespace(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    var gap = false
    for scalar in text.unicodeScalars {
      if scalar.properties.isWhitespace {
        gap = true
      } else {
        if gap, !result.isEmpty { result.append(" ") }
        gap = false
        result.append(scalar)
      }
    }
    return String(result)
  }
}

extension Normalise {
  private static let space = UInt8(ascii: " ")

  /// The whole work for plain ASCII, which most wires are; nil when `bytes` hold anything else.
  private static func asciiComparable(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var gap = false
    for byte in bytes {
      switch byte {
      case 0x80...: return nil
      case space, 0x09...0x0D:
        gap = true
        continue
      case UInt8(ascii: "`"): append(UInt8(ascii: "'"), after: &gap, to: &result)
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): append(byte | 0x20, after: &gap, to: &result)
      default: append(byte, after: &gap, to: &result)
      }
    }
    return result
  }

  private static func append(_ byte: UInt8, after gap: inout Bool, to result: inout [UInt8]) {
    if gap, !result.isEmpty { result.append(space) }
    gap = false
    result.append(byte)
  }

  /// Unified before NFKC, which would take some of these apart (U+00B4 becomes a space and an accent).
  private static func unify(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    switch scalar.value {
    case 0..<0x60: scalar.properties.isWhitespace ? " " : scalar
    case 0x60, 0xB4, 0x2018...0x201B, 0x2032, 0x2035, 0x2039, 0x203A, 0x275B, 0x275C, 0xFF07: "'"
    case 0xAB, 0xBB, 0x201C...0x201F, 0x2033, 0x2036, 0x275D, 0x275E, 0x300C...0x300F, 0x301D...0x301F, 0xFF02: "\""
    case 0x2010...0x2015, 0x2043, 0x2212, 0xFE31, 0xFE32, 0xFE58, 0xFE63, 0xFF0D: "-"
    default: scalar.properties.isWhitespace ? " " : scalar
    }
  }

  private static func append(_ scalar: Unicode.Scalar, to bytes: inout [UInt8]) {
    if scalar.isASCII { bytes.append(UInt8(scalar.value)) } else { UTF8.encode(scalar, into: { bytes.append($0) }) }
  }

  /// Unicode's NFKC_Casefold: also drops Default_Ignorable_Code_Point, the bidi controls among them.
  private static func compatibilityCaseFold(_ bytes: [UInt8]) -> [UInt8] { caseFold(bytes, UTF8PROC_COMPOSE) }

  /// The same, composed or decomposed.
  private static func caseFold(_ bytes: [UInt8], _ form: utf8proc_option_t) -> [UInt8] {
    var folded: UnsafeMutablePointer<utf8proc_uint8_t>?
    let options = utf8proc_option_t(
      UTF8PROC_STABLE.rawValue | form.rawValue | UTF8PROC_COMPAT.rawValue | UTF8PROC_CASEFOLD.rawValue
        | UTF8PROC_IGNORE.rawValue)
    let length = utf8proc_map(bytes, bytes.count, &folded, options)
    guard length >= 0, let folded else { return bytes }
    defer { free(folded) }
    return Array(UnsafeBufferPointer(start: folded, count: length))
  }

  private static func foldSpaces(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var gap = false
    for byte in bytes { if byte == space { gap = true } else { append(byte, after: &gap, to: &result) } }
    return result
  }
}
