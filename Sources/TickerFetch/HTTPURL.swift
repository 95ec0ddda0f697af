import CCurl

/// A URL as libcurl understands it, checked before any transfer. Pure; any thread.
struct HTTPURL: Equatable {
  /// Normalised: numeric hosts in four decimal numbers, international names in ASCII, dot segments resolved,
  /// everything else beyond ASCII percent-encoded; without userinfo.
  let text: String
  /// ``text`` with userinfo.
  let textWithLogin: String
  /// `user:password`, percent encoding undone; nil where the URL has none.
  let login: String?
  let scheme: String
  /// Lower-cased; IPv6 in brackets.
  let host: String
  let port: Int

  /// Longer than any browser's limit in practice; RFC 9110 §4.1 asks for 8000.
  static let maxLength = 8 << 10

  /// Reads an absolute http or https URL.
  init(_ url: String) throws(Fault) { try self.init(url, relativeTo: nil) }

  /// Reads a reference as RFC 3986 §5 resolves it.
  init(_ reference: String, relativeTo base: HTTPURL?) throws(Fault) {
    guard reference.utf8.count <= Self.maxLength else {
      throw Fault(reason: "it is longer than \(Self.maxLength) bytes")
    }
    // C text ends at a zero byte: what follows would be judged by nobody.
    guard !reference.utf8.contains(0) else { throw Fault(reason: "it holds a zero byte") }
    guard let handle = curl_url() else { throw Fault(reason: "memory ran out") }
    defer { curl_url_cleanup(handle) }
    if let base { curl_url_set(handle, CURLUPART_URL, base.text, 0) }
    let code = curl_url_set(handle, CURLUPART_URL, Self.slashed(reference), UInt32(CURLU_URLENCODE))
    guard code == CURLUE_OK else { throw Fault(reason: String(cString: curl_url_strerror(code))) }
    guard let scheme = Self.part(CURLUPART_SCHEME, of: handle), ["http", "https"].contains(scheme) else {
      throw Fault(reason: "only http and https are fetched")
    }
    let locale = ccurl_utf8_enter()
    defer { ccurl_utf8_leave(locale) }
    guard let host = Self.part(CURLUPART_HOST, of: handle, UInt32(CURLU_PUNYCODE)), !host.isEmpty,
      let whole = Self.part(CURLUPART_URL, of: handle, UInt32(CURLU_PUNYCODE)),
      let port = Self.part(CURLUPART_PORT, of: handle, UInt32(CURLU_DEFAULT_PORT)).flatMap({ Int($0) })
    else { throw Fault(reason: "its host is no name that DNS could hold") }
    let user = Self.part(CURLUPART_USER, of: handle, UInt32(CURLU_URLDECODE))
    let password = Self.part(CURLUPART_PASSWORD, of: handle, UInt32(CURLU_URLDECODE))
    self.scheme = scheme
    self.host = host.lowercased()
    self.port = port
    textWithLogin = whole
    guard user != nil || password != nil else {
      (login, text) = (nil, whole)
      return
    }
    login = (user ?? "") + ":" + (password ?? "")
    curl_url_set(handle, CURLUPART_USER, nil, 0)
    curl_url_set(handle, CURLUPART_PASSWORD, nil, 0)
    text = Self.part(CURLUPART_URL, of: handle, UInt32(CURLU_PUNYCODE)) ?? ""
  }

  /// Whether what `other` was given in confidence may be sent here: scheme, host and port are the same, or the host has
  /// only moved to https.
  func isTrusted(by other: HTTPURL) -> Bool {
    guard host == other.host else { return false }
    return scheme == other.scheme && port == other.port
      || other.scheme == "http" && other.port == 80 && scheme == "https" && port == 443
  }

  /// What is wrong with a URL; the reason never quotes it.
  struct Fault: Error, Equatable { let reason: String }

  /// Browsers read `\` as `/` before the query (https://url.spec.whatwg.org/#authority-state); libcurl takes
  /// `http://one\@two/` to name the host `two`. Whoever wrote the URL tried it in a browser.
  private static func slashed(_ url: String) -> String {
    guard url.utf8.contains(UInt8(ascii: "\\")) else { return url }
    let end = url.firstIndex { $0 == "?" || $0 == "#" } ?? url.endIndex
    return String(url[..<end].map { $0 == "\\" ? "/" : $0 }) + url[end...]
  }

  private static func part(_ part: CURLUPart, of handle: OpaquePointer, _ flags: UInt32 = 0) -> String? {
    var text: UnsafeMutablePointer<CChar>?
    guard curl_url_get(handle, part, &text, flags) == CURLUE_OK, let text else { return nil }
    defer { curl_free(text) }
    return String(cString: text)
  }
}
