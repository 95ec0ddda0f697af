import CXML
import Glibc

/// A page read by libxml2's HTML parser. It owns the C tree: nodes must not be used after it. One thread at a time;
/// made, searched and dropped inside one call of the parser.
final class HTMLPage {
  /// XPath steps of all searches in one page: a tenth of a second or two. Honest selectors on the largest page need some
  /// hundred thousand; a hostile page can make any selector quadratic.
  private static let mostSteps: UInt = 20_000_000

  private let handle: OpaquePointer

  /// Reads `document`; a page is never too broken to be read, but it can be too deep or too slow.
  init(_ document: Decoded) throws(ParseError) {
    var page: OpaquePointer?
    let outcome = document.bytes.withUnsafeBytes { bytes in
      cxml_open_page(bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count, Self.mostSteps, &page)
    }
    guard let page else { throw XMLBounds.error(outcome) }
    handle = page
  }

  deinit { cxml_close_page(handle) }

  /// What a selector finds, in document order, at most `most`; from `item`, where it is relative.
  func nodes(_ selector: PageSelector, from item: HTMLNode? = nil, most: Int) throws(ParseError) -> [HTMLNode] {
    var isLimited = false
    guard let selection = cxml_select(handle, selector.expression, item?.handle, &isLimited) else {
      if isLimited {
        throw ParseError(.bounds, "\(selector.shown) takes too long on this page; write a narrower selector")
      }
      throw ParseError(
        .selector,
        "\(selector.shown) cannot be evaluated; write an expression that selects elements, of known functions")
    }
    defer { cxml_close_selection(selection) }
    return (0..<min(cxml_count(selection), most)).compactMap { cxml_at(selection, $0).map(HTMLNode.init) }
  }

  /// Everything in the page.
  func root() throws(ParseError) -> HTMLNode? {
    try nodes(PageSelector(xpath: "/*", key: "page"), most: 1).first
  }
}

/// A selector ready for use. One page at a time.
final class PageSelector {
  fileprivate let expression: OpaquePointer
  /// The rule as it was written, for errors.
  let shown: String

  /// A CSS selector from the document's root.
  convenience init(css: String, key: String) throws(ParseError) {
    try self.init(css: css, key: key, CSSSelector.xpath)
  }

  /// A CSS selector from an item's element.
  convenience init(relativeCSS css: String, key: String) throws(ParseError) {
    try self.init(css: css, key: key, CSSSelector.relativeXPath)
  }

  private convenience init(
    css: String, key: String, _ translate: (String) throws(SelectorFault) -> String
  ) throws(ParseError) {
    let xpath: String
    do { xpath = try translate(css) } catch {
      throw ParseError(
        .selector, "\(key) = \"\(css)\": \(error.message) (at byte \(error.offset)); correct the selector")
    }
    try self.init(xpath, shown: "\(key) = \"\(css)\"")
  }

  /// An XPath 1.0 expression.
  convenience init(xpath: String, key: String) throws(ParseError) {
    if let fault = XPath.fault(in: xpath) { throw ParseError(.selector, "\(key) = \"\(xpath)\": \(fault)") }
    try self.init(xpath, shown: "\(key) = \"\(xpath)\"")
  }

  private init(_ xpath: String, shown: String) throws(ParseError) {
    guard let expression = cxml_compile(xpath) else {
      throw ParseError(.selector, "\(shown) cannot be evaluated; write a simpler selector")
    }
    self.expression = expression
    self.shown = shown
  }

  deinit { cxml_close_expression(expression) }
}

extension XPath {
  /// Bytes; as long as a CSS selector may be.
  public static let longest = CSSSelector.longest

  /// Why `expression` is no XPath 1.0; nil when it can be used. Any thread.
  public static func fault(in expression: String) -> String? {
    if expression.utf8.count > longest { return "the expression is longer than \(longest) bytes" }
    guard !expression.utf8.contains(0), let compiled = cxml_compile(expression) else {
      return "it is no XPath 1.0 expression"
    }
    cxml_close_expression(compiled)
    return nil
  }
}

/// A node of a page, alive as long as it.
struct HTMLNode: Equatable {
  let handle: OpaquePointer

  init(handle: OpaquePointer) { self.handle = handle }

  var name: String { cxml_name(handle).map { String(cString: $0) } ?? "" }
  var role: ElementRole { cxml_name(handle).map(ElementRole.init) ?? .inline }
  var parent: HTMLNode? { cxml_parent(handle).map(HTMLNode.init) }
  var next: HTMLNode? { cxml_next(handle).map(HTMLNode.init) }
  var firstChild: HTMLNode? { cxml_first_child(handle).map(HTMLNode.init) }
  var isElement: Bool { cxml_name(handle) != nil }

  func attribute(_ name: String) -> String? { cxml_attribute(handle, name).map { String(cString: $0) } }

  func has(_ attribute: String) -> Bool { cxml_attribute(handle, attribute) != nil }

  /// The bytes of a text node or an attribute.
  var text: UnsafeBufferPointer<UInt8>? {
    guard let bytes = cxml_text(handle) else { return nil }
    return UnsafeRawBufferPointer(start: bytes, count: strlen(bytes)).assumingMemoryBound(to: UInt8.self)
  }

  /// Where an `a` element leads to.
  var href: String? {
    guard let name = cxml_name(handle), name[0] == 0x61, name[1] == 0 else { return nil }
    return attribute("href")
  }

  /// Left out by the page itself: `hidden`, or a style of its own that says so.
  var isHidden: Bool {
    if has("hidden") { return true }
    guard let style = attribute("style") else { return false }
    let words = style.lowercased().filter { !$0.isWhitespace }
    return words.contains("display:none") || words.contains("visibility:hidden")
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
