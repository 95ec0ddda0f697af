import TickerText

/// An adaptive card for a Teams workflow ("when a webhook request is received",
/// https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook). Outside
/// text stands in text runs, which know no markup (https://adaptivecards.io/explorer/TextRun.html), and a card without
/// `msteams.entities` mentions nobody.
enum Teams {
  /// The whole message may have 28 KB; a character can take six bytes of JSON.
  static let longestTitle = 500
  static let longestSummary = 2000
  static let longestLink = 2048
  static let longestLines = 3000

  static func body(_ headline: Headline) -> [UInt8] {
    var blocks = [block(Shortened.text(headline.title, longestTitle), ["weight": "Bolder", "size": "Medium"])]
    if let summary = headline.summary { blocks.append(block(Shortened.text(summary, longestSummary), [:])) }
    blocks.append(block(Shortened.text(headline.context, longestTitle), ["size": "Small"], isSubtle: true))
    return body(blocks, link: headline.link.flatMap { $0.utf16.count <= longestLink ? $0 : nil })
  }

  static func body(_ headlines: Headlines) -> [UInt8] {
    let lines = headlines.lines(longestLines) { "• " + Shortened.text($0.title, longestTitle) }
    let title = block(headlines.title, ["weight": "Bolder", "size": "Medium"])
    return body([title] + lines.map { block($0, [:]) }, link: nil)
  }

  private static func block(_ text: String, _ style: KeyValuePairs<StaticString, String>, isSubtle: Bool = false)
    -> JSONText
  {
    var run = JSONText()
    run.member("type", "TextRun")
    run.member("text", text)
    for (key, value) in style { run.member(key, value) }
    if isSubtle { run.member("isSubtle", true) }
    var block = JSONText()
    block.member("type", "RichTextBlock")
    block.member("inlines", objects: [run])
    return block
  }

  private static func body(_ blocks: [JSONText], link: String?) -> [UInt8] {
    var card = JSONText()
    card.member("$schema", "http://adaptivecards.io/schemas/adaptive-card.json")
    card.member("type", "AdaptiveCard")
    card.member("version", "1.4")
    card.member("body", objects: blocks)
    if let link {
      var action = JSONText()
      action.member("type", "Action.OpenUrl")
      action.member("title", "Open")
      action.member("url", link)
      card.member("actions", objects: [action])
    }
    var attachment = JSONText()
    attachment.member("contentType", "application/vnd.microsoft.card.adaptive")
    attachment.member("contentUrl", json: Array("null".utf8))
    attachment.member("content", object: card)
    var body = JSONText()
    body.member("type", "message")
    body.member("attachments", objects: [attachment])
    return body.object
  }
}
