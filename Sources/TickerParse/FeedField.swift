/// An element directly inside an item, with all text in it. Value; bounded.
struct FeedField {
  /// Bytes that are kept, markup included; whole articles reach some 100 KB.
  static let longest = 256 << 10
  /// Bytes of a title; events carry 4 KiB.
  static let longestTitle = 64 << 10
  /// Bytes of an id, an author's name or a tag: the longest real ones are addresses.
  static let longestWord = 4 << 10

  /// As FeedElement.name gives it.
  let name: String
  let attributes: [String: String]
  private var bytes: [UInt8] = []
  /// Whether elements stand inside: then the text is no markup to be reduced again.
  private var hasElements = false
  /// The text of a `name` inside, as Atom writes persons.
  private var personName: String?
  /// Open elements inside whose content is not for readers.
  private var hiddenDepth = 0

  init(name: String, attributes: [String: String]) {
    self.name = name
    self.attributes = attributes
  }

  /// As it stands.
  var text: String { String(decoding: bytes, as: UTF8.self) }

  var isBlank: Bool { !bytes.contains { $0 > 0x20 } }

  /// Text whose tags were elements, or that has none.
  var folded: String { PlainText.folded(text) }

  /// Text that is, or may be, escaped HTML.
  var reduced: String { hasElements ? folded : PlainText.ofHTML(text) }

  /// An identifier.
  var word: String { PlainText.cut(folded, to: Self.longestWord) }

  /// An author: the name if there is one, else what stands there.
  var person: String { PlainText.cut(personName ?? reduced, to: Self.longestWord) }

  /// Text inside; what exceeds the bound is dropped, never in the middle of a character.
  mutating func append(_ more: UnsafeBufferPointer<CChar>) {
    guard hiddenDepth == 0 else { return }
    var count = max(0, min(more.count, Self.longest - bytes.count))
    while count > 0, count < more.count, UInt8(bitPattern: more[count]) & 0xC0 == 0x80 { count -= 1 }
    bytes += UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(more)[..<count])
  }

  /// An element begins inside.
  mutating func open(_ element: String) {
    hasElements = true
    if PlainText.hidden.contains(element) { hiddenDepth += 1 }
    separate(element)
    if element == "name" { bytes = [] }
  }

  /// An element ends inside.
  mutating func close(_ element: String) {
    if PlainText.hidden.contains(element), hiddenDepth > 0 { hiddenDepth -= 1 }
    separate(element)
    if element == "name", personName == nil { personName = folded }
  }

  private mutating func separate(_ element: String) {
    if PlainText.blocks.contains(element), bytes.count < Self.longest { bytes.append(UInt8(ascii: " ")) }
  }
}
