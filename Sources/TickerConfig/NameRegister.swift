/// The names of one kind of table, each given once.
struct NameRegister {
  private var places: [String: (file: String, place: Place)] = [:]

  /// Every name so far.
  var names: [String] { places.keys.sorted() }

  /// The `name` of `table`; nil with a fault there when it is missing, malformed or taken.
  mutating func name(of table: inout TableReader) -> String? {
    guard table.has("name") else {
      _ = table.take("name")
      table.fault(table.table.place, "\(table.title) needs a name")
      return nil
    }
    guard let name = table.text("name") else { return nil }
    guard Self.isName(name.value) else {
      table.fault(
        name.place,
        "name: \(Quoted.text(name.value)) must be 1 to \(Bounds.nameBytes) of a-z 0-9 . _ - and begin with a-z or 0-9",
        excerpt: Quoted.text(name.value))
      return nil
    }
    if let first = places[name.value] {
      let place = "\(Quoted.plain(first.file)):\(first.place.line):\(first.place.column)"
      let message = "name: \(Quoted.text(name.value)) is taken by the \(table.title) at \(place)"
      table.fault(name.place, message, excerpt: Quoted.text(name.value))
      return nil
    }
    places[name.value] = (table.file, name.place)
    return name.value
  }

  /// `[a-z0-9][a-z0-9._-]{0,63}`
  static func isName(_ text: String) -> Bool {
    guard let first = text.utf8.first, isLetterOrDigit(first), text.utf8.count <= Bounds.nameBytes else { return false }
    return text.utf8.allSatisfy { isLetterOrDigit($0) || ".-_".utf8.contains($0) }
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}
