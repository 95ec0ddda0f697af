import TickerModel

/// The items of a page: selected elements, one each, or the lines between two marks (SPEC §2, §3.2). Pure.
enum HTMLWindow {
  /// Bytes of an element's text that are kept; events carry 4 KiB of a title and 32 KiB of a text.
  private static let longestTitle = 64 << 10
  /// Nodes looked at for all items together. Selected elements that contain one another are read again and again.
  private static let mostNodes = 20_000_000

  static func parse(_ document: Decoded, by rules: ParseRules) throws(ParseError) -> ParsedDocument {
    try refuseStrangeRules(rules)
    let page = try HTMLPage(document)
    defer { withExtendedLifetime(page) {} }
    guard try hasContainer(page, rules) else {
      return ParsedDocument(form: .window, kind: .html, items: [], fault: document.fault)
    }
    let base = baseURL(of: page, rules.baseURL)
    let items =
      rules.cutsLines
      ? try PageWindow.items(page, by: rules, base: base) : try items(page, by: rules, base: base)
    return ParsedDocument(form: .window, kind: .html, items: items, fault: document.fault)
  }

  private static func refuseStrangeRules(_ rules: ParseRules) throws(ParseError) {
    if rules.select != nil, rules.xpath != nil {
      throw ParseError(.selector, "select and xpath exclude each other; keep one")
    }
    let isSelected = rules.select != nil || rules.xpath != nil
    if rules.cutsLines, isSelected || rules.fields != ItemFields() {
      throw ParseError(.start, "start and end go with no select, xpath or fields; keep one kind of rule")
    }
    if !rules.cutsLines, !isSelected {
      throw ParseError(
        .selector,
        "the document is an HTML page: write select = \"…\", a CSS selector for its items, or start = \"…\", the line"
          + " before them (`tickerd probe URL` proposes some), or give a feed's url")
    }
  }

  private static func hasContainer(_ page: HTMLPage, _ rules: ParseRules) throws(ParseError) -> Bool {
    guard let container = rules.container else { return true }
    if try !page.nodes(PageSelector(css: container, key: "container"), most: 1).isEmpty { return true }
    if rules.mayBeEmpty { return false }
    throw ParseError(
      .container, "no element of the page matches container = \"\(container)\"; look whether the page was rebuilt")
  }

  /// What relative links start from (https://html.spec.whatwg.org/multipage/semantics.html#the-base-element).
  static func baseURL(of page: HTMLPage, _ url: String?) -> LinkBase {
    guard let href = page.elements(called: "base").lazy.compactMap({ $0.attribute("href") }).first else {
      return LinkBase(url)
    }
    return LinkBase(Link.absolute(href, base: url) ?? url)
  }

  private static func items(
    _ page: HTMLPage, by rules: ParseRules, base: LinkBase
  ) throws(ParseError) -> [ParsedItem] {
    let selector =
      if let select = rules.select {
        try PageSelector(css: select, key: "select")
      } else {
        try PageSelector(xpath: rules.xpath ?? "", key: "xpath")
      }
    var reader = try ItemReader(page, rules, base: base, budget: mostNodes, longest: longestTitle)
    var items: [ParsedItem] = []
    for element in try page.nodes(selector, most: rules.maxItems) {
      if let item = try reader.item(element) { items.append(item) }
    }
    return items
  }
}

/// Reads one selected element after another.
private struct ItemReader {
  private let page: HTMLPage
  private let base: LinkBase
  private let fields: [ItemFields.Name: PageSelector]
  private let longest: Int
  private let language: String?
  private var budget: Int

  init(_ page: HTMLPage, _ rules: ParseRules, base: LinkBase, budget: Int, longest: Int) throws(ParseError) {
    self.page = page
    self.base = base
    language = rules.language
    self.budget = budget
    self.longest = longest
    var fields: [ItemFields.Name: PageSelector] = [:]
    for (name, selector) in rules.fields.given {
      let key = "fields.\(name.rawValue)"
      fields[name] =
        rules.xpath == nil
        ? try PageSelector(relativeCSS: selector, key: key) : try PageSelector(xpath: selector, key: key)
    }
    self.fields = fields
  }

  /// Nil for an element without words.
  mutating func item(_ element: HTMLNode) throws(ParseError) -> ParsedItem? {
    let whole = try text(of: element)
    let title = fields[.title] == nil ? whole : try text(.title, in: element)
    guard let title, !title.text.isEmpty else { return nil }
    var item = ParsedItem(title: title.text)
    item.link = try link(of: element, title: title, whole: whole)
    item.published = try time(in: element)
    item.summary = try text(.text, in: element).flatMap { $0.text.isEmpty ? nil : $0.text }
    return item
  }

  private mutating func text(of node: HTMLNode) throws(ParseError) -> ElementText {
    let text = ElementText.of(node, longest: longest, budget: &budget)
    if budget == 0 {
      throw ParseError(.bounds, "the selected elements contain one another many times; select the innermost ones")
    }
    return text
  }

  private func found(_ name: ItemFields.Name, in element: HTMLNode) throws(ParseError) -> HTMLNode? {
    guard let selector = fields[name] else { return nil }
    return try page.nodes(selector, from: element, most: 1).first
  }

  private mutating func text(_ name: ItemFields.Name, in element: HTMLNode) throws(ParseError) -> ElementText? {
    guard let node = try found(name, in: element) else { return nil }
    return try text(of: node)
  }

  /// Where `fields.link` leads to; without it the headline's own link, else the first in the item.
  private mutating func link(
    of element: HTMLNode, title: ElementText, whole: ElementText
  ) throws(ParseError) -> String? {
    guard fields[.link] != nil else { return (title.href ?? whole.href).flatMap { Link.absolute($0, base: base) } }
    guard let node = try found(.link, in: element) else { return nil }
    let written =
      node.attribute("href") ?? node.attribute("src") ?? node.text.map { String(decoding: $0, as: UTF8.self) }
    if let written { return Link.absolute(written, base: base) }
    return try text(of: node).href.flatMap { Link.absolute($0, base: base) }
  }

  /// What a machine can read goes before what is shown.
  private mutating func time(in element: HTMLNode) throws(ParseError) -> Timestamp? {
    guard let node = try found(.time, in: element) else { return nil }
    for name in ["datetime", "content", "data-time", "data-timestamp", "title"] {
      if let written = node.attribute(name), let time = FeedDate.parse(written, language: language) { return time }
    }
    return try FeedDate.parse(text(of: node).text, language: language)
  }
}
