import TickerModel

/// The keys of a `[[webhook]]` that say how it is delivered, and what its format needs.
enum DeliveryKeys {
  static func read(_ table: inout TableReader, into webhook: inout Webhook) {
    table.flag("ordered", into: &webhook.ordered)
    table.duration("expires_after", within: Bounds.expiresAfter, into: &webhook.expiresAfter)
    recovery(&table, into: &webhook.onRecover)
    webhook.batch = batch(&table)
    circuit(&table, into: &webhook.circuit)
    formatKeys(&table, into: &webhook)
  }

  private static func recovery(_ table: inout TableReader, into recovery: inout Recovery) {
    guard let text = table.text("on_recover") else { return }
    switch text.value {
    case "all": recovery = .all
    case "digest": recovery = .digest
    default:
      let bound = Bounds.recoveredItems
      guard text.value.hasPrefix("latest:"), let count = Int(text.value.dropFirst("latest:".count)),
        bound.range.contains(count)
      else {
        let message =
          "on_recover: \(Quoted.text(text.value)) is none of \"all\", \"digest\" and \"latest:N\" with N from "
          + "\(bound.range.lowerBound) to \(bound.range.upperBound)"
        return table.fault(text.place, message, excerpt: Quoted.text(text.value))
      }
      recovery = .latest(count)
    }
  }

  private static func batch(_ table: inout TableReader) -> BatchTerms? {
    guard var inner = table.table("batch", title: "batch", keys: Keys.batch) else { return nil }
    var batch = BatchTerms()
    inner.integer("max_items", within: Bounds.batchItems, into: &batch.maxItems)
    inner.duration("max_wait", within: Bounds.batchWait, into: &batch.maxWait)
    table.absorb(inner)
    return batch
  }

  private static func circuit(_ table: inout TableReader, into circuit: inout CircuitTerms) {
    guard var inner = table.table("circuit", title: "circuit", keys: Keys.circuit) else { return }
    inner.integer("failures", within: Bounds.circuitFailures, into: &circuit.failures)
    inner.duration("over", within: Bounds.circuitOver, into: &circuit.over)
    inner.duration("probe", within: Bounds.circuitProbe, into: &circuit.probe)
    table.absorb(inner)
  }

  private static func formatKeys(_ table: inout TableReader, into webhook: inout Webhook) {
    webhook.chatID = chat(&table)
    webhook.topic = topic(&table)
    webhook.template = template(&table)
    let needs: [(key: String, format: WebhookFormat)] = [
      ("chat_id", .telegram), ("topic", .ntfy), ("template", .template),
    ]
    for (key, format) in needs {
      let isGiven = table.has(key)
      if isGiven, webhook.format != format {
        table.fault(table.place(of: key), "\(key) belongs to format = \"\(format.rawValue)\"")
      } else if !isGiven, webhook.format == format {
        table.fault(table.place(of: "format"), "format = \"\(format.rawValue)\" needs \(key)")
      }
    }
  }

  /// A number, or `@name` of a public channel.
  private static func chat(_ table: inout TableReader) -> String? {
    guard let entry = table.take("chat_id") else { return nil }
    if case .integer(let number) = entry.node.value { return String(number) }
    guard let text = table.text("chat_id", entry.node) else { return nil }
    let isName = text.value.hasPrefix("@") && text.value.utf8.dropFirst().allSatisfy(isWordByte)
    if isName && (2...Bounds.chatBytes).contains(text.value.utf8.count) || Int(text.value) != nil { return text.value }
    let message = "chat_id: \(Quoted.text(text.value)) is neither a chat's number nor @name of a public channel"
    table.fault(text.place, message, excerpt: Quoted.text(text.value))
    return nil
  }

  private static func topic(_ table: inout TableReader) -> String? {
    guard let text = table.text("topic") else { return nil }
    let isTopic = text.value.utf8.allSatisfy { isWordByte($0) || $0 == UInt8(ascii: "-") }
    if isTopic, (1...Bounds.topicBytes).contains(text.value.utf8.count) { return text.value }
    let message = "topic: \(Quoted.text(text.value)) must be 1 to \(Bounds.topicBytes) of A-Z a-z 0-9 _ -"
    table.fault(text.place, message, excerpt: Quoted.text(text.value))
    return nil
  }

  /// Lines are kept: a body may have several.
  private static func template(_ table: inout TableReader) -> Template? {
    guard let entry = table.take("template") else { return nil }
    guard case .string(let text) = entry.node.value else {
      table.fault(entry, expected: "a text with places such as {{title}}")
      return nil
    }
    do throws(Template.Fault) { return try Template(text, names: Template.eventNames) } catch {
      let place = "line \(error.line), column \(error.column) of the template"
      table.fault(entry.node.place, "template: \(error.message) (\(place))", excerpt: entry.node.excerpt)
      return nil
    }
  }

  private static func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}
