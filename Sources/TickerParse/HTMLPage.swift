import CXML
import Glibc

/// A page read by libxml2's HTML parser. It owns the tree: nodes must not be used after it. One thread at a time; made,
/// searched and dropped inside one call of the parser.
final class HTMLPage {
  private let page: UnsafeMutablePointer<cxml_page>
  private var matcher: SelectorMatcher
  private var query: XPathQuery

  /// Reads `document`; a page is never too broken to be read, but it can be too deep, too large or too slow.
  init(_ document: Decoded) throws(ParseError) {
    var page: UnsafeMutablePointer<cxml_page>?
    let outcome = document.bytes.withUnsafeBytes { bytes in
      cxml_open_page(bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count, &page)
    }
    guard let page else { throw XMLBounds.error(outcome) }
    self.page = page
    matcher = SelectorMatcher(page)
    query = XPathQuery(page)
  }

  deinit { cxml_close_page(page) }

  /// What a selector finds, in document order, at most `most`; from `item`, where it is relative.
  func nodes(_ selector: PageSelector, from item: HTMLNode? = nil, most: Int) throws(ParseError) -> [HTMLNode] {
    switch selector.form {
    case .css(let css):
      do throws(SelectorMatcher.TooMuch) { return try matcher.find(css, from: item, most: most) } catch {
        throw selector.tooSlow
      }
    case .xpath(let expression):
      do throws(XPathQuery.TooMuch) {
        let found = try query.nodes(expression, from: query.place(of: item?.number ?? 0))
        return found.prefix(most).compactMap(node)
      } catch { throw selector.tooSlow }
    }
  }

  /// An attribute as a text in its element; nil for the document, which is no node of a page.
  private func node(_ found: XPathNode) -> HTMLNode? {
    let number =
      found.attribute == 0 ? found.number : cxml_text_of_attribute(page, found.number, found.attribute - 1)
    return number == 0 ? nil : HTMLNode(page, number)
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

/// A selector ready for use. Immutable; any thread.
struct PageSelector: Sendable {
  fileprivate enum Form: Sendable {
    case css(CSSSelector)
    case xpath(XPathExpression)
  }

  fileprivate let form: Form
  /// The rule as it was written, for errors.
  let shown: String

  /// A CSS selector from the document's root.
  init(css: String, key: String) throws(ParseError) {
    try self.init(css, key: key) { text throws(SelectorFault) in
      .css(try KnownRules.css.rule(text) { text throws(SelectorFault) in try CSSSelector(text) })
    }
  }

  /// A CSS selector from an item's element.
  init(relativeCSS css: String, key: String) throws(ParseError) {
    try self.init(css, key: key) { text throws(SelectorFault) in
      .css(try KnownRules.relativeCSS.rule(text) { text throws(SelectorFault) in try CSSSelector(relative: text) })
    }
  }

  /// An XPath 1.0 expression.
  init(xpath: String, key: String) throws(ParseError) {
    try self.init(xpath, key: key) { text throws(SelectorFault) in
      .xpath(try KnownRules.xpath.rule(text) { text throws(SelectorFault) in try XPathExpression(text) })
    }
  }

  private init(_ text: String, key: String, _ read: (String) throws(SelectorFault) -> Form) throws(ParseError) {
    shown = "\(key) = \"\(text)\""
    do throws(SelectorFault) { form = try read(text) } catch {
      throw ParseError(.selector, "\(shown): \(error.message) (at byte \(error.offset)); correct the selector")
    }
  }

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
