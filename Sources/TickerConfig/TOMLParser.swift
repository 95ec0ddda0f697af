import CTOML

/// TOML 1.0 through toml++. Pure; any thread.
enum TOMLParser {
  /// The first thing that is wrong with a document; the parser stops there.
  struct Fault: Error {
    let message: String
    let place: Place
  }

  /// toml++ 3.3 bounds brackets (256 levels) but not the parts of a dotted key, and recurses over both. With this
  /// bound all of them together need 2 MB of stack at worst; a configuration has a handful of dots in a line.
  static let dotsInALine = 128

  static func table(_ bytes: [UInt8]) throws(Fault) -> TOMLTable {
    if let line = lineOfManyDots(bytes) {
      throw Fault(message: "a line with more than \(dotsInALine) dots", place: Place(line: line, column: 1))
    }
    let document = bytes.withUnsafeBytes { ctoml_parse($0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count) }
    guard let document else { throw Fault(message: "not enough memory to read it", place: .file) }
    defer { ctoml_free(document) }
    var line: UInt32 = 0
    var column: UInt32 = 0
    if let message = ctoml_fault(document, &line, &column) {
      throw Fault(message: String(cString: message), place: Place(line: Int(line), column: Int(column)))
    }
    var count = 0
    let nodes = ctoml_nodes(document, &count)
    return tree(UnsafeBufferPointer(start: nodes, count: count))
  }

  private static func lineOfManyDots(_ bytes: [UInt8]) -> Int? {
    var line = 1
    var dots = 0
    for byte in bytes {
      if byte == UInt8(ascii: "\n") { (line, dots) = (line + 1, 0) }
      if byte == UInt8(ascii: ".") { dots += 1 }
      if dots > dotsInALine { return line }
    }
    return nil
  }
}

extension TOMLParser {
  /// Built from the last node to the first: whatever stands inside a node comes after it.
  private static func tree(_ nodes: UnsafeBufferPointer<ctoml_node>) -> TOMLTable {
    var entries = [[TOMLEntry]](repeating: [], count: nodes.count)
    for index in nodes.indices.reversed() {
      let node = nodes[index]
      let place = Place(line: Int(node.line), column: Int(node.column))
      let value = value(of: node, entries: entries[index].reversed())
      entries[index] = []
      guard node.parent >= 0 else {
        guard case .table(let table) = value else { break }
        return table
      }
      let key = text(node.key, node.key_length)
      let keyPlace = node.key == nil ? place : Place(line: Int(node.key_line), column: Int(node.key_column))
      entries[Int(node.parent)].append(
        TOMLEntry(key: key, place: keyPlace, node: TOMLNode(value: value, place: place)))
    }
    return TOMLTable(entries: [], place: .file)
  }

  private static func value(of node: ctoml_node, entries: [TOMLEntry]) -> TOMLNode.Value {
    switch node.kind {
    case ctoml_string: .string(text(node.text, node.text_length))
    case ctoml_integer: .integer(Int(node.integer))
    case ctoml_float: .number(node.number)
    case ctoml_boolean: .flag(node.integer != 0)
    case ctoml_date: .date(text(node.text, node.text_length))
    case ctoml_array: .array(entries.map(\.node))
    default:
      .table(
        TOMLTable(
          entries: entries.sorted { $0.place < $1.place }, place: Place(line: Int(node.line), column: Int(node.column)))
      )
    }
  }

  private static func text(_ start: UnsafePointer<CChar>?, _ length: Int) -> String {
    String(decoding: UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : length), as: UTF8.self)
  }
}
