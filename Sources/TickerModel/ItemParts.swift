/// Where the parts of an HTML page's item stand in its element: CSS selectors beside `select`, XPath beside `xpath`. Nil
/// is found without one. Pure value.
public struct ItemFields: Sendable, Equatable {
  /// The names of the parts, as the configuration writes them.
  public enum Name: String, Sendable, CaseIterable { case title, link, time, text }

  private var selectors: [Name: String] = [:]

  public init() {}

  public subscript(name: Name) -> String? {
    get { selectors[name] }
    set { selectors[name] = newValue }
  }

  /// In the order of ``Name``.
  public var given: [(name: Name, selector: String)] {
    Name.allCases.compactMap { name in selectors[name].map { (name, $0) } }
  }
}

/// Where the parts of a JSON document's item stand in it: JSONPath or JSON Pointer. Pure value.
public struct ItemMap: Sendable, Equatable {
  /// The names of the parts, as the configuration and `tickerd parse` write them.
  public enum Name: String, Sendable, CaseIterable {
    case id, title, link, published, updated, summary, author, tags
  }

  private var paths: [Name: String] = [:]

  public init() {}

  public subscript(name: Name) -> String? {
    get { paths[name] }
    set { paths[name] = newValue }
  }

  /// In the order of ``Name``.
  public var given: [(name: Name, path: String)] {
    Name.allCases.compactMap { name in paths[name].map { (name, $0) } }
  }
}
