public import TickerModel
import TickerText

/// The configuration as it is in force: every key, defaults filled in, as TOML that can be read back. Pure.
public enum EffectiveConfiguration {
  /// URLs with userinfo or a query are masked, and a comment says so; secrets are shown as where they stand.
  public static func toml(_ configuration: Configuration) -> String {
    let tables =
      [daemon(configuration.daemon)] + configuration.sources.map(source) + configuration.rules.map(rule)
      + configuration.standardOutputs.map(standardOutput) + configuration.webhooks.map(webhook)
    return tables.map(\.text).joined(separator: "\n")
  }
}

extension EffectiveConfiguration {
  private static func daemon(_ settings: DaemonSettings) -> TOMLWriter {
    var table = TOMLWriter("[daemon]")
    table.line("state", quoted(settings.state))
    table.line("runtime", quoted(settings.runtime))
    let mode = String(settings.socketMode, radix: 8)
    table.line("socket_mode", quoted(String(repeating: "0", count: max(0, 4 - mode.count)) + mode))
    table.line("user_agent", quoted(settings.userAgent))
    table.line("log_level", quoted(settings.logLevel.rawValue))
    table.line("max_transfers", "\(settings.maxTransfers)")
    table.line("max_subscribers", "\(settings.maxSubscribers)")
    table.line("keep_documents", "\(settings.keepDocuments)")
    table.line("keep_bytes", quoted(Quantity.text(bytes: settings.keepBytes)))
    table.line("admin_group", settings.adminGroup.map { quoted($0.name) })
    table.line("per_host", "\(settings.perHost)")
    table.line("request_budget", quoted(settings.requestBudget?.text ?? ""))
    return table
  }

  private static func source(_ source: Source) -> TOMLWriter {
    var table = TOMLWriter("[[source]]")
    table.line("name", quoted(source.name))
    table.line("url", source.url)
    table.line("kind", quoted(source.kind.rawValue))
    table.line("enabled", "\(source.enabled)")
    table.lines(extraction: source)
    table.line("skip", array(source.skip.map { quoted($0.text) }))
    table.line("order", quoted(source.order.rawValue))
    table.line("tags", array(source.tags.map(quoted)))
    table.line("level", quoted(source.level.rawValue))
    table.line("interval", quoted(source.interval.text))
    table.line("min_interval", quoted(Quantity.text(source.minInterval)))
    table.line("max_interval", quoted(Quantity.text(source.maxInterval)))
    table.line("host_group", source.hostGroup.map(quoted))
    table.line("quiet_after", quoted(source.quietAfter.text))
    table.line("timeout", quoted(Quantity.text(source.timeout)))
    table.line("max_body", quoted(Quantity.text(bytes: source.maxBody)))
    table.line("baseline", quoted(source.baseline.text))
    table.line("dedupe", quoted(source.dedupe.rawValue))
    table.line("repeat_after", quoted(Quantity.text(source.repeatAfter)))
    table.line("retention", quoted(Quantity.text(source.retention)))
    table.line("keep_hashes", quoted(Quantity.text(source.keepHashes)))
    table.line("label_strip", array(source.labelStrip.map { quoted($0.text) }))
    table.line("language", source.language.map(quoted))
    table.line("expect", inline(expectation(source.expect)))
    table.line("allow_net", array(source.allowNet.map { quoted($0.text) }))
    table.line("headers", headers: source.headers)
    table.line("auth", source.auth.map(auth))
    table.line("proxy", proxy: source.proxy)
    table.line("ca_file", source.caFile.map(quoted))
    table.line("insecure", "\(source.insecure)")
    table.line("encoding", source.encoding.map(quoted))
    return table
  }

  private static func expectation(_ expectation: Expectation) -> [(String, String)] {
    let container = expectation.container.map { [("container", quoted($0))] } ?? []
    return [("min_items", "\(expectation.minItems)"), ("max_items", "\(expectation.maxItems)")] + container
  }

  private static func auth(_ auth: ConfiguredAuth) -> String {
    switch auth {
    case .basic(let reference): inline([("basic", TOMLWriter.reference(reference))])
    case .bearer(let reference): inline([("bearer", TOMLWriter.reference(reference))])
    }
  }

  private static func rule(_ rule: Rule) -> TOMLWriter {
    var table = TOMLWriter("[[rule]]")
    table.line("match", match(rule.match))
    let level = rule.level.map { [("level", quoted($0.rawValue))] } ?? []
    let tags = rule.tags.isEmpty ? [] : [("tags", array(rule.tags.map(quoted)))]
    table.line("set", rule.drop ? nil : inline(level + tags))
    table.line("drop", "\(rule.drop)")
    return table
  }

  /// Nil for a rule that fits every item.
  private static func match(_ match: RuleMatch) -> String? {
    let given = given([
      ("source", match.sources), ("not_source", match.notSources), ("tag", match.tags),
      ("level", match.levels.map(\.rawValue)), ("text", match.texts.map(\.text)),
      ("attribution", match.attributions), ("language", match.languages),
    ])
    return given.isEmpty ? nil : inline(given)
  }

  private static func standardOutput(_ output: StandardOutput) -> TOMLWriter {
    var table = TOMLWriter("[[stdout]]")
    table.line("format", quoted(output.format.rawValue))
    table.line("filter", filter(output.filter))
    return table
  }

  private static func webhook(_ webhook: Webhook) -> TOMLWriter {
    var table = TOMLWriter("[[webhook]]")
    table.line("name", quoted(webhook.name))
    table.line("url", webhook.url, isSecret: webhook.format.isChat)
    table.line("format", quoted(webhook.format.rawValue))
    table.line("enabled", "\(webhook.enabled)")
    table.line("secrets", array(webhook.secrets.map(TOMLWriter.reference)))
    table.line("filter", filter(webhook.filter))
    table.line("allow_net", array(webhook.allowNet.map { quoted($0.text) }))
    table.line("retry", array(webhook.retry.map { quoted(Quantity.text($0)) }))
    table.line("timeout", quoted(Quantity.text(webhook.timeout)))
    table.line("concurrency", "\(webhook.concurrency)")
    table.line("ordered", "\(webhook.ordered)")
    table.line("expires_after", quoted(Quantity.text(webhook.expiresAfter)))
    table.line("on_recover", quoted(webhook.onRecover.text))
    table.line(
      "batch",
      webhook.batch.map {
        inline([("max_items", "\($0.maxItems)"), ("max_wait", quoted(Quantity.text($0.maxWait)))])
      })
    let circuit = webhook.circuit
    table.line(
      "circuit",
      inline([
        ("failures", "\(circuit.failures)"), ("over", quoted(Quantity.text(circuit.over))),
        ("probe", quoted(Quantity.text(circuit.probe))),
      ]))
    table.line("chat_id", webhook.chatID.map(quoted))
    table.line("topic", webhook.topic.map(quoted))
    table.line("template", webhook.template.map { quoted($0.text) })
    table.line("headers", headers: webhook.headers)
    table.line("proxy", proxy: webhook.proxy)
    return table
  }

  /// Nil for a filter that takes everything.
  private static func filter(_ filter: Filter) -> String? {
    let given = given([
      ("source", filter.sources), ("not_source", filter.notSources), ("tag", filter.tags), ("type", filter.types),
      ("text", filter.texts.map(\.text)), ("attribution", filter.attributions),
    ])
    let level = filter.minLevel.map { [("min_level", quoted($0.rawValue))] } ?? []
    return given.isEmpty && level.isEmpty ? nil : inline(given + level)
  }

  /// The keys that have a value.
  private static func given(_ lists: [(key: String, values: [String])]) -> [(String, String)] {
    lists.filter { !$0.values.isEmpty }.map { ($0.key, array($0.values.map(quoted))) }
  }

  private static func quoted(_ text: String) -> String { TOMLWriter.quoted(text) }
  private static func array(_ values: [String]) -> String { TOMLWriter.array(values) }
  private static func inline(_ members: [(String, String)]) -> String { TOMLWriter.inline(members) }
}
