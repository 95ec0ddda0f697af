import TickerModel
import TickerText

/// A message for a Discord webhook (https://discord.com/developers/docs/resources/webhook#execute-webhook) with embeds,
/// in which nobody is mentioned; `allowed_mentions` forbids it once more. Markup in outside text is escaped.
enum Discord {
  /// https://discord.com/developers/docs/resources/message#embed-object-embed-limits; all embeds together 6000.
  static let longestTitle = 256
  static let longestDescription = 4096
  static let longestFooter = 2048
  static let longestLink = 2048

  static func body(_ headline: Headline) -> [UInt8] {
    var embed = JSONText()
    embed.member("title", Escaped.within(headline.title, longestTitle, escape))
    embed.member("url", headline.link.flatMap { $0.utf16.count <= longestLink ? $0 : nil })
    // Within the 6000 of all parts together.
    embed.member("description", headline.summary.map { Escaped.within($0, longestDescription - 1000, escape) })
    embed.member("timestamp", headline.at.text)
    embed.member("color", color(headline.level))
    var footer = JSONText()
    footer.member("text", Shortened.text(headline.context, longestFooter / 4))
    embed.member("footer", object: footer)
    return body(embed)
  }

  static func body(_ headlines: Headlines) -> [UInt8] {
    var embed = JSONText()
    embed.member("title", headlines.title)
    let lines = headlines.lines(longestDescription) { headline in
      let title = Escaped.within(headline.title, longestTitle, escape)
      return "• " + (headline.link.flatMap { link($0, title) } ?? title)
    }
    embed.member("description", lines.joined(separator: "\n"))
    embed.member("color", color(headlines.level))
    return body(embed)
  }

  /// Where messages go. Asked without `wait`, Discord answers before it keeps a message, and one that it does not keep
  /// returns no error (https://discord.com/developers/docs/resources/webhook#execute-webhook). Other hosts, a relay or
  /// a service that takes the same messages, get the URL as it is written.
  static func place(_ url: String) -> String {
    let parts = URLParts(url)
    let host = parts.host.lowercased()
    guard hosts.contains(where: { host == $0 || host.hasSuffix(".\($0)") }), !url.contains("#") else { return url }
    let query = parts.query?.split(separator: "&") ?? []
    guard !query.contains(where: { $0.hasPrefix("wait=") }) else { return url }
    return url + (parts.query == nil ? "?" : "&") + "wait=true"
  }

  private static let hosts = ["discord.com", "discordapp.com"]

  /// A backslash before what could be markup (https://support.discord.com/hc/en-us/articles/210298617).
  static func escape(_ text: String) -> String {
    var result = ""
    var isAtStart = true
    for character in text {
      let isMarkup = "\\*_~`|[]<".contains(character) || isAtStart && "#>-+".contains(character)
      result += isMarkup ? "\\\(character)" : String(character)
      isAtStart = character.isNewline
    }
    return result
  }

  /// Round brackets would end the address.
  private static func link(_ link: String, _ title: String) -> String? {
    link.contains { "() ".contains($0) } || link.utf16.count > longestLink / 4 ? nil : "[\(title)](\(link))"
  }

  private static func color(_ level: Level?) -> Int {
    switch level {
    case .flash: 0xD6_1F_1F
    case .bulletin: 0xE6_7E_22
    case .urgent: 0xF1_C4_0F
    case .routine, nil: 0x34_98_DB
    }
  }

  private static func body(_ embed: JSONText) -> [UInt8] {
    var nobody = JSONText()
    nobody.member("parse", [] as [String])
    var body = JSONText()
    body.member("embeds", objects: [embed])
    body.member("allowed_mentions", object: nobody)
    return body.object
  }
}
