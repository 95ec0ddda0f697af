/// What an element is to a reader.
enum ElementRole {
  /// It joins what is around it.
  case inline
  /// It stands on lines of its own.
  case block
  /// A block that a reader takes for one entry, whatever stands in it.
  case entry
  /// A cell of a table: white space around it.
  case cell
  /// `br`
  case lineBreak
  /// Its content is not for readers.
  case hidden

  /// By an element's name, 0-terminated.
  init(_ name: UnsafePointer<CChar>) { self = Self.byName[PackedName(name)] ?? .inline }

  private static let byName: [PackedName: ElementRole] = {
    var roles: [PackedName: ElementRole] = [:]
    for name in PlainText.blocks { roles[PackedName(name)] = .block }
    for name in PlainText.hidden.union(["head", "datalist", "object", "svg"]) { roles[PackedName(name)] = .hidden }
    for name in ["li", "dt", "dd", "option", "h1", "h2", "h3", "h4", "h5", "h6", "summary", "figcaption", "caption"] {
      roles[PackedName(name)] = .entry
    }
    for name in ["td", "th"] { roles[PackedName(name)] = .cell }
    roles[PackedName("br")] = .lineBreak
    return roles
  }()
}

/// The first 16 bytes of a name: none of HTML's is longer, and no String is made to look one up.
private struct PackedName: Hashable {
  private var high: UInt64 = 0
  private var low: UInt64 = 0

  init(_ name: UnsafePointer<CChar>) {
    var index = 0
    while index < 16, name[index] != 0 {
      let byte = UInt64(UInt8(bitPattern: name[index]))
      if index < 8 { high = high << 8 | byte } else { low = low << 8 | byte }
      index += 1
    }
  }

  init(_ name: String) { self = name.withCString { PackedName($0) } }
}
