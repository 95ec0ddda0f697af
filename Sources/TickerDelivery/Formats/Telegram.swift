import TickerText

/// A `sendMessage` of Telegram's Bot API (https://core.telegram.org/bots/api#sendmessage) in its HTML mode: of outside
/// text only `<`, `>`, `&` and `"` need escaping. Behind an `@` stands an invisible character, or Telegram would tell
/// whoever has that name.
enum Telegram {
  /// Characters of a message after its entities are parsed.
  static let longestText = 4096
  static let longestTitle = 1000
  static let longestLink = 1000

  static func body(_ headline: Headline, chat: String) -> [UInt8] {
    let title = "<b>\(Escaped.within(headline.title, longestTitle, escape))</b>"
    let context = "<i>\(Escaped.within(headline.context, longestTitle / 2, escape))</i>"
    let link = headline.link.map(escapeAddress).flatMap { $0.utf16.count <= longestLink ? $0 : nil }
    let around = [title, context, link].compactMap(\.self).reduce(8) { $0 + $1.utf16.count + 1 }
    let summary = headline.summary.map { Escaped.within($0, longestText - around, escape) }
    return body([title, summary, context, link].compactMap(\.self).joined(separator: "\n"), chat)
  }

  static func body(_ headlines: Headlines, chat: String) -> [UInt8] {
    let lines = headlines.lines(longestText - 60) { headline in
      let title = Escaped.within(headline.title, longestTitle, escape)
      guard let link = headline.link.map(escapeAddress), link.utf16.count <= longestLink else { return "• " + title }
      return "• <a href=\"\(link)\">\(title)</a>"
    }
    return body((["<b>\(headlines.title)</b>"] + lines).joined(separator: "\n"), chat)
  }

  static func escape(_ text: String) -> String { escapeAddress(text).replacing("@", with: "@\u{2060}") }

  private static func escapeAddress(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\"", with: "&quot;")
  }

  private static func body(_ text: String, _ chat: String) -> [UInt8] {
    var preview = JSONText()
    preview.member("is_disabled", true)
    var body = JSONText()
    // A chat's number is a number; `@name` of a public channel a text.
    if let number = Int(chat) { body.member("chat_id", number) } else { body.member("chat_id", chat) }
    body.member("text", text)
    body.member("parse_mode", "HTML")
    body.member("link_preview_options", object: preview)
    return body.object
  }
}
