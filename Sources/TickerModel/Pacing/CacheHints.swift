import TickerText

/// How long an answer stays fresh by its own headers (RFC 9111 §4.2). Pure.
public enum CacheHints {
  /// More digits than this are centuries.
  private static let mostDigits = 9

  /// How long a private cache may keep this answer; nil where it says nothing, or that nothing may be kept.
  ///
  /// `max-age` goes before `Expires`, which is taken relative to the server's own `Date`: its clock need not be right.
  /// What a cache on the way has used up (`Age`) is taken off.
  public static func fresh(
    cacheControl: String?, expires: String?, date: String?, age: String?, now: Timestamp
  ) -> Duration? {
    let directives = cacheControl.map(Self.directives) ?? [:]
    guard directives["no-store"] == nil, directives["no-cache"] == nil else { return nil }
    let lifetime: Duration?
    if let value = directives["max-age"] {
      lifetime = seconds(value)
    } else {
      let start = date.flatMap(RetryAfter.date) ?? now
      lifetime = expires.flatMap(RetryAfter.date).map { $0.since(start) }
    }
    guard let lifetime else { return nil }
    let left = lifetime - (age.flatMap { seconds(Substring($0)) } ?? .zero)
    return left > .zero ? left : nil
  }

  /// Names in lower case; the first of each counts (RFC 9111 §4.2.1).
  private static func directives(_ text: String) -> [String: Substring] {
    let pairs = text.split(separator: ",").map { part -> (String, Substring) in
      let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let value = sides.count > 1 ? sides[1].drop { $0 == " " || $0 == "\"" } : ""
      return (Normalise.foldWhitespace(String(sides[0])).lowercased(), value.prefix { $0 != "\"" && $0 != " " })
    }
    return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
  }

  private static func seconds(_ text: Substring) -> Duration? {
    let digits = text.drop { $0 == " " }.prefix { $0 != " " }
    guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return .seconds(digits.utf8.count <= mostDigits ? Int(digits) ?? 0 : 999_999_999)
  }
}
