@testable import TickerParse

/// A page as tests look at it: elements are named by their ids.
enum Page {
  static func ids(in markup: String, _ selector: String) throws -> [String] {
    _ = try CSSSelector.xpath(for: selector)
    let page = try HTMLPage(Decoded(bytes: Array(markup.utf8)))
    defer { withExtendedLifetime(page) {} }
    return try page.elements(selector, of: "select", most: 1000).map { $0.attribute("id") ?? "nil" }
  }
}
