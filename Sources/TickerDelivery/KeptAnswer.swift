import TickerModel
import TickerText

/// The part of a receiver's answer that is kept for people. Pure.
enum KeptAnswer {
  /// Enough for the sentence that says what is wrong.
  static let longest = 1 << 10

  /// The beginning of `body` as one line, safe for a terminal, at most ``longest`` bytes. A receiver may repeat the
  /// URL it was called by ("Cannot POST /services/T0…"): what is secret in `url` is masked.
  static func text(_ body: [UInt8], url: String, urlIsSecret: Bool) -> String {
    let secrets = secrets(in: url, urlIsSecret: urlIsSecret)
    // A secret that begins within the kept part is seen whole before the cut.
    let margin = secrets.first?.utf8.count ?? 0
    var text = String(decoding: body.prefix(longest + margin), as: UTF8.self)
    for secret in secrets { text = text.replacing(secret, with: mask) }
    return EventEncoding.cut(VisibleText.escaped(Normalise.foldWhitespace(text)), to: longest)
  }
}

extension KeptAnswer {
  private static let mask = "(hidden)"
  /// Shorter pieces (`v1`, `hooks`) are words, not secrets.
  private static let shortestSecret = 6

  /// Longest first.
  private static func secrets(in url: String, urlIsSecret: Bool) -> [String] {
    let parts = URLParts(url)
    var secrets: [String] = []
    if let userinfo = parts.userinfo { secrets += [userinfo] + userinfo.split(separator: ":").map(String.init) }
    if let query = parts.query {
      secrets += query.split(separator: "&").compactMap { $0.split(separator: "=", maxSplits: 1).last.map(String.init) }
    }
    if urlIsSecret { secrets += [parts.path] + parts.path.split(separator: "/").map(String.init) }
    return secrets.filter { $0.utf8.count >= shortestSecret }.sorted { $0.utf8.count > $1.utf8.count }
  }
}
