import TickerModel

/// The `[[rule]]` tables.
enum RuleTable {
  /// The rule that `table` describes; nil with a fault there when it does nothing, or too much. `sources` are the names
  /// that exist; nil when they are not known because a source is faulty.
  static func read(_ table: inout TableReader, sources: [String]?) -> Rule? {
    var rule = Rule()
    rule.match = match(&table, sources: sources)
    let sets = set(&table, into: &rule)
    table.flag("drop", into: &rule.drop)
    guard rule.drop || sets else {
      if !table.has("set") { table.fault(table.table.place, "[[rule]] does nothing; it needs set or drop = true") }
      return nil
    }
    guard !(rule.drop && table.has("set")) else {
      table.fault(table.place(of: "drop"), "set and drop exclude each other; a dropped item has no event to show them")
      return nil
    }
    let isSound = !table.faults.contains { $0.severity == .fault }
    guard !(rule.drop && rule.match == RuleMatch() && isSound) else {
      let message = "drop without match would drop every item of every source; say in match which"
      table.fault(table.place(of: "drop"), message)
      return nil
    }
    return rule
  }

  private static func match(_ rule: inout TableReader, sources: [String]?) -> RuleMatch {
    var match = RuleMatch()
    guard var table = rule.table("match", title: "match", keys: Keys.match) else { return match }
    match.sources = table.sourceNames("source", among: sources)
    match.notSources = table.sourceNames("not_source", among: sources)
    match.tags = table.oneOrMoreTexts("tag", atMost: Bounds.listValues)?.map(\.value) ?? []
    match.levels = table.choices("level")
    match.texts = table.patterns("text", table.oneOrMoreTexts("text", atMost: Bounds.listValues) ?? [])
    match.attributions = table.speakerNames()
    match.languages = (table.oneOrMoreTexts("language", atMost: Bounds.listValues) ?? []).compactMap {
      table.language("language", $0)
    }
    rule.absorb(table)
    return match
  }

  /// Whether the rule has a `set` that sets something.
  private static func set(_ rule: inout TableReader, into value: inout Rule) -> Bool {
    guard var table = rule.table("set", title: "set", keys: Keys.set) else { return false }
    value.level = table.choice("level")
    value.tags = table.tags() ?? []
    let isEmpty = !table.has("level") && value.tags.isEmpty
    if isEmpty { table.fault(rule.place(of: "set"), "set is empty; it takes level and tags") }
    rule.absorb(table)
    return !isEmpty
  }
}
