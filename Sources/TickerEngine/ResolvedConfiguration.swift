public import TickerDelivery
public import TickerModel
import TickerText

/// A configuration whose secrets were read: what Engine runs by. Never logged, never stored.
public struct ResolvedConfiguration: Sendable {
  public let configuration: Configuration
  /// By source name.
  public let sourceURLs: [String: ResolvedURL]
  /// By webhook name.
  public let webhookURLs: [String: ResolvedURL]
  /// By webhook name, newest first.
  public let keys: [String: [WebhookKey]]

  public init(
    configuration: Configuration, sourceURLs: [String: ResolvedURL], webhookURLs: [String: ResolvedURL],
    keys: [String: [WebhookKey]]
  ) {
    self.configuration = configuration
    self.sourceURLs = sourceURLs
    self.webhookURLs = webhookURLs
    self.keys = keys
  }
}

/// A URL and whether it may be shown.
public struct ResolvedURL: Sendable, Equatable {
  public let text: String
  public let isSecret: Bool

  public init(_ text: String, isSecret: Bool) {
    self.text = text
    self.isSecret = isSecret
  }

  /// What logs and tables show.
  public var shown: String { isSecret ? MaskedURL.hostOnly(text) : MaskedURL.text(text) }
}

/// One source with everything its poll needs.
struct PolledSource: Sendable, Equatable {
  let source: Source
  let url: ResolvedURL
  /// The hash of what decides how the document is read; validators and the stored body belong to it.
  let rules: [UInt8]
  /// Whose politeness it shares.
  let group: HostGroup

  init(source: Source, url: ResolvedURL) {
    self.source = source
    self.url = url
    group = HostGroup(url: url.text, override: source.hostGroup)
    let parts: [String] = [
      url.text, source.kind.rawValue, source.select ?? "\u{0}", source.start ?? "\u{0}", source.end ?? "\u{0}",
      source.order.rawValue, source.dedupe.rawValue, source.expect.container ?? "\u{0}",
    ]
    rules = Digest.sha256(parts.flatMap { Array("\($0.utf8.count):\($0)".utf8) })
  }
}
