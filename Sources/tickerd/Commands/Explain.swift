import ArgumentParser
import TickerConfig
import TickerFetch
import TickerModel
import TickerText

/// `tickerd explain`: what the address guard says of a URL.
struct Explain: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show where a request to a URL would go, and whether it may, without sending it.",
    discussion: """
      Resolves the host and judges each address: allowed, or refused with the network that matched and the line that \
      would allow it. Takes the name of a configured source or webhook too; its allow_net and proxy count, as they do \
      for a URL that is theirs. Exit status 0 when a request would be sent, 1 when not.

      Example:
        tickerd explain https://hooks.example.org/ticker
        tickerd explain desk -c tickerd.toml --json
      """)

  @Argument(help: "A URL, or the name of a source or webhook.")
  var url: String

  @Option(help: ArgumentHelp("A network that is allowed, as in allow_net; repeatable.", valueName: "network"))
  var allowNet: [String] = []

  @Flag(help: "Print JSON.")
  var json = false

  @OptionGroup var options: ConfigurationOption

  func validate() throws {
    for text in allowNet where NetworkRange(text) == nil {
      throw ValidationError("--allow-net takes a network such as 10.1.2.0/24 or fd00::/8.")
    }
  }

  func run() throws {
    let target = try ExplainTarget.find(url, configuration: configuration())
    let networks = target.allowNet + allowNet.compactMap { NetworkRange($0) }
    let reach = Reach(url: target.url, allowNet: networks, proxy: target.proxy)
    let explanation = Explanation(target: target, reach: reach)
    if json {
      Console.print(String(decoding: explanation.json.object, as: UTF8.self))
    } else {
      for line in explanation.lines { Console.print(line) }
    }
    if !reach.isAllowed { throw ExitCode.failure }
  }

  /// Nil where none is there; one that was named and has faults ends the command.
  private func configuration() throws -> Configuration? {
    let isNamed = options.file != nil || LoadEnvironment.process.variables["TICKERD_CONFIG"]?.isEmpty == false
    if isNamed { return try options.load(quietly: true) }
    return options.read().configuration
  }
}

/// What is to be explained: a URL, and what the configuration says of it.
struct ExplainTarget {
  /// `source desk`, `webhook desk`; nil for a URL of nobody's.
  let owner: String?
  let url: String
  let isSecret: Bool
  let allowNet: [NetworkRange]
  let proxy: String?

  /// What is shown of the URL.
  var shown: String { isSecret ? MaskedURL.hostOnly(url) : MaskedURL.text(url) }

  /// The source or webhook of this name, or else of this URL; else the URL alone. Ends the command where a secret of the
  /// one that is meant cannot be read.
  static func find(_ text: String, configuration: Configuration?) throws -> ExplainTarget {
    guard let configuration else { return ExplainTarget(url: text) }
    let isURL = text.contains(":")
    for source in configuration.sources where isURL ? source.url == .literal(text) : source.name == text {
      return try target("source \(source.name)", source.url, source.allowNet, source.proxy, isChat: false)
    }
    for webhook in configuration.webhooks where isURL ? webhook.url == .literal(text) : webhook.name == text {
      return try target(
        "webhook \(webhook.name)", webhook.url, webhook.allowNet, webhook.proxy, isChat: webhook.format.isChat)
    }
    return ExplainTarget(url: text)
  }

  private init(url: String) {
    (owner, isSecret, allowNet, proxy) = (nil, false, [], nil)
    self.url = url
  }

  private init(owner: String, url: String, isSecret: Bool, allowNet: [NetworkRange], proxy: String?) {
    self.owner = owner
    self.url = url
    self.isSecret = isSecret
    self.allowNet = allowNet
    self.proxy = proxy
  }

  /// A chat's URL is a secret however it is written.
  private static func target(
    _ owner: String, _ url: ConfiguredURL, _ allowNet: [NetworkRange], _ proxy: ConfiguredURL?, isChat: Bool
  ) throws -> ExplainTarget {
    let text = try SecretResolution.text(of: url, for: "\(owner): url")
    let proxy = try proxy.map { try SecretResolution.text(of: $0, for: "\(owner): proxy") }
    var isSecret = isChat
    if case .secret = url { isSecret = true }
    return ExplainTarget(owner: owner, url: text, isSecret: isSecret, allowNet: allowNet, proxy: proxy)
  }
}

/// How the verdict is told.
struct Explanation {
  let target: ExplainTarget
  let reach: Reach

  /// For people.
  var lines: [String] {
    var lines = [(target.owner.map { $0 + ": " } ?? "") + target.shown]
    if let proxy = target.proxy { lines.append("  through the proxy \(MaskedURL.text(proxy)), which may be anywhere") }
    lines += judged.map { "  " + Self.line($0) }
    switch reach.obstacle {
    case .url(let reason): lines.append("refused: \(reason)")
    case .name(let reason): lines.append("refused: \(reason)")
    case nil: lines.append(reach.isAllowed ? "allowed" : "refused: \(refusals.map(\.remedy).joined(separator: " or "))")
    }
    return lines
  }

  /// `url host proxy verdict reason`, and `addresses` with `address verdict network reason allow_net`.
  var json: JSONText {
    var json = JSONText()
    json.member("url", target.shown)
    json.member("owner", target.owner)
    json.member("host", reach.host)
    json.member("proxy", target.proxy.map { MaskedURL.text($0) })
    json.member("verdict", reach.isAllowed ? "allowed" : "refused")
    switch reach.obstacle {
    case .url(let reason), .name(let reason): json.member("reason", reason)
    case nil: json.member("reason", reach.isAllowed ? nil : refusals.first?.reason)
    }
    json.member("allow_net", reach.isAllowed ? [] : refusals.map { "\($0.address.text)/\($0.address.bytes.count * 8)" })
    json.member("addresses", objects: judged.map(Self.json))
    return json
  }

  /// Behind a proxy what the URL spells counts too.
  private var judged: [Reach.Judged] {
    let literal = target.proxy == nil ? [] : reach.literal.map { [$0] } ?? []
    return literal + reach.addresses
  }

  private var refusals: [AddressPolicy.Refusal] { judged.compactMap(\.refusal) }

  private static func line(_ judged: Reach.Judged) -> String {
    guard let refusal = judged.refusal else { return "\(judged.address.text)  allowed" }
    return "\(judged.address.text)  refused, it is in \(refusal.network.text) (\(refusal.reason)); "
      + "if it is meant, add \(refusal.remedy)"
  }

  private static func json(_ judged: Reach.Judged) -> JSONText {
    var json = JSONText()
    json.member("address", judged.address.text)
    json.member("verdict", judged.refusal == nil ? "allowed" : "refused")
    json.member("network", judged.refusal?.network.text)
    json.member("reason", judged.refusal?.reason)
    json.member("remedy", judged.refusal?.remedy)
    return json
  }
}
