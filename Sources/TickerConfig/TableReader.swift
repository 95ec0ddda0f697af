/// Reads the keys of one table, each once, and collects what is wrong with them. Every key of `keys` must be asked for,
/// so that none is accepted and ignored; a key that is not among them is a fault.
struct TableReader {
  let file: String
  /// How messages name the table: `[[source]]`.
  let title: String
  let table: TOMLTable
  private(set) var faults: [ConfigurationFault] = []
  private let keys: [String]
  private var asked: Set<String> = []
  private var reported: [ConfigurationFault.Severity: Int] = [:]

  init(_ table: TOMLTable, file: String, title: String, keys: [String]) {
    self.table = table
    self.file = file
    self.title = title
    self.keys = keys
    for entry in table.entries where !keys.contains(entry.key) {
      let message = Keys.unknown(entry.key, in: title, keys: keys)
      fault(entry.place, message, excerpt: Quoted.plain(entry.key))
    }
  }

  /// Whether the operator wrote `key` here.
  func has(_ key: String) -> Bool { table[key] != nil }

  /// Where `key` stands, or its table.
  func place(of key: String) -> Place { table[key]?.place ?? table.place }

  /// What stands under `key`; nil when the operator did not write it.
  mutating func take(_ key: String) -> TOMLEntry? {
    assert(keys.contains(key), "\(key) is not a key of \(title)")
    asked.insert(key)
    return table[key]
  }

  mutating func fault(_ place: Place, _ message: String, excerpt: String? = nil) {
    report(ConfigurationFault(.fault, file, place, message, excerpt: excerpt))
  }

  mutating func warn(_ place: Place, _ message: String, excerpt: String? = nil) {
    report(ConfigurationFault(.warning, file, place, message, excerpt: excerpt))
  }

  /// What stands under `entry` is of the wrong type.
  mutating func fault(_ entry: TOMLEntry, expected: String) {
    fault(entry.key, entry.node, expected: expected)
  }

  mutating func fault(_ key: String, _ node: TOMLNode, expected: String) {
    fault(node.place, "\(key): expected \(expected), found \(node.description)", excerpt: node.excerpt)
  }

  /// Takes over what a reader of a table inside this one found. That reader has read all its keys.
  mutating func absorb(_ inner: TableReader) {
    assert(inner.asked == Set(inner.keys), "keys of \(inner.title) that nobody reads")
    for fault in inner.faults { report(fault) }
  }

  mutating func report(_ fault: ConfigurationFault) {
    // Counted apart, so that no number of warnings can hide a fault.
    guard reported[fault.severity, default: 0] < Bounds.faults else { return }
    reported[fault.severity, default: 0] += 1
    faults.append(fault)
  }
}

extension TableReader {
  /// The table under `key`.
  mutating func table(_ key: String, title: String, keys: [String]) -> TableReader? {
    guard let entry = take(key) else { return nil }
    guard case .table(let inner) = entry.node.value else {
      fault(entry, expected: title.hasPrefix("[") ? "a table \(title)" : "a table { … }")
      return nil
    }
    return TableReader(inner, file: file, title: title, keys: keys)
  }

  /// The tables under `key`, each written with two brackets.
  mutating func tables(_ key: String, keys: [String]) -> [TableReader] {
    guard let entry = take(key) else { return [] }
    guard case .array(let nodes) = entry.node.value else {
      fault(entry, expected: "tables that begin with [[\(key)]]")
      return []
    }
    return nodes.compactMap { node in
      guard case .table(let inner) = node.value else {
        fault(key, node, expected: "tables that begin with [[\(key)]]")
        return nil
      }
      return TableReader(inner, file: file, title: "[[\(key)]]", keys: keys)
    }
  }
}
