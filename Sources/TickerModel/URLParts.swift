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

  public init(_ url: String) {
    var rest = Substring(url)
    fragment = Self.cut(&rest, at: "#")
    query = Self.cut(&rest, at: "?")
    scheme = ""
    if let colon = rest.firstIndex(of: ":"), Self.isScheme(rest[..<colon]) {
      scheme = rest[..<colon].lowercased()
      rest = rest[rest.index(after: colon)...]
    }
    authority = ""
    userinfo = nil
    if rest.hasPrefix("//") {
      rest = rest.dropFirst(2)
      let end = rest.firstIndex(of: "/") ?? rest.endIndex
      var whole = rest[..<end]
      rest = rest[end...]
      if let at = whole.lastIndex(of: "@") {
        userinfo = String(whole[..<at])
        whole = whole[whole.index(after: at)...]
      }
      authority = String(whole)
    }
    path = String(rest)
  }

  /// The host without port and brackets, lower-cased.
  public var host: String {
    if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
      return String(authority[authority.index(after: authority.startIndex)..<end]).lowercased()
    }
    let colon = authority.lastIndex(of: ":") ?? authority.endIndex
    return authority[..<colon].lowercased()
  }

  /// The port as written, nil when absent or not a number.
  public var port: Int? {
    let afterHost = authority.hasPrefix("[") ? authority.drop { $0 != "]" } : Substring(authority)
    guard let colon = afterHost.lastIndex(of: ":") else { return nil }
    return Int(afterHost[afterHost.index(after: colon)...])
  }

  /// Everything but userinfo and fragment.
  public var withoutFragment: String {
    (scheme.isEmpty ? "" : scheme + ":") + (authority.isEmpty && scheme != "file" ? "" : "//" + authority) + path
      + (query.map { "?" + $0 } ?? "")
  }

  private static func cut(_ rest: inout Substring, at mark: Character) -> String? {
    guard let index = rest.firstIndex(of: mark) else { return nil }
    defer { rest = rest[..<index] }
    return String(rest[rest.index(after: index)...])
  }

  private static func isScheme(_ text: Substring) -> Bool {
    guard let first = text.first, first.isASCII, first.isLetter else { return false }
    return text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) }
  }
}
