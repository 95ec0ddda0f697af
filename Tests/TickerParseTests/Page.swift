@testable import TickerParse

/// A page as tests look at it: elements are named by their ids.
enum Page {
  static func ids(in markup: String, _ selector: String) throws -> [String] {
    let page = try HTMLPage(Decoded(bytes: Array(markup.utf8)))
    defer { withExtendedLifetime(page) {} }
    let found = try page.nodes(PageSelector(css: selector, key: "select"), most: 1000)
    return found.map { $0.attribute("id") ?? "nil" }
  }
}
