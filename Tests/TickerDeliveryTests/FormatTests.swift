import Testing
import TickerModel

@testable import TickerDelivery

/// Bodies of every format, for headlines that a stranger wrote.
@Suite struct FormatTests {
  private static let at = Timestamp(milliseconds: 1_795_442_520_130)

  private static func event(
    _ title: String, text: String? = nil, link: String? = "https://example.org/a?b=1&c=2", sequence: Int64 = 1234,
    level: Level = .bulletin, tags: [String] = ["mena"]
  ) -> DeliveredEvent {
    guard let fingerprint = Fingerprint(bytes: [UInt8](repeating: 7, count: 32)) else {
      preconditionFailure("32 bytes")
    }
    let facts = ItemFacts(
      id: "itm_\(String(repeating: "0", count: 22))\(sequence)", text: text, link: link, published: nil, updated: nil,
      seen: at, seenAfter: nil, level: level, tags: tags, occurrence: 1, revision: 1,
      fingerprint: fingerprint, baseline: false)
    let event = Event(type: .itemNew, at: at, source: "bbc", title: title, item: facts)
    return DeliveredEvent(
      LogRecord(
        sequence: sequence, at: at, type: "item.new", source: "bbc", item: facts.id, level: level, tags: tags, also: [],
        body: EventEncoding.body(of: event)), epoch: "k3f9q2")
  }

  private static func form(_ format: WebhookFormat, template: String? = nil) throws -> MessageForm {
    var webhook = Webhook(name: "desk", url: .literal("https://example.org/"))
    webhook.format = format
    webhook.chatID = "-1001234567890"
    webhook.topic = "news"
    webhook.template = try template.map { try Template($0, names: Template.eventNames) }
    return MessageForm(webhook)
  }

  private static func body(_ format: WebhookFormat, _ event: DeliveredEvent) throws -> TemplateValue {
    let message = try form(format).message(event)
    #expect(message.id == event.id)
    #expect(message.body.count <= WebhookMessage.longestBody)
    return try #require(TemplateValue(json: message.body))
  }

  static let hostile = [
    "@everyone <!channel> <@U123> <https://evil.example|click> &amp; *bold* _x_ `code`",
    "[click](https://evil.example) ||spoiler|| <at>Desk</at> </b><a href=\"https://evil.example\">x</a> @admin",
    "quote \" backslash \\ newline \n tab \t null \u{0} escape \u{1B}[31m bidi \u{202E}",
    String(repeating: "<&>\"", count: 900),
    String(repeating: "𝕏é", count: 2000), "",
  ]

  @Test(arguments: hostile)
  func slackMentionsNobodyAndKeepsItsLimits(_ title: String) throws {
    let body = try Self.body(.slack, Self.event(title, text: String(repeating: title + " ", count: 3)))
    let section = try #require(body["blocks"].list.first?["text"])
    let text = section["text"].text
    #expect(text.utf16.count <= 3000 && !text.isEmpty)
    #expect(section["type"].text == "mrkdwn" && section["verbatim"] == .flag(true))
    // The only angle brackets are those of the event's own link.
    #expect(text.count { $0 == "<" } == 1 && text.contains("<https://example.org/a?b=1&amp;c=2|"))
    #expect(!body["text"].text.contains("<") && body["link_names"] == .flag(false))
  }

  @Test(arguments: hostile)
  func discordMentionsNobodyAndKeepsItsLimits(_ title: String) throws {
    let body = try Self.body(.discord, Self.event(title, text: String(repeating: title + " ", count: 5)))
    #expect(body["allowed_mentions"]["parse"] == .list([]))
    let embed = try #require(body["embeds"].list.first)
    let parts = [embed["title"], embed["description"], embed["footer"]["text"]].map(\.text)
    #expect(parts[0].utf16.count <= 256 && parts[1].utf16.count <= 4096 && parts[2].utf16.count <= 2048)
    #expect(parts.map(\.utf16.count).reduce(0, +) <= 6000)
    for text in parts.prefix(2) {
      var isEscaped = false
      for character in text {
        if !isEscaped { #expect(!"*_~`|[]<".contains(character), "\(character) acts in \(text.prefix(80))") }
        isEscaped = !isEscaped && character == "\\"
      }
    }
  }

  @Test(arguments: [
    ("https://discord.com/api/webhooks/1/t", "https://discord.com/api/webhooks/1/t?wait=true"),
    (
      "https://ptb.Discord.com/api/webhooks/1/t?thread_id=7",
      "https://ptb.Discord.com/api/webhooks/1/t?thread_id=7&wait=true"
    ),
    ("https://discordapp.com/api/webhooks/1/t?wait=false", "https://discordapp.com/api/webhooks/1/t?wait=false"),
    ("https://relay.example.org/discord", "https://relay.example.org/discord"),
    ("https://notdiscord.com/api", "https://notdiscord.com/api"),
  ])
  func discordIsAskedToKeepTheMessageBeforeItAnswers(_ url: String, _ place: String) throws {
    #expect(try Self.form(.discord).place(url) == place)
    #expect(try Self.form(.slack).place(url) == url)
  }

  @Test(arguments: hostile)
  func teamsShowsPlainTextWithinItsLimit(_ title: String) throws {
    let message = try Self.form(.teams).message(Self.event(title, text: String(repeating: title + " ", count: 9)))
    #expect(message.body.count <= 28 << 10)
    let card = try #require(TemplateValue(json: message.body)?["attachments"].list.first?["content"])
    #expect(card["msteams"] == .absent && card["type"].text == "AdaptiveCard")
    for block in card["body"].list {
      #expect(block["type"].text == "RichTextBlock" && block["inlines"].list.first?["type"].text == "TextRun")
    }
    #expect(card["actions"].list.first?["url"].text == "https://example.org/a?b=1&c=2")
  }

  @Test(arguments: hostile)
  func telegramTagsAreOursAndNobodyIsTold(_ title: String) throws {
    let body = try Self.body(.telegram, Self.event(title, text: String(repeating: title + " ", count: 5)))
    let text = body["text"].text
    #expect(text.utf16.count <= 4096 && body["parse_mode"].text == "HTML")
    #expect(body["chat_id"] == .number("-1001234567890"))
    let bare = ["<b>", "</b>", "<i>", "</i>"].reduce(text) { $0.replacing($1, with: "") }
    #expect(!bare.contains("<") && !bare.contains(">"))
    #expect(text.matches(of: /@\w/).isEmpty)
  }

  @Test(arguments: hostile)
  func ntfyKeepsItsLimits(_ title: String) throws {
    let body = try Self.body(.ntfy, Self.event(title, text: String(repeating: title + " ", count: 9)))
    #expect(body["topic"].text == "news" && body["priority"] == .number("4"))
    #expect(body["title"].text.utf8.count <= 1000 && body["message"].text.utf8.count <= 4096)
    #expect(body["tags"].list.map(\.text) == ["mena"] && body["click"].text == "https://example.org/a?b=1&c=2")
  }

  @Test(arguments: hostile)
  func standardAndCloudEventsCarryTheEventItself(_ title: String) throws {
    let event = Self.event(title)
    let own = try Self.body(.standard, event)
    let cloud = try Self.body(.cloudevents, event)
    #expect(own["data"] == cloud["data"] && own["type"].text == "item.new")
    #expect(cloud["specversion"].text == "1.0" && cloud["id"].text == event.id && cloud["type"].text == "item.new")
    #expect(cloud["source"].text == "urn:tickerd:source:bbc" && cloud["time"].text == "2026-11-23T14:02:00.130Z")
    #expect(cloud["sequence"].text == "00000000000000001234")
    #expect(try Self.form(.cloudevents).message(event).contentType == "application/cloudevents+json; charset=utf-8")
  }

  @Test(arguments: hostile)
  func aTemplateIsJSONWhateverTheTitle(_ title: String) throws {
    let text =
      #"{"t":"{{title}}","tags":[{{#tags}}"{{.}}"{{/tags}}]{{#link}},"l":"{{link}}"{{/link}}{{^text}},"e":1{{/text}}}"#
    let message = try Self.form(.template, template: text).message(Self.event(title))
    let body = try #require(TemplateValue(json: message.body))
    #expect(
      body["tags"].list.map(\.text) == ["mena"] && body["e"] == .number("1") && body["l"].text.hasPrefix("https:"))
    #expect(message.contentType == "application/json")
    #expect(body["t"].text == (EventText.read(Self.event(title).record.body)?.title ?? ""))
  }

  @Test func aTextTemplateAndTheWholeEvent() throws {
    let event = Self.event("A \"quote\"")
    let message = try Self.form(.template, template: "{{{title}}} ({{source}}){{! nothing }}").message(event)
    #expect(String(decoding: message.body, as: UTF8.self) == "A \"quote\" (bbc)")
    #expect(message.contentType == "text/plain; charset=utf-8")
    let whole = try Self.form(.template, template: "[{{{event}}}]").message(event)
    #expect(TemplateValue(json: whole.body)?.list.first?["title"].text == "A \"quote\"")
  }

  @Test(arguments: [WebhookFormat.slack, .discord, .teams, .telegram, .ntfy])
  func severalEventsAreLinesAndACount(_ format: WebhookFormat) throws {
    let events = (1...60).map { Self.event("Headline \($0) <b> @everyone", sequence: Int64($0)) }
    let message = try Self.form(format).message(Bundle(.collapsed, events))
    let text = String(decoding: message.body, as: UTF8.self)
    #expect(TemplateValue(json: message.body) != nil && message.body.count <= 28 << 10)
    #expect(text.contains("60 news") && text.contains("and 50 more") && text.contains("Headline 60"))
    #expect(message.id.hasPrefix("bat_") && !message.id.contains("."))
    #expect(try Self.form(format).message(Bundle(.collapsed, events)) == message)
  }

  @Test func aBatchHoldsItsEvents() throws {
    let events = (1...3).map { Self.event("Headline \($0)", sequence: Int64($0)) }
    let own = try #require(TemplateValue(json: try Self.form(.standard).message(Bundle(.batch, events)).body))
    #expect(
      own["type"].text == "batch"
        && own["data"]["events"].list.map { $0["title"].text } == ["Headline 1", "Headline 2", "Headline 3"])
    #expect(own["data"]["first"].text == "k3f9q2-1" && own["data"]["last"].text == "k3f9q2-3")
    let cloud = try Self.form(.cloudevents).message(Bundle(.batch, events))
    #expect(cloud.contentType.hasPrefix("application/cloudevents-batch+json"))
    #expect(TemplateValue(json: cloud.body)?.list.count == 3)
    let digest = Bundle(.digest, events, count: 500, first: "k3f9q2-0")
    let body = try #require(TemplateValue(json: try Self.form(.standard).message(digest).body))
    #expect(body["type"].text == "digest" && body["data"]["count"] == .number("500"))
  }

  @Test(arguments: ["javascript:alert(1)", "https://a b", "https://x/\"><", "ftp://x/", nil])
  func aLinkThatIsNoneIsLeftOut(_ link: String?) throws {
    let body = try Self.body(.telegram, Self.event("Title", link: link))
    #expect(body["text"].text == "<b>Title</b>\n<i>bbc · 14:02 UTC · bulletin</i>")
  }

  @Test(arguments: [
    ("{{", "{{ without its }}", 1, 1), ("a\n  {{/x}}", "{{/x}} ends no section", 2, 3),
    ("{{#link}}{{/text}}", "{{/text}} where {{/link}} is due", 1, 10),
    (String(repeating: "{{#link}}", count: 9), "more than 8 sections within", 1, 73),
  ])
  func faultsOfTemplatesNameTheirPlace(_ text: String, _ message: String, _ line: Int, _ column: Int) {
    let fault = #expect(throws: Template.Fault.self) { try Template(text, names: Template.eventNames) }
    #expect(fault?.message == message && fault?.line == line && fault?.column == column)
  }

  @Test func aTemplateThatGrowsIsBounded() throws {
    let section = String(repeating: "{{#tags}}", count: 8) + "x" + String(repeating: "{{/tags}}", count: 8)
    let template = try Template(section, names: Template.eventNames)
    #expect(template.render(["tags": .list([TemplateValue](repeating: .text("a"), count: 32))]) == nil)
  }
}

extension TemplateValue {
  subscript(_ key: String) -> TemplateValue {
    if case .object(let members) = self { members[key] ?? .absent } else { .absent }
  }
  var text: String { if case .text(let text) = self { text } else { "" } }
  var list: [TemplateValue] { if case .list(let list) = self { list } else { [] } }
}
