import TickerText

/// A message for a Slack webhook (https://api.slack.com/messaging/webhooks, https://api.slack.com/reference/block-kit).
/// `&`, `<` and `>` are escaped, which is all that Slack's markup needs to mention nobody and to link nothing
/// (https://api.slack.com/reference/surfaces/formatting#escaping).
enum Slack {
  /// Characters of a section's text.
  static let longestSection = 3000
  /// Characters of the text that notifications show; longer ones are cut by Slack.
  static let longestFallback = 300
  static let longestTitle = 500
  static let longestLink = 1000

  static func body(_ headline: Headline) -> [UInt8] {
    let title = Escaped.within(headline.title, longestTitle, escape)
    let line = linked(title, headline.link)
    let room = longestSection - line.utf16.count - 3
    let summary = headline.summary.map { "\n" + Escaped.within($0, room, escape) } ?? ""
    return body(
      fallback: headline.title, blocks: [section("*\(line)*" + summary), context(headline.context)])
  }

  static func body(_ headlines: Headlines) -> [UInt8] {
    let lines = headlines.lines(longestSection - 40) { headline in
      "• " + linked(Escaped.within(headline.title, longestTitle, escape), headline.link)
    }
    let text = (["*\(headlines.title)*"] + lines).joined(separator: "\n")
    return body(fallback: headlines.title, blocks: [section(text)])
  }

  static func escape(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
  }

  private static func linked(_ title: String, _ link: String?) -> String {
    guard let link = link.map(escape), link.utf16.count <= longestLink else { return title }
    return "<\(link)|\(title)>"
  }

  private static func body(fallback: String, blocks: [JSONText]) -> [UInt8] {
    var body = JSONText()
    body.member("text", Escaped.within(fallback, longestFallback, escape))
    body.member("parse", "none")
    body.member("link_names", false)
    body.member("unfurl_links", false)
    body.member("unfurl_media", false)
    body.member("blocks", objects: blocks)
    return body.object
  }

  private static func section(_ text: String) -> JSONText {
    var block = JSONText()
    block.member("type", "section")
    block.member("text", object: markup(text))
    return block
  }

  private static func context(_ text: String) -> JSONText {
    var block = JSONText()
    block.member("type", "context")
    block.member("elements", objects: [markup(Escaped.within(text, longestTitle, escape))])
    return block
  }

  private static func markup(_ text: String) -> JSONText {
    var object = JSONText()
    object.member("type", "mrkdwn")
    object.member("text", text)
    // No names or addresses are looked for in the text.
    object.member("verbatim", true)
    return object
  }
}

/// Outside text escaped for a service, and short enough after it. Pure.
enum Escaped {
  /// `text`, shortened until `escape` makes at most `limit` UTF-16 units of it; no escape is cut.
  static func within(_ text: String, _ limit: Int, _ escape: (String) -> String) -> String {
    var most = max(limit, 0)
    while true {
      let escaped = escape(Shortened.text(text, most))
      if escaped.utf16.count <= limit || most == 0 { return most == 0 ? "" : escaped }
      // What escapes add is seen only afterwards; a text full of them is no prose.
      most = most * 3 / 4
    }
  }
}
