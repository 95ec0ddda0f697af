/// A URL taken apart by RFC 3986's generic syntax, without judging or decoding any part. Pure.
public struct URLParts: Sendable, Equatable {
  /// Lower-cased, empty when the text has none.
  public var scheme: String
  /// Before the `@`, nil when absent.
  public var userinfo: String?
  /// Host and port as written.
  public var authority: String
  public var path: String
  /// Without the `?`, nil when absent.
  public var query: String?
  /// Without the `#`, nil when absent.
  public var fragment: String?

  // Taken apart by bytes, as whoever connects does: a mark that a combining character follows is still that mark, and
  // only a `Character` would hide it.
  public init(_ url: String) {
    var rest = Substring(url).utf8
    fragment = Self.cut(&rest, at: UInt8(ascii: "#"))
    query = Self.cut(&rest, at: UInt8(ascii: "?"))
    scheme = ""
    if let colon = rest.firstIndex(of: UInt8(ascii: ":")), Self.isScheme(rest[..<colon]) {
      scheme = Self.text(rest[..<colon]).lowercased()
      rest = rest[rest.index(after: colon)...]
    }
    authority = ""
    userinfo = nil
    if rest.starts(with: "//".utf8) {
      rest = rest.dropFirst(2)
      let end = rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
      var whole = rest[..<end]
      rest = rest[end...]
      if let at = whole.lastIndex(of: UInt8(ascii: "@")) {
        userinfo = Self.text(whole[..<at])
        whole = whole[whole.index(after: at)...]
      }
      authority = Self.text(whole)
    }
    path = Self.text(rest)
  }

  /// The host without port and brackets, lower-cased.
  public var host: String {
    let authority = Substring(authority).utf8
    if authority.first == UInt8(ascii: "["), let end = authority.firstIndex(of: UInt8(ascii: "]")) {
      return Self.text(authority.dropFirst()[..<end]).lowercased()
    }
    let colon = authority.lastIndex(of: UInt8(ascii: ":")) ?? authority.endIndex
    return Self.text(authority[..<colon]).lowercased()
  }

  /// The port as written, nil when absent or not a number.
  public var port: Int? {
    let authority = Substring(authority).utf8
    let isBracketed = authority.first == UInt8(ascii: "[")
    let afterHost = isBracketed ? authority.drop { $0 != UInt8(ascii: "]") } : authority
    guard let colon = afterHost.lastIndex(of: UInt8(ascii: ":")) else { return nil }
    return Int(Self.text(afterHost[colon...].dropFirst()))
  }

  /// Everything but userinfo and fragment.
  public var withoutFragment: String {
    (scheme.isEmpty ? "" : scheme + ":") + (authority.isEmpty && scheme != "file" ? "" : "//" + authority) + path
      + (query.map { "?" + $0 } ?? "")
  }

  private static func cut(_ rest: inout Substring.UTF8View, at mark: UInt8) -> String? {
    guard let index = rest.firstIndex(of: mark) else { return nil }
    defer { rest = rest[..<index] }
    return text(rest[index...].dropFirst())
  }

  private static func text(_ part: Substring.UTF8View) -> String { String(Substring(part)) }

  /// RFC 3986 §3.1.
  private static func isScheme(_ text: Substring.UTF8View) -> Bool {
    guard let first = text.first, isLetter(first) else { return false }
    return text.allSatisfy { isLetter($0) || (0x30...0x39).contains($0) || "+-.".utf8.contains($0) }
  }

  private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
}
