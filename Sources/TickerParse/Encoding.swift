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
    var (name, markLength) = try name(of: bytes, as: form, by: rules)
    let content = bytes[markLength...]
    // Servers that declare ISO-8859-1 for all they have are many, and text of one byte a letter that is valid UTF-8 by
    // accident is none: each letter beyond ASCII would have to stand before signs such as © or ¤.
    if rules.encoding == nil, EncodingLabel.isSingleByte(name), isUTF8(content) { name = EncodingLabel.utf8 }
    switch name {
    case EncodingLabel.utf8:
      let survey = content.withUnsafeBufferPointer { ByteSurvey($0) }
      guard survey.isASCII || isUTF8(content) else { return cleaned(repaired(content), isRepaired: true, of: form) }
      // Nearly all: nothing to mend, and nothing is copied.
      let text = markLength == 0 ? bytes : Array(content)
      return survey.hasControls ? cleaned(text, isRepaired: false, of: form) : Decoded(bytes: text, fault: nil)
    case EncodingLabel.windows1252: return cleaned(windows1252(content), isRepaired: false, of: form)
    default:
      let text = try converted(content, from: name)
      return cleaned(text.bytes, isRepaired: text.isRepaired, of: form)
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

  private static func isUTF8(_ bytes: ArraySlice<UInt8>) -> Bool {
    do {
      _ = try UTF8Span(validating: bytes.span)
      return true
    } catch { return false }
  }

  /// Valid sequences as they are, every other byte as windows-1252: right for UTF-8, for unlabelled pages of western
  /// Europe, and for the mixtures that careless systems print.
  private static func repaired(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count + bytes.count / 8)
    bytes.withUnsafeBufferPointer { bytes in
      var index = 0
      while index < bytes.count {
        let length = sequenceLength(bytes, at: index)
        if length > 0 {
          for byte in bytes[index..<index + length] { result.append(byte) }
        } else {
          Windows1252.append(bytes[index], to: &result)
        }
        index += max(length, 1)
      }
    }
    return result
  }

  /// Bytes of the valid UTF-8 sequence here (RFC 3629, section 4); 0 when there is none.
  private static func sequenceLength(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> Int {
    let first = bytes[index]
    let second: ClosedRange<UInt8>
    switch first {
    case 0..<0x80: return 1
    case 0xE0: second = 0xA0...0xBF
    case 0xED: second = 0x80...0x9F
    case 0xF0: second = 0x90...0xBF
    case 0xF4: second = 0x80...0x8F
    case 0xC2..<0xF4: second = 0x80...0xBF
    default: return 0
    }
    let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
    guard index + length <= bytes.count, second.contains(bytes[index + 1]) else { return 0 }
    return bytes[index + 2..<index + length].allSatisfy { $0 & 0xC0 == 0x80 } ? length : 0
  }

  private static func windows1252(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count + bytes.count / 8)
    for byte in bytes { if byte < 0x80 { result.append(byte) } else { Windows1252.append(byte, to: &result) } }
    return result
  }

  /// C0 and DEL are no characters of XML and mean nothing in HTML; a form feed is white space. A plain text keeps them:
  /// what is displayed is what was written, and every output shows them as visible escapes. NUL ends strings in C.
  private static func cleaned(_ text: [UInt8], isRepaired: Bool, of form: Form) -> Decoded {
    let isHidden = { (byte: UInt8) in
      if form == .text || form == .json { return byte == 0 || byte == 0x0C }
      return byte < 0x20 && byte != 0x09 && byte != 0x0A && byte != 0x0D || byte == 0x7F
    }
    let fault = isRepaired ? "bytes that its encoding does not know" : nil
    let mayHide = text.withUnsafeBufferPointer { ByteSurvey($0).hasControls }
    guard mayHide, text.contains(where: isHidden) else { return Decoded(bytes: text, fault: fault) }
    var cleaned: [UInt8] = []
    cleaned.reserveCapacity(text.count)
    for byte in text { if !isHidden(byte) { cleaned.append(byte) } else if byte == 0x0C { cleaned.append(0x20) } }
    return Decoded(bytes: cleaned, fault: fault ?? "control characters")
  }
}

extension Encoding {
  /// Bytes that are converted before they are kept.
  private static let piece = 64 << 10

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
    return bytes.withUnsafeBufferPointer { convert($0, with: converter) }
  }

  /// A byte that begins no character becomes U+FFFD.
  private static func convert(
    _ input: UnsafeBufferPointer<UInt8>, with converter: iconv_t
  ) -> (bytes: [UInt8], isRepaired: Bool) {
    var result: [UInt8] = []
    // Languages of two bytes a character in UTF-8 are the most that one byte encodes.
    result.reserveCapacity(input.count + input.count / 2)
    var isRepaired = false
    // iconv(3) takes it as changeable and does not change it.
    var from = UnsafeMutableRawPointer(mutating: input.baseAddress)?.assumingMemoryBound(to: CChar.self)
    var left = input.count
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: piece) { buffer in
      while left > 0 {
        var to = buffer.baseAddress
        var room = buffer.count
        let failed = iconv(converter, &from, &left, &to, &room) == -1
        let reason = errno
        result.append(
          contentsOf: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<(buffer.count - room)]))
        guard failed, reason != E2BIG else { continue }
        result += "\u{FFFD}".utf8
        from = from?.advanced(by: 1)
        left -= 1
        isRepaired = true
      }
    }
    return (result, isRepaired)
  }
}
