import TickerFetch
import TickerModel
import TickerText

/// The part of a receiver's answer that is kept for people. Pure.
enum KeptAnswer {
  /// Enough for the sentence that says what is wrong.
  static let longest = 1 << 10

  /// The beginning of `body` as one line, safe for a terminal, at most ``longest`` bytes, with `secrets` (the longest
  /// first) masked.
  static func text(_ body: [UInt8], hiding secrets: [String]) -> String {
    // A secret that begins within the kept part is seen whole before the cut.
    let margin = secrets.first?.utf8.count ?? 0
    var text = String(decoding: body.prefix(longest + margin), as: UTF8.self)
    for secret in secrets { text = text.replacing(secret, with: mask) }
    return EventEncoding.cut(VisibleText.escaped(Normalise.foldWhitespace(text)), to: longest)
  }

  /// What a receiver of `url` and `headers`, or a proxy on the way, may repeat ("Cannot POST /services/T0…", or the whole
  /// request) and nobody else may read, the longest first: logins and query values, the path where the URL is a secret,
  /// and the operator's headers.
  static func secrets(in url: String, urlIsSecret: Bool, headers: [Header] = [], proxy: String? = nil) -> [String] {
    let plain =
      (secrets(in: url, urlIsSecret: urlIsSecret) + secrets(in: headers)
      + (proxy.map { secrets(in: $0, urlIsSecret: false) } ?? []))
      .filter { $0.utf8.count >= shortestSecret }
    // As some write them into JSON.
    let escaped = plain.filter { $0.contains("/") }.map { $0.replacing("/", with: #"\/"#) }
    return (plain + escaped).sorted { $0.utf8.count > $1.utf8.count }
  }
}

extension KeptAnswer {
  private static let mask = "(hidden)"
  /// Shorter pieces (`v1`, `hooks`) are words, not secrets.
  private static let shortestSecret = 6

  private static func secrets(in url: String, urlIsSecret: Bool) -> [String] {
    let parts = URLParts(url)
    var secrets: [String] = []
    if let userinfo = parts.userinfo {
      // As a header carries it.
      secrets += [userinfo, BinaryText.base64(Array(userinfo.utf8))] + userinfo.split(separator: ":").map(String.init)
    }
    if let query = parts.query {
      secrets += query.split(separator: "&").compactMap { $0.split(separator: "=", maxSplits: 1).last.map(String.init) }
    }
    if urlIsSecret { secrets += [parts.path] + parts.path.split(separator: "/").map(String.init) }
    return secrets
  }

  /// The values, and what stands behind `Bearer` and its like; of a basic login its parts too.
  private static func secrets(in headers: [Header]) -> [String] {
    headers.flatMap { header in
      let words = header.text.split(separator: " ").map(String.init)
      guard words.count == 2 else { return [header.text] }
      let login = words[0].lowercased() == "basic" ? BinaryText.bytes(looseBase64: words[1]) : nil
      let parts = login.map { String(decoding: $0, as: UTF8.self).split(separator: ":").map(String.init) } ?? []
      return [header.text, words[1]] + parts
    }
  }
}
