import TickerModel

/// Links as they will be shown and followed. Pure.
enum Link {
  /// Bytes of a link; browsers and servers stop at about 8,000, events at 2 KiB.
  static let longest = 8 << 10

  /// `reference` as an absolute http or https address, nil when it is none and cannot be made one. White space around
  /// and line breaks inside it go, spaces inside it become `%20`, all else stays as written.
  static func absolute(_ reference: String, base: String?) -> String? {
    guard reference.utf8.count <= longest else { return nil }
    let reference = tidy(reference)
    if isPlain(reference) { return reference }
    guard !reference.isEmpty, let resolved = resolve(reference, base: base) else { return nil }
    let parts = URLParts(resolved)
    return (parts.scheme == "http" || parts.scheme == "https") && !parts.host.isEmpty ? resolved : nil
  }

  /// A feed's link or identifier as an absolute address of any scheme, but for those that name something on the reader's
  /// own machine or make it act.
  static func reference(_ reference: String, base: String?) -> String? {
    if let link = absolute(reference, base: base) { return link }
    let reference = tidy(reference)
    let parts = URLParts(reference)
    let isSafe =
      !parts.scheme.isEmpty && parts.scheme != "http" && parts.scheme != "https"
      && !unsafeSchemes.contains(parts.scheme) && reference.utf8.count <= longest
    return isSafe && reference.utf8.count > parts.scheme.utf8.count + 1 ? reference : nil
  }

  /// The same of bytes, which are valid UTF-8.
  static func reference(_ bytes: UnsafeBufferPointer<UInt8>, base: String?) -> String? {
    let isPlain = bytes.count <= longest && bytes.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    let text = String(decoding: bytes.prefix(longest + 1), as: UTF8.self)
    return isPlain && self.isPlain(text) ? text : reference(text, base: base)
  }

  private static let unsafeSchemes: Set<String> = [
    "javascript", "vbscript", "data", "file", "blob", "about", "filesystem", "view-source", "jar", "cid", "mid",
  ]

  /// Almost all links: the scheme in lower case and a host.
  private static func isPlain(_ reference: String) -> Bool {
    for scheme in ["https://", "http://"] where reference.utf8.starts(with: scheme.utf8) {
      guard let first = reference.utf8.dropFirst(scheme.utf8.count).first else { return false }
      return !"/?#:@".utf8.contains(first)
    }
    return false
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
  private static func resolve(_ reference: String, base: String?) -> String? {
    var parts = URLParts(reference)
    if !parts.scheme.isEmpty { return reference }
    guard let base = base.map(URLParts.init), !base.scheme.isEmpty else { return nil }
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
