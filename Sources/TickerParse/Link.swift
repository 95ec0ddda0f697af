import TickerModel

/// What the relative links of a document start from, taken apart once. Immutable; an object, since every field of every
/// item asks for it.
final class LinkBase: Sendable {
  /// Nil when nobody knows it.
  let url: String?
  fileprivate let parts: URLParts?
  /// All of it before the path; nil when it is no http or https address.
  fileprivate let origin: String?

  init(_ url: String?) {
    self.url = url
    parts = url.map(URLParts.init)
    let isWeb = parts.map { ($0.scheme == "http" || $0.scheme == "https") && !$0.host.isEmpty } ?? false
    origin = parts.flatMap { parts in
      isWeb ? parts.scheme + "://" + (parts.userinfo.map { $0 + "@" } ?? "") + parts.authority : nil
    }
  }
}

/// Links as they will be shown and followed. Pure.
enum Link {
  /// Bytes of a link; browsers and servers stop at about 8,000, events at 2 KiB.
  static let longest = 8 << 10

  /// The same for one reference alone.
  static func absolute(_ reference: String, base: String?) -> String? { absolute(reference, base: LinkBase(base)) }
  static func reference(_ reference: String, base: String?) -> String? {
    self.reference(reference, base: LinkBase(base))
  }

  /// `reference` as an absolute http or https address, nil when it is none and cannot be made one. It is joined as RFC
  /// 3986 says, not normalised as the URL standard of browsers does: what is shown is what was written. Only what that
  /// standard mends in addresses that work in browsers is mended: white space around and line breaks inside go, spaces
  /// inside become `%20`, backslashes slashes.
  static func absolute(_ reference: String, base: LinkBase) -> String? {
    guard reference.utf8.count <= longest else { return nil }
    let reference = tidy(reference)
    if isPlain(reference) { return reference }
    if let origin = base.origin, isPath(reference) { return origin + reference }
    guard !reference.isEmpty, let resolved = resolve(withoutBackslashes(reference), base: base) else { return nil }
    let parts = URLParts(resolved)
    return (parts.scheme == "http" || parts.scheme == "https") && isHost(parts) ? resolved : nil
  }

  /// https://url.spec.whatwg.org/#path-state: a backslash in a path is a slash; after `?` and `#` it is itself.
  private static func withoutBackslashes(_ reference: String) -> String {
    guard reference.utf8.contains(UInt8(ascii: "\\")) else { return reference }
    let path = reference.prefix { $0 != "?" && $0 != "#" }
    return path.split(separator: "\\", omittingEmptySubsequences: false).joined(separator: "/")
      + reference[path.endIndex...]
  }

  /// https://url.spec.whatwg.org/#forbidden-domain-code-point: nobody has such a name.
  private static func isHost(_ parts: URLParts) -> Bool {
    let host = parts.host
    return !host.isEmpty && host.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F && !forbiddenInHost.contains($0) }
  }

  private static let forbiddenInHost: Set<UInt8> = Set("\"#%/<>?@[\\]^`{|}".utf8)

  /// A feed's link or identifier as an absolute address of any scheme, but for those that name something on the reader's
  /// own machine or make it act.
  static func reference(_ reference: String, base: LinkBase) -> String? {
    if let link = absolute(reference, base: base) { return link }
    let reference = tidy(reference)
    let parts = URLParts(reference)
    let isSafe =
      !parts.scheme.isEmpty && parts.scheme != "http" && parts.scheme != "https"
      && !unsafeSchemes.contains(parts.scheme) && reference.utf8.count <= longest
    return isSafe && reference.utf8.count > parts.scheme.utf8.count + 1 ? reference : nil
  }

  /// The same of bytes, which are valid UTF-8.
  static func reference(_ bytes: UnsafeBufferPointer<UInt8>, base: LinkBase) -> String? {
    let text = String(decoding: bytes.prefix(longest + 1), as: UTF8.self)
    let isShown = bytes.count <= longest && isPlain(bytes) && bytes.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    return isShown ? text : reference(text, base: base)
  }

  private static func isPlain(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    let length = bytes.starts(with: "https://", at: 0) ? 8 : bytes.starts(with: "http://", at: 0) ? 7 : 0
    guard length > 0, bytes.count > length else { return false }
    // All before the path are letters, digits, dots and hyphens.
    for byte in bytes[length...] {
      if byte == UInt8(ascii: "/") {
        return bytes[length] != byte && bytes.first(UInt8(ascii: "\\"), from: length) == nil
      }
      guard (0x61...0x7A).contains(byte | 0x20) || (0x2D...0x39).contains(byte) else { return false }
    }
    return true
  }

  private static let unsafeSchemes: Set<String> = [
    "javascript", "vbscript", "data", "file", "blob", "about", "filesystem", "view-source", "jar", "cid", "mid",
  ]

  /// Almost all links: the scheme in lower case and a host.
  private static func isPlain(_ reference: String) -> Bool {
    var reference = reference
    return reference.withUTF8 { isPlain($0) }
  }

  /// Most others: a path from the root, in which no segment is a dot and no backslash stands.
  private static func isPath(_ reference: String) -> Bool {
    var reference = reference
    return reference.withUTF8 { bytes in
      let (slash, dot) = (UInt8(ascii: "/"), UInt8(ascii: "."))
      guard bytes.first == slash, bytes.count > 1, bytes[1] != slash else { return false }
      return zip(bytes, bytes.dropFirst()).allSatisfy { ($0 != slash || $1 != dot) && $1 != UInt8(ascii: "\\") }
    }
  }

  private static func tidy(_ text: String) -> String {
    if text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F && $0 < 0x80 }) { return text }
    let isBlank = { (scalar: Unicode.Scalar) in scalar.value <= 0x20 || scalar.value == 0xA0 }
    let scalars = text.unicodeScalars.drop(while: isBlank)
    guard let last = scalars.lastIndex(where: { !isBlank($0) }) else { return "" }
    var result = ""
    for scalar in scalars[...last] {
      if scalar == " " {
        result += "%20"
      } else if scalar.value > 0x20, scalar.value != 0x7F {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// RFC 3986, section 5.2.2.
  private static func resolve(_ reference: String, base: LinkBase) -> String? {
    var parts = URLParts(reference)
    if !parts.scheme.isEmpty { return reference }
    guard let base = base.parts, !base.scheme.isEmpty else { return nil }
    parts.scheme = base.scheme
    guard parts.authority.isEmpty else { return text(parts) }
    parts.authority = base.authority
    parts.userinfo = base.userinfo
    if parts.path.isEmpty {
      parts.path = base.path
      parts.query = parts.query ?? base.query
    } else if parts.path.hasPrefix("/") {
      parts.path = withoutDots(parts.path)
    } else {
      let folder = base.path.lastIndex(of: "/").map { base.path[...$0] } ?? "/"
      parts.path = withoutDots(folder + parts.path)
    }
    return text(parts)
  }

  /// RFC 3986, section 5.2.4.
  private static func withoutDots(_ path: String) -> String {
    var kept: [Substring] = []
    let segments = path.split(separator: "/", omittingEmptySubsequences: false)
    for (index, segment) in segments.enumerated() {
      let isLast = index == segments.count - 1
      if segment == ".." {
        if kept.count > 1 { kept.removeLast() }
        if isLast { kept.append("") }
      } else if segment == "." {
        if isLast { kept.append("") }
      } else {
        kept.append(segment)
      }
    }
    return kept.joined(separator: "/")
  }

  private static func text(_ parts: URLParts) -> String {
    parts.scheme + "://" + (parts.userinfo.map { $0 + "@" } ?? "") + parts.authority + parts.path
      + (parts.query.map { "?" + $0 } ?? "") + (parts.fragment.map { "#" + $0 } ?? "")
  }
}
