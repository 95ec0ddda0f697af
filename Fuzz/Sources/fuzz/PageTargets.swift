import TickerModel
@testable import TickerParse
import TickerText

extension Target {
  /// An HTML page; the first byte chooses the rules by which its items are found.
  static let html: Try = { bytes in
    let choice = Int(bytes.first ?? 0)
    var rules = ParseRules(kind: .html, baseURL: "https://example.org/a/b", maxItems: 100)
    switch choice & 3 {
    case 0: rules.select = ["li", "*", ".a > :first-of-type", "p:has(a):nth-last-of-type(2n)"][choice >> 2 & 3]
    case 1: rules.xpath = ["//li", "//@*", "//text()", "//a | //namespace::*"][choice >> 2 & 3]
    case 2: (rules.start, rules.end) = ("BREAKING", choice & 4 == 0 ? "" : "x")
    default: rules.endMatch = try? Pattern("x$")
    }
    if choice & 2 == 0, choice & 16 != 0 {
      let isCSS = choice & 1 == 0
      rules.fields[.title] = isCSS ? "> b, :scope" : ".//b"
      rules.fields[.time] = isCSS ? "time" : "@*"
      rules.fields[.link] = isCSS ? "a" : ".//@href"
    }
    guard let document = try? DocumentParser.parse(Array(bytes.dropFirst()), by: rules) else { return }
    precondition(document.items.count <= 100)
    for item in document.items {
      let title = item.title ?? ""
      precondition(!title.isEmpty && title.first != " " && title.last != " " && !title.utf8.contains { $0 < 0x20 })
      if let link = item.link { precondition(link.hasPrefix("http") && !link.utf8.contains { $0 <= 0x20 }) }
    }
  }

  /// A CSS selector, asked of a small page.
  static let css: Try = { bytes in
    let text = String(decoding: bytes, as: UTF8.self)
    let page = "<html lang=en><body><ul class='a b'><li id=x>1<li class=a title='\"'>2</ul><p>t<a href=/>x</a></p>"
    guard let page = try? HTMLPage(Decoded(bytes: Array(page.utf8))) else { return }
    if let selector = try? PageSelector(css: text, key: "k") { _ = try? page.nodes(selector, most: 100) }
    if let selector = try? PageSelector(relativeCSS: text, key: "k") { _ = try? page.nodes(selector, most: 100) }
  }

  /// An XPath expression, asked of a small page: from its document, then from what it found.
  static let xpath: Try = { bytes in
    let text = String(decoding: bytes, as: UTF8.self)
    let page =
      "<html lang=en><body><!-- c --><ul class='a b'><li id=x>1<li class=a title='\"'>2.5</ul><p>t<a href=/>x</a> é</p>"
    guard let page = try? HTMLPage(Decoded(bytes: Array(page.utf8))),
      let selector = try? PageSelector(xpath: text, key: "k"), let found = try? page.nodes(selector, most: 100)
    else { return }
    for (one, other) in zip(found, found.dropFirst()) where one.text == nil && other.text == nil {
      precondition(one.number < other.number)
    }
    for node in found.prefix(3) { _ = try? page.nodes(selector, from: node, most: 100) }
  }

  /// A JSONPath or JSON Pointer up to the first line feed, and a document behind it.
  static let jsonpath: Try = { bytes in
    let path = String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    let rest = bytes.drop { $0 != UInt8(ascii: "\n") }.dropFirst()
    let standard = #"{"a":[1,"b",{"c":[null,true,-1.5e3]},[[]]],"d":{"e":"f"}}"#
    let document = JSONDocument.reading(rest.isEmpty ? Array(standard.utf8) : Array(rest))
    guard let path = try? ValuePath(path), let value = document.value else { return }
    var query = JSONQuery(value)
    guard let found = try? path.values(in: value, &query) else { return }
    precondition(!path.isSingular || found.count <= 1)
  }
}
