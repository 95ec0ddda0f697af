import TickerModel
import TickerText

/// A message published to ntfy as JSON (https://docs.ntfy.sh/publish/#publish-as-json). Its texts are plain.
enum Ntfy {
  /// Bytes; a longer title or list of tags is refused, a longer message becomes an attachment.
  static let longestTitle = 1000
  static let longestMessage = 4000
  static let longestTags = 500
  static let longestLink = 2048

  static func body(_ headline: Headline, topic: String) -> [UInt8] {
    let message = [headline.summary, headline.context].compactMap(\.self).joined(separator: "\n")
    return body(
      topic, headline.title, Shortened.bytes(message, longestMessage), headline.level, headline.tags,
      headline.link.flatMap { $0.utf8.count <= longestLink ? $0 : nil })
  }

  static func body(_ headlines: Headlines, topic: String) -> [UInt8] {
    // Every UTF-16 unit is at most three bytes.
    let lines = headlines.lines(longestMessage / 3) { "• " + Shortened.text($0.title, 200) }
    return body(topic, headlines.title, lines.joined(separator: "\n"), headlines.level, [], nil)
  }

  /// 1 to 5; 3 is what a phone does by default.
  private static func priority(_ level: Level?) -> Int {
    switch level {
    case .flash: 5
    case .bulletin: 4
    case .urgent, nil: 3
    case .routine: 2
    }
  }

  private static func body(
    _ topic: String, _ title: String, _ message: String, _ level: Level?, _ tags: [String], _ link: String?
  ) -> [UInt8] {
    var body = JSONText()
    body.member("topic", topic)
    body.member("title", Shortened.bytes(title, longestTitle))
    body.member("message", message)
    body.member("priority", priority(level))
    var left = longestTags
    let fitting = tags.prefix { tag in
      left -= tag.utf8.count + 1
      return left >= 0
    }
    // ntfy separates tags by commas.
    if !fitting.isEmpty { body.member("tags", fitting.map { $0.replacing(",", with: " ") }) }
    body.member("click", link)
    return body.object
  }
}
