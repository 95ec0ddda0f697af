import CXML

/// A page read by libxml2's HTML parser. It owns the C tree: elements must not be used after it. One thread at a time;
/// made, searched and dropped inside one call of the parser.
final class HTMLPage {
  /// XPath steps in one search: a tenth of a second or two. An honest selector on the largest page needs some hundred
  /// thousand; a hostile page can make any selector quadratic.
  private static let mostSteps: UInt = 20_000_000

  private let handle: OpaquePointer

  /// Reads `document`; a page is never too broken to be read, but it can be too deep or too slow.
  init(_ document: Decoded) throws(ParseError) {
    var page: OpaquePointer?
    let outcome = document.bytes.withUnsafeBytes { bytes in
      cxml_open_page(bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count, &page)
    }
    guard let page else { throw XMLBounds.error(outcome) }
    handle = page
  }

  deinit { cxml_close_page(handle) }

  /// The elements that a selector matches, in document order, at most `most`.
  func elements(_ selector: String, of key: String, most: Int) throws(ParseError) -> [HTMLElement] {
    let xpath: String
    do { xpath = try CSSSelector.xpath(for: selector) } catch {
      throw ParseError(
        .selector, "\(key) = \"\(selector)\": \(error.message) (at byte \(error.offset)); correct the selector")
    }
    var isLimited = false
    guard let selection = cxml_select(handle, xpath, Self.mostSteps, &isLimited) else {
      if isLimited {
        throw ParseError(.bounds, "\(key) = \"\(selector)\" takes too long on this page; write a narrower selector")
      }
      throw ParseError(.selector, "\(key) = \"\(selector)\" cannot be evaluated; write a simpler selector")
    }
    defer { cxml_close_selection(selection) }
    return (0..<min(cxml_count(selection), most)).compactMap { cxml_at(selection, $0).map(HTMLElement.init) }
  }
}

/// An element of a page, alive as long as it.
struct HTMLElement {
  fileprivate let handle: OpaquePointer

  fileprivate init(handle: OpaquePointer) { self.handle = handle }

  var name: String { cxml_name(handle).map { String(cString: $0) } ?? "" }

  func attribute(_ name: String) -> String? { cxml_attribute(handle, name).map { String(cString: $0) } }

  /// What a reader sees: text in document order, block elements as spaces, hidden elements left out, white space as it
  /// stands; and the first link in it. `budget` counts the nodes looked at and stops the walk at 0.
  func reading(longest: Int, budget: inout Int) -> (text: String, href: String?) {
    var walk = Walk(longest: longest)
    var node: OpaquePointer? = handle
    while let current = node, budget > 0, walk.text.utf8.count <= longest {
      budget -= 1
      node = walk.enter(current) ?? step(from: current, &walk)
    }
    return (walk.text, walk.href)
  }

  /// The node after `node` and its content, nil at the end of this element.
  private func step(from node: OpaquePointer, _ walk: inout Walk) -> OpaquePointer? {
    var node = node
    while node != handle {
      walk.leave(node)
      if let next = cxml_next(node) { return next }
      guard let parent = cxml_parent(node) else { return nil }
      node = parent
    }
    return nil
  }

  private struct Walk {
    let longest: Int
    var text = ""
    var href: String?

    /// The first child to go on with, if there is something to see below.
    mutating func enter(_ node: OpaquePointer) -> OpaquePointer? {
      if let bytes = cxml_text(node) {
        text += PlainText.cut(String(cString: bytes), to: longest + 1)
        return nil
      }
      guard let bytes = cxml_name(node) else { return nil }
      let name = String(cString: bytes)
      if PlainText.hidden.contains(name) { return nil }
      if PlainText.blocks.contains(name) { text += " " }
      if href == nil, name == "a" { href = cxml_attribute(node, "href").map { String(cString: $0) } }
      return cxml_first_child(node)
    }

    mutating func leave(_ node: OpaquePointer) {
      if let bytes = cxml_name(node), PlainText.blocks.contains(String(cString: bytes)) { text += " " }
    }
  }
}

/// What libxml2's refusals mean to a person.
enum XMLBounds {
  static func error(_ outcome: cxml_outcome) -> ParseError {
    switch outcome {
    case CXML_TOO_DEEP:
      ParseError(
        .bounds,
        "more than \(cxml_deepest_page) elements stand inside one another; no news page is like that, check url")
    case CXML_TOO_MANY_ATTRIBUTES:
      ParseError(.bounds, "one tag has more than a thousand attributes; no news source is like that, check url")
    case CXML_TOO_SLOW:
      ParseError(.bounds, "reading it took more than \(cxml_longest_reading) s of processor time; check url")
    default:
      ParseError(.bounds, "memory ran out while reading it; raise the service's MemoryMax or lower max_body")
    }
  }
}
