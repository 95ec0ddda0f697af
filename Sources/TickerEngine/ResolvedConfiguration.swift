public import TickerDelivery
public import TickerFetch
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
  /// Headers, logins and proxies.
  public let access: Access

  /// What requests carry and go through, by name.
  public struct Access: Sendable {
    public var sources: [String: FetchAccess] = [:]
    public var webhooks: [String: FetchAccess] = [:]

    public init() {}
  }

  public init(
    configuration: Configuration, sourceURLs: [String: ResolvedURL], webhookURLs: [String: ResolvedURL],
    keys: [String: [WebhookKey]], access: Access = Access()
  ) {
    self.configuration = configuration
    self.sourceURLs = sourceURLs
    self.webhookURLs = webhookURLs
    self.keys = keys
    self.access = access
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

/// One source with everything its poll needs. A class only because a kilobyte that never changes is shared by all polls.
final class PolledSource: Sendable, Equatable {
  let source: Source
  let url: ResolvedURL
  let access: FetchAccess
  /// The hash of what decides how the document is read; validators and the stored body belong to it.
  let rules: [UInt8]
  /// Whose politeness it shares.
  let group: HostGroup

  init(source: Source, url: ResolvedURL, access: FetchAccess = FetchAccess()) {
    self.source = source
    self.url = url
    self.access = access
    group = HostGroup(url: url.text, override: source.hostGroup)
    rules = Self.rules(of: source, url: url)
  }

  static func == (one: PolledSource, other: PolledSource) -> Bool {
    // The rest is made of these.
    one.source == other.source && one.url == other.url && one.access == other.access
  }

  private static func rules(of source: Source, url: ResolvedURL) -> [UInt8] {
    // A language or a device asked for makes another document; who asks does not.
    let headers = source.headers.compactMap { header -> String? in
      if case .literal(let value) = header.value { "\(header.name):\(value)" } else { nil }
    }
    var parts: [String] =
      headers + [
        url.text, source.kind.rawValue, source.select ?? "\u{0}", source.start ?? "\u{0}", source.end ?? "\u{0}",
        source.order.rawValue, source.dedupe.rawValue, source.expect.container ?? "\u{0}",
      ]
    // Rules that came later count where they are given: an upgrade alone changes no source's hash.
    let later = [
      ("xpath", source.xpath), ("items", source.items), ("start_match", source.startMatch?.text),
      ("end_match", source.endMatch?.text), ("encoding", source.encoding),
    ]
    for (key, value) in later { if let value { parts += [key, value] } }
    parts += source.fields.given.flatMap { ["fields", $0.name.rawValue, $0.selector] }
    parts += source.map.given.flatMap { ["map", $0.name.rawValue, $0.path] }
    parts += source.skip.flatMap { ["skip", $0.text] }
    return Digest.sha256(parts.flatMap { Array("\($0.utf8.count):\($0)".utf8) })
  }
}
