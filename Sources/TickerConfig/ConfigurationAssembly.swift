import TickerModel

/// Puts the tables of all files together, in reading order: the main file, then those it includes.
struct ConfigurationAssembly {
  /// The main file first; each collects its own faults.
  private(set) var files: [TableReader]
  private let context: SourceContext

  init(files: [TableReader], context: SourceContext) {
    self.files = files
    self.context = context
  }

  /// Meaningful when no file has a fault afterwards. To be called once.
  mutating func configuration() -> Configuration {
    let daemon = DaemonTable.read(&files[0], environment: context.environment)
    let defaults = SourceTable.defaults(&files[0], context)
    let context = context
    var names = NameRegister()
    let sources = readTables("source", keys: Keys.source) {
      SourceTable.source(&$0, defaults: defaults, names: &names, context)
    }
    warnOfNoSources(sources)
    let known = files.contains { $0.faults.contains { $0.severity == .fault } } ? nil : names.names
    let rules = rules(sources: known)
    let outputs = readTables("stdout", keys: Keys.standardOutput) { StandardOutputTable.read(&$0, sources: known) }
    var webhookNames = NameRegister()
    let webhooks = readTables("webhook", keys: Keys.webhook) {
      WebhookTable.read(&$0, names: &webhookNames, sources: known, environment: context.environment)
    }
    return Configuration(daemon: daemon, sources: sources, rules: rules, standardOutputs: outputs, webhooks: webhooks)
  }

  private mutating func rules(sources: [String]?) -> [Rule] {
    let rules = readTables("rule", keys: Keys.rule) { RuleTable.read(&$0, sources: sources) }
    if rules.count > Bounds.rules {
      files[0].fault(.file, "\(rules.count) rules, at most \(Bounds.rules) are taken; one match can hold many values")
    }
    return rules
  }

  /// What `read` makes of each `[[key]]` of every file.
  private mutating func readTables<Value>(
    _ key: String, keys: [String], _ read: (inout TableReader) -> Value?
  ) -> [Value] {
    var values: [Value] = []
    for index in files.indices {
      for var table in files[index].tables(key, keys: keys) {
        if let value = read(&table) { values.append(value) }
        files[index].absorb(table)
      }
    }
    return values
  }

  private mutating func warnOfNoSources(_ sources: [Source]) {
    guard !files.contains(where: { $0.faults.contains { $0.severity == .fault } }) else { return }
    if sources.isEmpty {
      files[0].warn(.file, "no sources yet: nothing will be polled; add a [[source]] (tickerd probe URL writes one)")
    } else if !sources.contains(where: \.enabled) {
      files[0].warn(.file, "every source is disabled: nothing will be polled")
    }
  }
}
