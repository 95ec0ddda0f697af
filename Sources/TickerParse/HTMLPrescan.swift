/// Looks for the encoding that an HTML page declares before anything of it can be read
/// (https://html.spec.whatwg.org/multipage/parsing.html#prescan-a-byte-stream-to-determine-its-encoding). One pass over
/// bytes in any encoding that contains ASCII.
struct HTMLPrescan {
  private let bytes: ArraySlice<UInt8>
  private var index: Int

  private init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    index = bytes.startIndex
  }

  /// The first label that `isKnown` of those in `bytes`, in lower case; nil when there is none.
  static func label(in bytes: ArraySlice<UInt8>, isKnown: (String) -> Bool) -> String? {
    var scan = HTMLPrescan(bytes)
    while let open = bytes[scan.index...].firstIndex(of: UInt8(ascii: "<")) {
      scan.index = open + 1
      if let label = scan.tag(), isKnown(label) { return label }
    }
    return nil
  }

  /// Past one tag; the label when it is a `<meta>` with one.
  private mutating func tag() -> String? {
    if bytes[index...].starts(with: "!--".utf8) {
      // `<!-->` is a whole comment.
      index = bytes[(index + 1)...].firstRange(of: Array("-->".utf8))?.upperBound ?? bytes.endIndex
      return nil
    }
    let first = peek ?? 0
    if first == UInt8(ascii: "/"), isLetter(at: index + 1) { index += 1 }
    guard isLetter(at: index) else {
      if "!/?".utf8.contains(first) { index = bytes[index...].firstIndex(of: UInt8(ascii: ">")) ?? bytes.endIndex }
      return nil
    }
    let start = index
    while let byte = peek, byte > 0x20, byte != UInt8(ascii: ">"), byte != UInt8(ascii: "/") { index += 1 }
    let name = lowercased(start..<index)
    var meta = Meta()
    while let attribute = attribute() { meta.take(attribute.name, attribute.value) }
    // A tag that does not end declares nothing.
    guard first != UInt8(ascii: "/"), name == "meta", peek != nil else { return nil }
    return meta.labelText
  }

  private struct Meta {
    private var names: Set<String> = []
    private var isPragma = false
    private var label: (text: String, needsPragma: Bool)?

    var labelText: String? { label.flatMap { !$0.needsPragma || isPragma ? $0.text : nil } }

    /// The first of several attributes of one name counts.
    mutating func take(_ name: String, _ value: String) {
      guard names.count < 64, names.insert(name).inserted else { return }
      switch name {
      case "http-equiv": isPragma = isPragma || value == "content-type"
      case "content" where label == nil: label = HTMLPrescan.charset(in: value).map { ($0, true) }
      case "charset": label = (value, false)
      default: break
      }
    }
  }

  /// The next attribute in lower case; nil at the tag's end.
  private mutating func attribute() -> (name: String, value: String)? {
    while let byte = peek, byte <= 0x20 || byte == UInt8(ascii: "/") { index += 1 }
    guard let byte = peek, byte != UInt8(ascii: ">") else { return nil }
    let start = index
    index += 1  // an equals sign in front is part of the name
    while let byte = peek, byte > 0x20, !"=/>".utf8.contains(byte) { index += 1 }
    let name = lowercased(start..<index)
    skipSpace()
    guard peek == UInt8(ascii: "=") else { return (name, "") }
    index += 1
    skipSpace()
    return (name, value())
  }

  private mutating func value() -> String {
    let start = index
    guard let quote = peek, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else {
      while let byte = peek, byte > 0x20, byte != UInt8(ascii: ">") { index += 1 }
      return lowercased(start..<index)
    }
    let end = bytes[(index + 1)...].firstIndex(of: quote) ?? bytes.endIndex
    index = min(end + 1, bytes.endIndex)
    return lowercased(start + 1..<end)
  }

  /// (https://html.spec.whatwg.org/multipage/urls-and-fetching.html#extracting-character-encodings-from-meta-elements)
  private static func charset(in content: String) -> String? {
    var rest = Substring(content)
    while let found = rest.firstRange(of: "charset") {
      rest = rest[found.upperBound...].drop(while: \.isWhitespace)
      guard rest.first == "=" else { continue }
      let value = rest.dropFirst().drop(while: \.isWhitespace)
      guard let quote = value.first, quote == "\"" || quote == "'" else {
        return String(value.prefix { !$0.isWhitespace && $0 != ";" })
      }
      return value.dropFirst().firstIndex(of: quote).map { String(value[..<$0].dropFirst()) }
    }
    return nil
  }

  private var peek: UInt8? { index < bytes.endIndex ? bytes[index] : nil }

  private mutating func skipSpace() { while let byte = peek, byte <= 0x20 { index += 1 } }

  private func isLetter(at place: Int) -> Bool {
    place < bytes.endIndex && (0x61...0x7A).contains(bytes[place] | 0x20)
  }

  /// Bounded: names and labels are short, and a page must not make us copy it piece by piece.
  private func lowercased(_ range: Range<Int>) -> String {
    String(decoding: bytes[range].prefix(256).map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
  }
}
