/// A value of a TOML document and where it stands. Immutable.
struct TOMLNode: Sendable {
  indirect enum Value: Sendable {
    case string(String)
    case integer(Int)
    case number(Double)
    case flag(Bool)
    /// A date, a time or both, as TOML writes it.
    case date(String)
    case array([TOMLNode])
    case table(TOMLTable)
  }

  let value: Value
  let place: Place

  /// What it is, for "expected …, found …": with its text where that is short and no structure.
  var description: String {
    switch value {
    case .string(let text): "the string " + Quoted.text(text)
    case .integer(let number): "the integer \(number)"
    case .number(let number): "the number \(number)"
    case .flag(let flag): "\(flag)"
    case .date(let text): "the date \(text)"
    case .array: "an array"
    case .table: "a table"
    }
  }

  /// Its text, where that is short and no structure.
  var excerpt: String? {
    switch value {
    case .string(let text): Quoted.text(text)
    case .integer(let number): "\(number)"
    case .number(let number): "\(number)"
    case .flag(let flag): "\(flag)"
    case .date(let text): text
    case .array, .table: nil
    }
  }
}

/// A key of a table with its value.
struct TOMLEntry: Sendable {
  let key: String
  let place: Place
  let node: TOMLNode
}

/// A table: its entries as they stand in the file, keys unique.
struct TOMLTable: Sendable {
  let entries: [TOMLEntry]
  let place: Place

  subscript(key: String) -> TOMLEntry? { entries.first { $0.key == key } }
}
