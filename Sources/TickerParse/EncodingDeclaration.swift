/// Finds the label by which a document's encoding is declared. Pure.
enum EncodingDeclaration {
  /// The charset of a Content-Type header.
  static func ofHTTP(_ contentType: String) -> String? { charset(in: Array(contentType.utf8)) }

  /// The label in the document itself, nil when there is none. Its bytes may be in any encoding that contains ASCII.
  static func inside(_ bytes: [UInt8], as form: Encoding.Form) -> String? {
    switch form {
    case .text, .json: nil
    case .xml: ofXML(bytes.prefix(window))
    case .html:
      HTMLPrescan.label(in: bytes.prefix(pageWindow)) {
        // A quote inside is one that was forgotten around it.
        !$0.contains { "\"'<>".contains($0) } && EncodingLabel.iconvName($0) != nil
      }
        ?? ofXML(bytes.prefix(window))
    }
  }

  /// Declarations stand first; some print comments in front.
  private static let window = 4096
  /// The HTML standard looks through 1,024 bytes, and starts again when a declaration comes later: pages with long
  /// scripts in front have one.
  private static let pageWindow = 16 << 10

  /// `<?xml version="1.0" encoding="LABEL"?>`
  private static func ofXML(_ bytes: ArraySlice<UInt8>) -> String? {
    guard let open = bytes.firstRange(of: Array("<?xml".utf8)) else { return nil }
    let declaration = bytes[open.upperBound...].prefix { $0 != UInt8(ascii: ">") }
    return value(of: "encoding", in: lowercased(declaration))
  }

  private static func charset(in text: [UInt8]) -> String? { value(of: "charset", in: lowercased(text[...])) }

  /// What follows `name`, white space, `=`, white space; the quotes and what comes after are EncodingLabel's to drop.
  private static func value(of name: String, in text: [UInt8]) -> String? {
    var rest = text[...]
    while let found = rest.firstRange(of: Array(name.utf8)) {
      rest = rest[found.upperBound...].drop { $0 <= 0x20 }
      guard rest.first == UInt8(ascii: "=") else { continue }
      let value = rest.dropFirst().drop { $0 <= 0x20 }
      return String(decoding: value.prefix(64), as: UTF8.self)
    }
    return nil
  }

  private static func lowercased(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    bytes.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
  }
}
