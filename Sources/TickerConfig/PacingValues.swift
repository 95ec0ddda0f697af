import TickerModel

/// The keys that say how often a source is asked.
enum PacingValues {
  /// `interval min_interval max_interval host_group quiet_after`.
  static func read(_ table: inout TableReader, into source: inout Source) {
    if isWord("adaptive", "interval", in: &table) {
      source.interval = .adaptive
    } else if let interval = table.duration("interval", or: "\"adaptive\"", within: Bounds.interval) {
      source.interval = .every(interval)
    }
    bounds(&table, into: &source)
    if let group = table.text("host_group") { source.hostGroup = name(group, "host_group", in: &table) }
    quietAfter(&table, into: &source.quietAfter)
  }

  /// `request_budget`; an empty text is none.
  static func budget(_ table: inout TableReader, into budget: inout RequestBudget?) {
    guard let text = table.text("request_budget") else { return }
    budget = RequestBudget(text.value)
    guard budget == nil, !text.value.isEmpty else { return }
    let message =
      "request_budget: \(Quoted.text(text.value)) is no number of requests such as \"600/min\", \"10/s\" or \"5000/h\"; "
      + "\"\" is none"
    table.fault(text.place, message, excerpt: Quoted.text(text.value))
  }

  private static func bounds(_ table: inout TableReader, into source: inout Source) {
    let inherited = source
    table.duration("min_interval", within: Bounds.interval, into: &source.minInterval)
    table.duration("max_interval", within: Bounds.interval, into: &source.maxInterval)
    guard source.minInterval > source.maxInterval else { return }
    // One that was inherited gives way; two of the table's own contradict each other.
    if table.has("min_interval"), table.has("max_interval") || inherited.minInterval > inherited.maxInterval {
      let message =
        "min_interval: \(Quantity.text(source.minInterval)) is more than max_interval, \(Quantity.text(source.maxInterval))"
      table.fault(table.place(of: "min_interval"), message)
    } else if table.has("min_interval") {
      source.maxInterval = source.minInterval
    } else {
      source.minInterval = source.maxInterval
    }
  }

  private static func quietAfter(_ table: inout TableReader, into quietAfter: inout QuietAfter) {
    if isWord("auto", "quiet_after", in: &table) {
      quietAfter = .auto
    } else if isWord("never", "quiet_after", in: &table) {
      quietAfter = .never
    } else if let silence = table.duration("quiet_after", or: "\"auto\", \"never\"", within: Bounds.quietAfter) {
      quietAfter = .after(silence)
    }
  }

  private static func isWord(_ word: String, _ key: String, in table: inout TableReader) -> Bool {
    guard let entry = table.take(key), case .string(let text) = entry.node.value else { return false }
    return text == word
  }

  /// It goes into tables and logs as it is.
  private static func name(_ text: Located<String>, _ key: String, in table: inout TableReader) -> String? {
    if NameRegister.isName(text.value) { return text.value }
    let message =
      "\(key): \(Quoted.text(text.value)) must be 1 to \(Bounds.nameBytes) of a-z 0-9 . _ - "
      + "and begin with a-z or 0-9"
    table.fault(text.place, message, excerpt: Quoted.text(text.value))
    return nil
  }
}
