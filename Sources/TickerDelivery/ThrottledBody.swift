/// What chat services say in the body of a 429: `"retry_after": 0.376` in seconds, of Discord at the top
/// (https://discord.com/developers/docs/topics/rate-limits#exceeding-a-rate-limit), of Telegram within `parameters`
/// (https://core.telegram.org/bots/api#responseparameters). Looked for as bytes: a stranger's JSON can be nested deeper
/// than the fetcher's thread has stack.
enum ThrottledBody {
  private static let key = Array("\"retry_after\"".utf8)
  /// Longer asks are a mistake, or not ours to wait for.
  private static let longest = 86_400.0

  /// Nil when nothing is asked.
  static func wait(_ body: [UInt8]) -> Duration? {
    guard let place = body.firstRange(of: key) else { return nil }
    let blanks = " \t\r\n".utf8
    var rest = body[place.upperBound...].drop { blanks.contains($0) }
    guard rest.popFirst() == UInt8(ascii: ":") else { return nil }
    let digits = rest.drop { blanks.contains($0) }.prefix(20).prefix { "0123456789.".utf8.contains($0) }
    guard let seconds = Double(String(decoding: digits, as: UTF8.self)), seconds > 0, seconds <= longest else {
      return nil
    }
    return .milliseconds(Int64((seconds * 1000).rounded(.up)))
  }
}
