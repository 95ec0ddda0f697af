import TickerModel
import TickerText

/// An item of a feed while its fields come in: one conformer for each family of formats.
protocol FeedItem {
  /// A field that is complete; relative links in it start from `base`.
  mutating func take(_ field: FeedField, base: String?)
  /// The item as it stands; nil when it says nothing.
  func parsed() -> ParsedItem?
}

/// An element directly inside an item, with all text in it.
struct FeedField {
  /// Bytes that are kept, markup included; whole articles reach some 100 KB.
  private static let longest = 256 << 10
  /// Bytes of a title; events carry 4 KiB.
  static let longestTitle = 64 << 10
  /// Bytes of an id, an author's name or a tag: the longest real ones are addresses.
  static let longestWord = 4 << 10
  /// Tags of one item; events carry 32.
  static let mostTags = 64

  /// As FeedElement.name gives it.
  let name: String
  let attributes: [String: String]
  private var bytes: [UInt8] = []
  /// Whether elements stand inside: then the text is no markup to be reduced again.
  private(set) var hasElements = false
  /// The text of a `name` inside, as Atom writes persons.
  private var personName: String?
  private var hiddenDepth = 0

  init(name: String, attributes: [String: String]) {
    self.name = name
    self.attributes = attributes
  }

  /// As it stands, cut to a character.
  var text: String { String(decoding: bytes, as: UTF8.self) }

  /// Text whose tags were elements, or that has none.
  var folded: String { Normalise.foldWhitespace(text) }

  /// Text that is, or may be, escaped HTML.
  var reduced: String { hasElements ? folded : PlainText.ofHTML(text) }

  /// An author: the name if there is one, else what stands there.
  var person: String { PlainText.cut(personName ?? reduced, to: Self.longestWord) }

  mutating func append(_ more: UnsafeBufferPointer<CChar>) {
    guard hiddenDepth == 0 else { return }
    var count = min(more.count, Self.longest - bytes.count)
    // Not within a character: its later bytes begin with the bits 10.
    while count > 0, count < more.count, UInt8(bitPattern: more[count]) & 0xC0 == 0x80 { count -= 1 }
    bytes += UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(more)[..<count])
  }

  mutating func open(_ element: String) {
    hasElements = true
    if PlainText.hidden.contains(element) { hiddenDepth += 1 }
    if PlainText.blocks.contains(element) { bytes.append(UInt8(ascii: " ")) }
    if element == "name" || element == "atom:name" { bytes = [] }
  }

  mutating func close(_ element: String) {
    if PlainText.hidden.contains(element), hiddenDepth > 0 { hiddenDepth -= 1 }
    if PlainText.blocks.contains(element) { bytes.append(UInt8(ascii: " ")) }
    if element == "name", personName == nil { personName = folded }
  }
}
