import Glibc

/// The members of an object, in the order in which they are written; a name may stand twice. Documents repeat one kind
/// of object, so objects of the same names share them: that halves the memory of many small values. Pure value.
struct JSONObject: Sendable, Equatable, RandomAccessCollection, ExpressibleByArrayLiteral {
  let names: JSONNames
  let values: [JSONValue]

  /// `values` are as many as `names`.
  init(names: JSONNames, values: [JSONValue]) {
    self.names = names
    self.values = values
  }

  init(arrayLiteral members: JSONMember...) {
    self.init(names: members.isEmpty ? .none : JSONNames(members.map(\.name)), values: members.map(\.value))
  }

  var startIndex: Int { 0 }
  var endIndex: Int { values.count }
  subscript(index: Int) -> JSONMember { JSONMember(name: names.list[index], value: values[index]) }

  /// The value of the last member whose name has just these code points.
  func last(_ name: String) -> JSONValue? {
    names.list.lastIndex { $0.utf8.elementsEqual(name.utf8) }.map { values[$0] }
  }

  static func == (one: JSONObject, other: JSONObject) -> Bool {
    one.names.list == other.names.list && one.values == other.values
  }
}

/// The names of an object's members. Immutable; any thread.
final class JSONNames: Sendable {
  static let none = JSONNames([])

  let list: [String]
  /// The names behind each other as they stand in a document, each with its closing quote, and where each ends. None
  /// when one would be written with an escape.
  private let written: [UInt8]
  private let ends: [Int]

  init(_ names: [String]) {
    list = names
    var written: [UInt8] = []
    var ends: [Int] = []
    for name in names {
      written += name.utf8
      written.append(UInt8(ascii: "\""))
      ends.append(written.count)
    }
    let isPlain = !written.contains(UInt8(ascii: "\\")) && written.count { $0 == UInt8(ascii: "\"") } == names.count
    (self.written, self.ends) = isPlain ? (written, ends) : ([], [])
  }

  /// The bytes that name `index` takes behind its opening quote at `offset`, the closing one included; nil when another
  /// name stands there.
  func length(of index: Int, in bytes: UnsafeBufferPointer<UInt8>, at offset: Int) -> Int? {
    guard index < ends.count, let start = bytes.baseAddress else { return nil }
    let first = index > 0 ? ends[index - 1] : 0
    let length = ends[index] - first
    guard offset + length <= bytes.count else { return nil }
    return written.withUnsafeBytes { $0.baseAddress.map { memcmp($0 + first, start + offset, length) } == 0 }
      ? length : nil
  }
}

/// The names of the objects that came last, for each depth: the next one there is often of the same kind.
struct JSONShapes {
  /// Kinds of objects that a document has at one depth, such as an item's properties and its place.
  private static let most = 4

  private var known: [[JSONNames]] = []

  /// Names at `depth` of which the first stands at `offset`, behind its opening quote.
  func guess(_ depth: Int, _ bytes: UnsafeBufferPointer<UInt8>, at offset: Int) -> JSONNames? {
    guard depth < known.count else { return nil }
    return known[depth].first { $0.length(of: 0, in: bytes, at: offset) != nil }
  }

  /// Those with which an object at `depth` ended; the oldest make room.
  mutating func learn(_ names: JSONNames, _ depth: Int) {
    while known.count <= depth { known.append([]) }
    // Of those that begin alike the last is the likeliest.
    known[depth].removeAll { $0.list.first == names.list.first }
    if known[depth].count == Self.most { known[depth].removeLast() }
    known[depth].insert(names, at: 0)
  }
}
