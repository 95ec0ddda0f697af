import Glibc

/// A document as valid UTF-8 without control characters other than tab and line ends.
struct Decoded: Sendable {
  var bytes: [UInt8]
  /// What was replaced or left out on the way; nil when nothing was.
  var fault: String?
}

/// Bytes of any encoding to UTF-8 (SPEC §3.1: byte order mark, HTTP, declaration). Pure.
enum Encoding {
  /// Where a document may declare its encoding.
  enum Form { case text, html, xml, json }

  static func decode(_ bytes: [UInt8], as form: Form, by rules: ParseRules) throws(ParseError) -> Decoded {
    let (name, markLength) = try name(of: bytes, as: form, by: rules)
    let content = bytes[markLength...]
    switch name {
    case EncodingLabel.utf8: return cleaned(utf8(content), of: form)
    case EncodingLabel.windows1252: return cleaned(windows1252(content), of: form)
    default: return cleaned(try converted(content, from: name), of: form)
    }
  }

  /// A byte order mark is part of the bytes, so it counts before what the operator wrote, and that before the rest.
  private static func name(
    of bytes: [UInt8], as form: Form, by rules: ParseRules
  ) throws(ParseError) -> (name: String, markLength: Int) {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return (EncodingLabel.utf8, 3) }
    if bytes.starts(with: [0xFF, 0xFE]) { return (EncodingLabel.utf16, 2) }
    if bytes.starts(with: [0xFE, 0xFF]) { return (EncodingLabel.utf16BigEndian, 2) }
    if let label = rules.encoding {
      guard let name = EncodingLabel.iconvName(label) else {
        throw ParseError(
          .encoding, "encoding = \"\(label)\" is not known; write a label such as \"windows-1251\" or \"gbk\"")
      }
      return (name, 0)
    }
    // The first character of markup is ASCII, so a zero byte beside it tells UTF-16 (XML 1.0, appendix F).
    if bytes.starts(with: [0x3C, 0x00]) { return (EncodingLabel.utf16, 0) }
    if bytes.starts(with: [0x00, 0x3C]) { return (EncodingLabel.utf16BigEndian, 0) }
    // RFC 4627, section 3: so are the first two of JSON.
    if form == .json, bytes.count > 1, bytes[0] == 0 || bytes[1] == 0 {
      return (bytes[0] == 0 ? EncodingLabel.utf16BigEndian : EncodingLabel.utf16, 0)
    }
    let declared = [rules.contentType.flatMap(EncodingDeclaration.ofHTTP), EncodingDeclaration.inside(bytes, as: form)]
    for label in declared {
      guard let label, let name = EncodingLabel.iconvName(label) else { continue }
      // A declaration that could be read at all is not in UTF-16, whatever it says.
      let isWide = name == EncodingLabel.utf16 || name == EncodingLabel.utf16BigEndian
      if !isWide { return (name, 0) }
      if bytes.prefix(sample).contains(0) { return (name, 0) }
    }
    return (EncodingLabel.utf8, 0)
  }

  /// Bytes in which UTF-16 would show a zero.
  private static let sample = 256

  /// Valid sequences as they are, every other byte as windows-1252: right for UTF-8, for unlabelled pages of western
  /// Europe, and for the mixtures that careless systems print.
  private static func utf8(_ bytes: ArraySlice<UInt8>) -> (bytes: [UInt8], isRepaired: Bool) {
    if String(validating: bytes, as: UTF8.self) != nil { return (Array(bytes), false) }
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count + bytes.count / 8)
    var rest = bytes
    while let first = rest.first {
      let length = sequenceLength(rest)
      if length > 0 { result += rest.prefix(length) } else { Windows1252.append(first, to: &result) }
      rest = rest.dropFirst(max(length, 1))
    }
    return (result, true)
  }

  /// Bytes of the valid UTF-8 sequence at the front; 0 when there is none.
  private static func sequenceLength(_ bytes: ArraySlice<UInt8>) -> Int {
    guard let first = bytes.first else { return 0 }
    if first < 0x80 { return 1 }
    let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
    return String(validating: bytes.prefix(length), as: UTF8.self)?.unicodeScalars.count == 1 ? length : 0
  }

  private static func windows1252(_ bytes: ArraySlice<UInt8>) -> (bytes: [UInt8], isRepaired: Bool) {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count + bytes.count / 8)
    for byte in bytes { Windows1252.append(byte, to: &result) }
    return (result, false)
  }

  /// C0 and DEL are no characters of XML and mean nothing in HTML; a form feed is white space. A plain text keeps them:
  /// what is displayed is what was written, and every output shows them as visible escapes. NUL ends strings in C.
  private static func cleaned(_ text: (bytes: [UInt8], isRepaired: Bool), of form: Form) -> Decoded {
    let isHidden = { (byte: UInt8) in
      if form == .text || form == .json { return byte == 0 || byte == 0x0C }
      return byte < 0x20 && byte != 0x09 && byte != 0x0A && byte != 0x0D || byte == 0x7F
    }
    var fault = text.isRepaired ? "bytes that its encoding does not know" : nil
    guard text.bytes.contains(where: isHidden) else { return Decoded(bytes: text.bytes, fault: fault) }
    fault = fault ?? "control characters"
    return Decoded(bytes: text.bytes.compactMap { $0 == 0x0C ? 0x20 : isHidden($0) ? nil : $0 }, fault: fault)
  }
}

extension Encoding {
  /// iconv gives at most this many bytes of UTF-8 for one of input in the encodings of EncodingLabel, besides a few.
  private static let growth = 4

  private static func converted(
    _ bytes: ArraySlice<UInt8>, from name: String
  ) throws(ParseError) -> (bytes: [UInt8], isRepaired: Bool) {
    guard let converter = iconv_open("UTF-8", name), Int(bitPattern: converter) != -1 else {
      throw ParseError(
        .encoding,
        "the document is in \(name), which this machine's C library does not know; install its character sets"
          + " (glibc's gconv modules)")
    }
    defer { iconv_close(converter) }
    var input = Array(bytes)
    var result = [UInt8](repeating: 0, count: input.count * growth + 16)
    var isRepaired = false
    let written = input.withUnsafeMutableBytes { input in
      result.withUnsafeMutableBytes { output in
        convert(input, with: converter, into: output, isRepaired: &isRepaired)
      }
    }
    result.removeLast(result.count - written)
    return (result, isRepaired)
  }

  /// A byte that begins no character becomes U+FFFD. Returns the bytes written.
  private static func convert(
    _ input: UnsafeMutableRawBufferPointer, with converter: iconv_t, into output: UnsafeMutableRawBufferPointer,
    isRepaired: inout Bool
  ) -> Int {
    var from = input.baseAddress?.assumingMemoryBound(to: CChar.self)
    var left = input.count
    var to = output.baseAddress?.assumingMemoryBound(to: CChar.self)
    var room = output.count
    while left > 0, iconv(converter, &from, &left, &to, &room) == -1 {
      let replacement = "\u{FFFD}".utf8
      guard errno != E2BIG, room >= replacement.count else { break }
      for byte in replacement {
        to?.pointee = CChar(bitPattern: byte)
        to = to?.advanced(by: 1)
      }
      room -= replacement.count
      from = from?.advanced(by: 1)
      left -= 1
      isRepaired = true
    }
    return output.count - room
  }
}
