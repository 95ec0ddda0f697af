import TickerModel
import TickerText

/// What the rules of a source need from outside.
struct SourceContext: Sendable {
  let environment: LoadEnvironment
  /// What is wrong with a rule of an item; nil when it can be used.
  let selectorFault: @Sendable (String, RuleLanguage) -> String?
}

/// What a rule that finds items, or parts of one, is written in.
public enum RuleLanguage: Sendable {
  case css
  /// CSS from an item's element.
  case itemCSS
  case xpath
  /// JSONPath or JSON Pointer.
  case path

  /// For "… is no …".
  fileprivate var name: String {
    switch self {
    case .css, .itemCSS: "CSS selector"
    case .xpath: "XPath expression"
    case .path: "JSONPath or JSON Pointer"
    }
  }
}

/// The `[defaults]` table and the `[[source]]` tables.
enum SourceTable {
  /// A source without name and URL that carries `[defaults]`. `top` is the main file.
  static func defaults(_ top: inout TableReader, _ context: SourceContext) -> Source {
    var source = Source(name: "", url: .literal(""))
    guard var table = top.table("defaults", title: "[defaults]", keys: Keys.defaults) else { return source }
    read(&table, into: &source, context)
    WindowRules.refuseTwo(&table)
    top.absorb(table)
    return source
  }

  /// The source that `table` describes; nil with a fault there when it has no good name or URL.
  static func source(
    _ table: inout TableReader, defaults: Source, names: inout NameRegister, _ context: SourceContext
  ) -> Source? {
    var source = defaults
    let name = names.name(of: &table)
    let url = URLValue.read(&table, schemes: URLRule.sourceSchemes, environment: context.environment)
    table.choice("kind", into: &source.kind)
    read(&table, into: &source, context)
    WindowRules.refuseTwo(&table)
    WindowRules.fit(&table, into: &source)
    guard let name, let url else { return nil }
    source.name = name
    source.url = url
    URLValue.warnOfPrivateAddress(url, allowing: source.allowNet, in: &table)
    return source
  }
}

extension SourceTable {
  /// The keys that `[defaults]` and `[[source]]` have in common.
  private static func read(_ table: inout TableReader, into source: inout Source, _ context: SourceContext) {
    table.flag("enabled", into: &source.enabled)
    itemRules(&table, into: &source, context)
    table.choice("order", into: &source.order)
    source.tags = table.tags() ?? source.tags
    table.choice("level", into: &source.level)
    interval(&table, into: &source.interval)
    table.duration("timeout", within: Bounds.sourceTimeout, into: &source.timeout)
    table.size("max_body", within: Bounds.maxBody, into: &source.maxBody)
    baseline(&table, into: &source.baseline)
    table.choice("dedupe", into: &source.dedupe)
    table.duration("repeat_after", within: Bounds.repeatAfter, into: &source.repeatAfter)
    table.duration("retention", within: Bounds.retention, into: &source.retention)
    table.duration("keep_hashes", within: Bounds.keepHashes, into: &source.keepHashes)
    source.labelStrip =
      table.texts("label_strip", atMost: Bounds.labels).map { table.patterns("label_strip", $0) }
      ?? source.labelStrip
    source.language = table.text("language").flatMap { table.language("language", $0) } ?? source.language
    expectation(&table, into: &source.expect, context)
    table.networks("allow_net", into: &source.allowNet)
    readAccess(&table, into: &source, context)
  }

  private static func readAccess(_ table: inout TableReader, into source: inout Source, _ context: SourceContext) {
    table.headers(into: &source.headers, environment: context.environment)
    table.auth(into: &source.auth, environment: context.environment)
    table.proxy(into: &source.proxy, environment: context.environment)
    table.certificates(into: &source.caFile, environment: context.environment)
    table.flag("insecure", into: &source.insecure)
    if source.auth != nil, source.headers.contains(where: { $0.name.lowercased() == "authorization" }) {
      let place = table.place(of: table.has("auth") ? "auth" : "headers")
      table.fault(place, "auth and a header Authorization exclude each other; keep one")
    }
    if source.insecure, table.has("insecure") {
      table.warn(
        table.place(of: "insecure"), "insecure: whoever is on the way can read and change what this source says")
    }
  }

  /// How the items of a document, and their parts, are found.
  private static func itemRules(_ table: inout TableReader, into source: inout Source, _ context: SourceContext) {
    let hasXPath = table.has("xpath") || !table.has("select") && source.xpath != nil
    if table.has("select") || table.has("xpath") { (source.select, source.xpath) = (nil, nil) }
    source.select = selector("select", .css, in: &table, context) ?? source.select
    source.xpath = selector("xpath", .xpath, in: &table, context) ?? source.xpath
    if var fields = table.table("fields", title: "fields", keys: Keys.fields) {
      source.fields = ItemFields()
      for name in ItemFields.Name.allCases {
        source.fields[name] = selector(name.rawValue, hasXPath ? .xpath : .itemCSS, in: &fields, context)
      }
      table.absorb(fields)
    }
    source.items = selector("items", .path, in: &table, context) ?? source.items
    if var map = table.table("map", title: "map", keys: Keys.map) {
      source.map = ItemMap()
      for name in ItemMap.Name.allCases { source.map[name] = selector(name.rawValue, .path, in: &map, context) }
      table.absorb(map)
    }
    if table.has("start") || table.has("start_match") { (source.start, source.startMatch) = (nil, nil) }
    if table.has("end") || table.has("end_match") { (source.end, source.endMatch) = (nil, nil) }
    source.start = line("start", in: &table) ?? source.start
    source.startMatch = pattern("start_match", in: &table) ?? source.startMatch
    source.end = table.text("end")?.value ?? source.end
    source.endMatch = pattern("end_match", in: &table) ?? source.endMatch
    source.skip = table.texts("skip", atMost: Bounds.skipped).map { table.patterns("skip", $0) } ?? source.skip
  }

  private static func pattern(_ key: String, in table: inout TableReader) -> Pattern? {
    table.text(key).flatMap { table.patterns(key, [$0]).first }
  }

  private static func selector(
    _ key: String, _ language: RuleLanguage, in table: inout TableReader, _ context: SourceContext
  ) -> String? {
    guard let text = table.text(key) else { return nil }
    guard let reason = context.selectorFault(text.value, language) else { return text.value }
    let message = "\(key): \(Quoted.text(text.value)) is no \(language.name): \(Quoted.plain(reason))"
    table.fault(text.place, message, excerpt: Quoted.text(text.value))
    return nil
  }

  /// A blank line cannot mark a start: blank lines after the start are skipped.
  private static func line(_ key: String, in table: inout TableReader) -> String? {
    guard let text = table.text(key) else { return nil }
    guard text.value.contains(where: { !$0.isWhitespace }) else {
      table.fault(text.place, "\(key): a blank line cannot mark the start; leave the key out to start at the top")
      return nil
    }
    return text.value
  }

  private static func interval(_ table: inout TableReader, into interval: inout Duration) {
    if let entry = table.take("interval"), case .string("adaptive") = entry.node.value {
      let message = "interval: adaptive pacing does not exist yet, write a duration such as \"1m\""
      return table.fault(entry.node.place, message, excerpt: entry.node.excerpt)
    }
    table.duration("interval", within: Bounds.interval, into: &interval)
  }

  private static func baseline(_ table: inout TableReader, into baseline: inout Baseline) {
    guard let text = table.text("baseline") else { return }
    let count = text.value.hasPrefix("last:") ? text.value.dropFirst("last:".count) : ""
    switch text.value {
    case "silent": baseline = .silent
    case "all": baseline = .all
    case _ where !count.isEmpty && count.utf8.allSatisfy({ (0x30...0x39).contains($0) }):
      guard let number = Int(count), Bounds.baselineItems.range.contains(number) else {
        let range = Bounds.baselineItems.range
        let message = "is outside last:\(range.lowerBound) to last:\(range.upperBound): \(Bounds.baselineItems.reason)"
        return refuse(text, "baseline", message, in: &table)
      }
      baseline = .last(number)
    default:
      let question = Suggestion.question(text.value, among: ["silent", "all"])
      refuse(text, "baseline", "is none of \"silent\", \"last:N\", \"all\"" + question, in: &table)
    }
  }

  private static func refuse(_ text: Located<String>, _ key: String, _ reason: String, in table: inout TableReader) {
    table.fault(text.place, "\(key): \(Quoted.text(text.value)) \(reason)", excerpt: Quoted.text(text.value))
  }

  private static func expectation(
    _ table: inout TableReader, into expectation: inout Expectation, _ context: SourceContext
  ) {
    guard var inner = table.table("expect", title: "expect", keys: Keys.expect) else { return }
    expectation = Expectation()
    inner.integer("min_items", within: Bounds.minItems, into: &expectation.minItems)
    inner.integer("max_items", within: Bounds.maxItems, into: &expectation.maxItems)
    expectation.container = selector("container", .css, in: &inner, context)
    if expectation.minItems > expectation.maxItems {
      let message = "expect: min_items \(expectation.minItems) is more than max_items \(expectation.maxItems)"
      inner.fault(inner.place(of: inner.has("min_items") ? "min_items" : "max_items"), message)
    }
    table.absorb(inner)
  }
}
