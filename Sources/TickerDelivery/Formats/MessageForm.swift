public import TickerModel

/// What a webhook's messages look like: its format, and the settings that change a body. Equal forms share their bodies.
/// Pure; any thread.
public struct MessageForm: Sendable, Hashable {
  public let format: WebhookFormat
  /// Telegram's chat or ntfy's topic.
  let address: String
  let template: Template?

  /// The form of `webhook`.
  public init(_ webhook: Webhook) {
    format = webhook.format
    address = (webhook.format == .telegram ? webhook.chatID : webhook.topic) ?? ""
    template = webhook.template
  }

  /// How fast the service takes messages; nil where the receiver is the operator's own.
  public var pace: MessagePace.Terms? { MessagePace.terms(of: format, address: address) }

  /// Where its messages are posted, of an endpoint with this URL.
  public func place(_ url: String) -> String { format == .discord ? Discord.place(url) : url }

  /// One event.
  public func message(_ event: DeliveredEvent) -> WebhookMessage {
    WebhookMessage(id: event.id, contentType: contentType(isSeveral: false), body: body(event))
  }

  /// Several events, oldest first, at least two.
  public func message(_ bundle: Bundle) -> WebhookMessage {
    WebhookMessage(id: bundle.id, contentType: contentType(isSeveral: true), body: body(bundle))
  }
}

extension MessageForm {
  private func contentType(isSeveral: Bool) -> String {
    switch format {
    case .cloudevents: isSeveral ? CloudEvent.batchType : CloudEvent.contentType
    case .template where template?.looksLikeJSON == false: "text/plain; charset=utf-8"
    default: WebhookMessage.jsonType
    }
  }

  private func body(_ event: DeliveredEvent) -> [UInt8] {
    switch format {
    case .standard: StandardForm.body(event)
    case .cloudevents: CloudEvent.body(event)
    case .slack: Slack.body(Headline(event))
    case .discord: Discord.body(Headline(event))
    case .teams: Teams.body(Headline(event))
    case .telegram: Telegram.body(Headline(event), chat: address)
    case .ntfy: Ntfy.body(Headline(event), topic: address)
    case .template: template.map { TemplateForm.body($0, event) } ?? []
    }
  }

  private func body(_ bundle: Bundle) -> [UInt8] {
    switch format {
    case .standard: StandardForm.body(bundle)
    case .cloudevents: CloudEvent.body(bundle)
    case .slack: Slack.body(bundle.headlines)
    case .discord: Discord.body(bundle.headlines)
    case .teams: Teams.body(bundle.headlines)
    case .telegram: Telegram.body(bundle.headlines, chat: address)
    case .ntfy: Ntfy.body(bundle.headlines, topic: address)
    case .template: template.map { TemplateForm.body($0, bundle) } ?? []
    }
  }
}
