/// A JSON Pointer (RFC 6901), as a text or as a URI's fragment. Immutable; any thread.
struct JSONPointer: Sendable {
  /// The names from the document's root on.
  private let tokens: [String]

  /// Reads `/a/b`, `` (the whole document) or `#/a/b`, whose octets may be percent-encoded.
  init(_ text: String) throws(PathFault) {
    guard text.utf8.count <= JSONPath.longest else {
      throw PathFault(message: "the path is longer than \(JSONPath.longest) bytes", offset: JSONPath.longest)
    }
    let pointer = text.hasPrefix("#") ? try Self.percentDecoded(text.dropFirst()) : text
    guard pointer.isEmpty || pointer.hasPrefix("/") else {
      throw PathFault(message: "a JSON Pointer begins with /", offset: 0)
    }
    var tokens: [String] = []
    for written in pointer.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
      tokens.append(try Self.token(written))
    }
    self.tokens = tokens
  }

  /// What it points to in `value`; nil when nothing is there.
  func value(in value: JSONValue) -> JSONValue? {
    var value = value
    for token in tokens {
      switch value {
      case .array(let elements):
        // §4: no zeros in front; "-" is the place after the last element, where nothing is.
        let isIndex = token == "0" || token.first != "0" && token.utf8.allSatisfy { (0x30...0x39).contains($0) }
        guard isIndex, let index = Int(token), elements.indices.contains(index) else { return nil }
        value = elements[index]
      default:
        guard let member = value.member(token) else { return nil }
        value = member
      }
    }
    return value
  }

  /// §3: `~1` is a slash, `~0` a tilde.
  private static func token(_ written: Substring) throws(PathFault) -> String {
    var token = ""
    var rest = written[...]
    while let character = rest.unicodeScalars.popFirst() {
      guard character == "~" else {
        token.unicodeScalars.append(character)
        continue
      }
      switch rest.unicodeScalars.popFirst() {
      case "0": token += "~"
      case "1": token += "/"
      default: throw PathFault(message: "~ is written ~0, and / inside a name ~1", offset: 0)
      }
    }
    return token
  }

  /// §6
  private static func percentDecoded(_ text: Substring) throws(PathFault) -> String {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard let digits = String(rest.prefix(2)), digits.utf8.count == 2, let decoded = UInt8(digits, radix: 16) else {
        throw PathFault(message: "% takes two hexadecimal digits", offset: 0)
      }
      bytes.append(decoded)
      rest = rest.dropFirst(2)
    }
    guard let decoded = String(validating: bytes, as: UTF8.self) else {
      throw PathFault(message: "the percent-encoded octets are no UTF-8", offset: 0)
    }
    return decoded
  }
}
