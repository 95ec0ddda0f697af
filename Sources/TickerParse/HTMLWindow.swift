import TickerModel

/// The selected elements of a page, one item each (SPEC §2 `select`, §3.2). Pure.
enum HTMLWindow {
  /// Bytes of an element's text that are kept; events carry 4 KiB of it.
  private static let longestTitle = 64 << 10
  /// Nodes looked at for all items together. Selected elements that contain one another are read again and again.
  private static let mostNodes = 20_000_000

  static func parse(_ document: Decoded, by rules: ParseRules) throws(ParseError) -> ParsedDocument {
    let select = try selector(in: rules)
    let page = try HTMLPage(document)
    defer { withExtendedLifetime(page) {} }
    if let container = rules.container, try page.elements(container, of: "container", most: 1).isEmpty {
      if !rules.mayBeEmpty {
        throw ParseError(
          .container, "no element of the page matches container = \"\(container)\"; look whether the page was rebuilt")
      }
      return ParsedDocument(form: .window, kind: .html, items: [], fault: document.fault)
    }
    let base = try baseURL(of: page, rules.baseURL)
    let elements = try page.elements(select, of: "select", most: rules.maxItems)
    return ParsedDocument(form: .window, kind: .html, items: try items(elements, base: base), fault: document.fault)
  }

  private static func selector(in rules: ParseRules) throws(ParseError) -> String {
    if rules.start != nil || rules.end != nil {
      throw ParseError(
        rules.start != nil ? .start : .end,
        "start and end are not read in HTML yet; write select = \"…\", a CSS selector for the items")
    }
    guard let select = rules.select else {
      throw ParseError(
        .selector,
        "the document is an HTML page: write select = \"…\", a CSS selector for its items, or give a feed's url")
    }
    return select
  }

  private static func baseURL(of page: HTMLPage, _ url: String?) throws(ParseError) -> String? {
    guard let href = try page.elements("base[href]", of: "select", most: 1).first?.attribute("href") else { return url }
    return Link.absolute(href, base: url) ?? url
  }

  private static func items(_ elements: [HTMLElement], base: String?) throws(ParseError) -> [ParsedItem] {
    var items: [ParsedItem] = []
    var budget = mostNodes
    for element in elements {
      let (text, href) = element.reading(longest: longestTitle, budget: &budget)
      if budget == 0 {
        throw ParseError(.bounds, "the selected elements contain one another many times; select the innermost ones")
      }
      let title = PlainText.cut(PlainText.folded(text), to: longestTitle)
      if !title.isEmpty { items.append(ParsedItem(title: title, link: href.flatMap { Link.absolute($0, base: base) })) }
    }
    return items
  }
}
