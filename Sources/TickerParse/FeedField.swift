import TickerText

/// An element directly inside an item while its text comes in. Value; the text stands in a buffer beside it.
struct FeedField {
  /// Bytes that are kept, markup included; whole articles reach some 100 KB.
  static let longest = 256 << 10
  /// Bytes of a title; events carry 4 KiB.
  static let longestTitle = 64 << 10
  /// Bytes of an id, an author's name or a tag: the longest real ones are addresses.
  static let longestWord = 4 << 10

  /// How the text says what it shows.
  enum Form {
    /// RSS does not say what is markup, so what looks like it is.
    case guessed
    /// No markup, or markup that was elements.
    case plain
    case html
    /// Bytes that were put into letters.
    case base64(isHTML: Bool)
  }

  let element: FeedElement
  /// Open elements down to this one.
  let depth: Int
  var form: Form
  /// Whether elements inside it are markup.
  let isXHTML: Bool
  /// What a guid says of itself.
  let isPermaLink: Range<Int>?
  /// Open elements inside whose content is not for readers.
  var hiddenDepth = 0
  /// The text of a `name` inside, as Atom writes persons, is complete: what follows is an address.
  var isNamed = false

  var isReading: Bool { hiddenDepth == 0 && !isNamed }

  /// Atom says what is markup (RFC 4287, section 3.1): `text`, the default, holds none, `html` is escaped, `xhtml` are
  /// elements; Atom 0.3 writes media types and `mode="escaped"`. Any other media type is in base64 (section 4.1.3.3).
  static func atomForm(type: String?, mode: String?) -> Form {
    let type = type?.lowercased() ?? "text"
    let isHTML = type.contains("html")
    if mode == "base64" { return .base64(isHTML: isHTML) }
    if isHTML || mode == "escaped" { return .html }
    let isText = !type.contains("/") || type.hasPrefix("text/") || type.hasSuffix("xml")
    return isText ? .plain : .base64(isHTML: false)
  }
}

/// The best text so far of those that say the same. Its memory serves one item after another.
struct BestText: ~Copyable {
  private(set) var buffer = ByteBuffer()
  private var spare = ByteBuffer()
  private var rank: UInt8 = .max

  var isEmpty: Bool { buffer.isEmpty }
  var bytes: UnsafeBufferPointer<UInt8> { buffer.bytes }

  /// Whether a text of `rank` would be better than what is there.
  func wants(_ rank: UInt8) -> Bool { rank < self.rank }

  mutating func removeAll() {
    buffer.removeAll()
    rank = .max
  }

  /// Takes the plain text of `text`, if there is any.
  mutating func take(_ text: UnsafeBufferPointer<UInt8>, _ form: FeedField.Form, rank: UInt8) {
    spare.removeAll()
    Self.reduce(text, form, to: &spare)
    if spare.isEmpty { return }
    swap(&buffer, &spare)
    self.rank = rank
  }

  /// Nil when there is none.
  func text(longest: Int) -> String? { isEmpty ? nil : buffer.text(longest: longest) }

  private static func reduce(_ text: UnsafeBufferPointer<UInt8>, _ form: FeedField.Form, to result: inout ByteBuffer) {
    switch form {
    case .guessed, .html: PlainText.append(text, isMarkup: true, to: &result)
    case .plain: PlainText.append(text, isMarkup: false, to: &result)
    case .base64(let isHTML):
      let inner: FeedField.Form = isHTML ? .html : .plain
      let letters = String(decoding: text, as: UTF8.self).filter { !$0.isWhitespace }
      // What is no base64, or hides no text, is shown as it stands.
      guard let hidden = BinaryText.bytes(base64: letters), String(validating: hidden, as: UTF8.self) != nil else {
        return reduce(text, inner, to: &result)
      }
      hidden.withUnsafeBufferPointer { reduce($0, inner, to: &result) }
    }
  }
}
