import TickerModel

/// Which ways of finding the items go together, and with which kind of document.
enum WindowRules {
  /// Elements of a page, lines between marks, or values of JSON: a source's items are found in one of these ways.
  private static let groups = [
    ["select", "xpath", "fields"], ["start", "start_match", "end", "end_match"], ["items", "map"],
  ]
  /// Two ways of saying one thing.
  private static let pairs = [("select", "xpath"), ("start", "start_match"), ("end", "end_match")]

  /// What a kind of document has.
  private static func fits(_ group: Int, _ kind: SourceKind) -> Bool {
    switch kind {
    case .auto: true
    case .html: group <= 1
    case .text: group == 1
    case .json: group == 2
    default: false
    }
  }

  /// Reports the first two keys of `table` that exclude each other.
  static func refuseTwo(_ table: inout TableReader) {
    let written = groups.compactMap { keys in keys.first(where: table.has) }
    let pair =
      pairs.first { table.has($0.0) && table.has($0.1) } ?? (written.count > 1 ? (written[0], written[1]) : nil)
    guard let pair else { return }
    table.fault(table.place(of: pair.1), "\(pair.0) and \(pair.1) exclude each other; keep one")
  }

  /// Makes the rules fit the kind: a rule of the source's own that does not fit is a fault, an inherited one gives way,
  /// so that `[defaults]` can serve sources of several kinds.
  static func fit(_ table: inout TableReader, into source: inout Source) {
    let own = groups.firstIndex { $0.contains(where: table.has) }
    for (index, keys) in groups.enumerated() {
      if let own, own != index { clear(index, of: &source) }
      guard !fits(index, source.kind) else { continue }
      for key in keys where table.has(key) {
        table.fault(table.place(of: key), "\(key) does not go with kind \"\(source.kind.rawValue)\"")
      }
      clear(index, of: &source)
    }
    fitContainer(table.table["expect"]?.node, &table, into: &source)
    fitParts(&table, into: &source)
    needRules(&table, source)
  }

  private static func clear(_ group: Int, of source: inout Source) {
    switch group {
    case 0: (source.select, source.xpath, source.fields) = (nil, nil, ItemFields())
    case 1: (source.start, source.startMatch, source.end, source.endMatch) = (nil, nil, nil, nil)
    default: (source.items, source.map) = (nil, ItemMap())
    }
  }

  private static func fitContainer(_ expect: TOMLNode?, _ table: inout TableReader, into source: inout Source) {
    guard source.kind != .html, source.kind != .auto, source.expect.container != nil else { return }
    if case .table(let expect)? = expect?.value, let place = expect["container"]?.place {
      table.fault(place, "container does not go with kind \"\(source.kind.rawValue)\"")
    }
    source.expect.container = nil
  }

  /// Parts are parts of something.
  private static func fitParts(_ table: inout TableReader, into source: inout Source) {
    let selects = source.select != nil || source.xpath != nil || table.has("select") || table.has("xpath")
    if !selects, source.fields != ItemFields() {
      if table.has("fields") {
        table.fault(table.place(of: "fields"), "fields needs select or xpath, whose items have them")
      }
      source.fields = ItemFields()
    }
    // Inherited sub-selectors are CSS; an expression of the source's own has none of them.
    if table.has("xpath"), !table.has("fields") { source.fields = ItemFields() }
    if source.items == nil, !table.has("items"), source.map != ItemMap() {
      if table.has("map") {
        table.fault(table.place(of: "map"), "map needs items, where the items of the document are")
      }
      source.map = ItemMap()
    }
  }

  private static func needRules(_ table: inout TableReader, _ source: Source) {
    let cuts = source.start != nil || source.startMatch != nil || source.end != nil || source.endMatch != nil
    let selects = source.select != nil || source.xpath != nil
    if source.kind == .html, !selects, !cuts, !(groups[0] + groups[1]).contains(where: table.has) {
      let ways = "select, a CSS selector for the items of the page, or xpath, or start, the line before them"
      table.fault(table.place(of: "kind"), "kind \"html\" needs \(ways)")
    }
    if source.kind == .json, source.items == nil, !groups[2].contains(where: table.has) {
      table.fault(table.place(of: "kind"), "kind \"json\" needs items, where the items of the document are")
    }
  }
}
