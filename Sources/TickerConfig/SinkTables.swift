import TickerModel

/// The `[[stdout]]` tables.
enum StandardOutputTable {
  static func read(_ table: inout TableReader, sources: [String]?) -> StandardOutput {
    var output = StandardOutput()
    table.choice("format", into: &output.format)
    output.filter = FilterTable.read(&table, sources: sources)
    return output
  }
}

/// The `[[webhook]]` tables.
enum WebhookTable {
  /// The webhook that `table` describes; nil with a fault there when it has no good name or URL.
  static func read(
    _ table: inout TableReader, names: inout NameRegister, sources: [String]?, environment: LoadEnvironment
  ) -> Webhook? {
    let name = names.name(of: &table)
    let format: WebhookFormat = table.choice("format") ?? .standard
    let url = URLValue.read(
      &table, schemes: URLRule.webSchemes, isSecret: format.isChat, environment: environment)
    var webhook = Webhook(name: name ?? "", url: url ?? .literal(""))
    webhook.format = format
    table.flag("enabled", into: &webhook.enabled)
    webhook.secrets = secrets(&table, environment)
    webhook.filter = FilterTable.read(&table, sources: sources)
    table.networks("allow_net", into: &webhook.allowNet)
    table.durations("retry", atMost: Bounds.retries, within: Bounds.retryWait, into: &webhook.retry)
    table.duration("timeout", within: Bounds.webhookTimeout, into: &webhook.timeout)
    table.integer("concurrency", within: Bounds.concurrency, into: &webhook.concurrency)
    DeliveryKeys.read(&table, into: &webhook)
    table.headers(into: &webhook.headers, environment: environment)
    table.proxy(into: &webhook.proxy, environment: environment)
    guard name != nil, let url else { return nil }
    URLValue.warnOfPrivateAddress(url, allowing: webhook.allowNet, isSecret: format.isChat, in: &table)
    return webhook
  }

  /// One `secret`, or `secrets` while keys are rotated; none is a webhook without signatures.
  private static func secrets(_ table: inout TableReader, _ environment: LoadEnvironment) -> [SecretReference] {
    let single = table.take("secret")
    let several = list(&table)
    if let single, table.has("secrets") {
      table.fault(single.place, "secret and secrets exclude each other; keep one")
    }
    let nodes = single.map { [("secret", $0.node)] } ?? several.map { ("secrets", $0) }
    return nodes.compactMap { SecretTable.read($0, $1, in: &table, environment: environment) }
  }

  private static func list(_ table: inout TableReader) -> [TOMLNode] {
    guard let entry = table.take("secrets") else { return [] }
    if case .string = entry.node.value {
      table.fault(entry.node.place, "secrets: secrets never stand in the file; write [ \(SecretTable.forms), … ]")
      return []
    }
    return table.array("secrets", of: SecretTable.forms, atMost: Bounds.secrets) ?? []
  }
}
