import CXML
import Glibc

/// A page read by libxml2's HTML parser. It owns the tree: nodes must not be used after it. One thread at a time; made,
/// searched and dropped inside one call of the parser.
final class HTMLPage {
  /// XPath steps of all searches in one page: a tenth of a second or two. Honest expressions on the largest page need
  /// some hundred thousand; a hostile page can make any of them quadratic.
  private static let mostSteps: UInt = 20_000_000

  private let page: UnsafeMutablePointer<cxml_page>
  private var matcher: SelectorMatcher

  /// Reads `document`; a page is never too broken to be read, but it can be too deep, too large or too slow.
  init(_ document: Decoded) throws(ParseError) {
    var page: UnsafeMutablePointer<cxml_page>?
    let outcome = document.bytes.withUnsafeBytes { bytes in
      cxml_open_page(bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count, &page)
    }
    guard let page else { throw XMLBounds.error(outcome) }
    self.page = page
    matcher = SelectorMatcher(page)
  }

  deinit { cxml_close_page(page) }

  /// What a selector finds, in document order, at most `most`; from `item`, where it is relative.
  func nodes(_ selector: PageSelector, from item: HTMLNode? = nil, most: Int) throws(ParseError) -> [HTMLNode] {
    switch selector.form {
    case .css(let css):
      do throws(SelectorMatcher.TooMuch) { return try matcher.find(css, from: item, most: most) } catch {
        throw selector.tooSlow
      }
    case .xpath(let expression): return try nodes(expression, of: selector, from: item, most: most)
    }
  }

  private func nodes(
    _ expression: OpaquePointer, of selector: PageSelector, from item: HTMLNode?, most: Int
  ) throws(ParseError) -> [HTMLNode] {
    var isLimited = false
    guard let selection = cxml_select(page, expression, item?.number ?? 0, Self.mostSteps, &isLimited) else {
      if isLimited { throw selector.tooSlow }
      throw ParseError(
        .selector,
        "\(selector.shown) cannot be evaluated; write an expression that selects elements, of known functions")
    }
    defer { cxml_close_selection(selection) }
    return (0..<min(cxml_count(selection), most)).compactMap { index in
      let number = cxml_at(page, selection, index)
      return number == 0 ? nil : HTMLNode(page, number)
    }
  }

  /// The elements called `name`, in document order.
  func elements(called name: String) -> some Sequence<HTMLNode> {
    let name = CName(name)
    return (1..<page.pointee.count).lazy.map { [page] in HTMLNode(page, $0) }.filter { $0.isCalled(name) }
  }

  /// The element around everything in the page.
  var root: HTMLNode? {
    let top = page.pointee.nodes[0].child
    let nodes = sequence(first: top == 0 ? nil : HTMLNode(page, top), next: { $0?.next })
    return nodes.lazy.compactMap { $0 }.first(where: \.isElement)
  }
}

/// A selector ready for use. One page at a time.
final class PageSelector {
  fileprivate enum Form {
    case css(CSSSelector)
    case xpath(OpaquePointer)
  }

  fileprivate let form: Form
  /// The rule as it was written, for errors.
  let shown: String

  /// A CSS selector from the document's root.
  convenience init(css: String, key: String) throws(ParseError) {
    try self.init(css: css, key: key) { text throws(SelectorFault) in try CSSSelector(text) }
  }

  /// A CSS selector from an item's element.
  convenience init(relativeCSS css: String, key: String) throws(ParseError) {
    try self.init(css: css, key: key) { text throws(SelectorFault) in try CSSSelector(relative: text) }
  }

  private init(
    css: String, key: String, _ read: (String) throws(SelectorFault) -> CSSSelector
  ) throws(ParseError) {
    do { form = .css(try read(css)) } catch {
      throw ParseError(
        .selector, "\(key) = \"\(css)\": \(error.message) (at byte \(error.offset)); correct the selector")
    }
    shown = "\(key) = \"\(css)\""
  }

  /// An XPath 1.0 expression.
  init(xpath: String, key: String) throws(ParseError) {
    if let fault = XPath.fault(in: xpath) { throw ParseError(.selector, "\(key) = \"\(xpath)\": \(fault)") }
    shown = "\(key) = \"\(xpath)\""
    guard let expression = cxml_compile(xpath) else {
      throw ParseError(.selector, "\(shown) cannot be evaluated; write a simpler expression")
    }
    form = .xpath(expression)
  }

  deinit { if case .xpath(let expression) = form { cxml_close_expression(expression) } }

  fileprivate var tooSlow: ParseError {
    ParseError(.bounds, "\(shown) takes too long on this page; write a narrower selector")
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
    case CXML_TOO_MANY_NODES:
      ParseError(.bounds, "the page has more than a million elements, texts or attributes; check url")
    case CXML_TOO_SLOW:
      ParseError(.bounds, "reading it took more than \(cxml_longest_reading) s of processor time; check url")
    default:
      ParseError(.bounds, "memory ran out while reading it; raise the service's MemoryMax or lower max_body")
    }
  }
}
