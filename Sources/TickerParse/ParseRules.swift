public import TickerModel
public import TickerText

/// How a document is to be read: a source's rules and what HTTP said about the bytes. Pure value.
public struct ParseRules: Sendable, Equatable {
  /// More items than any page or feed of news holds; what comes after is not kept.
  public static let mostItems = 10_000

  /// What the document must be; `auto` judges by its content, or by the rules that are given.
  public var kind: SourceKind
  /// A CSS selector for the items of an HTML page.
  public var select: String?
  /// An XPath 1.0 expression for the same, in place of `select`.
  public var xpath: String?
  /// Where the parts of an HTML page's item stand in its element.
  public var fields = ItemFields()
  /// Where the items of a JSON document are: a JSONPath, or a JSON Pointer to an array.
  public var items: String?
  /// Where the parts of a JSON document's item stand in it.
  public var map = ItemMap()
  /// In place of `start` and `end`: patterns that the line before and after the window contains.
  public var startMatch: Pattern?
  public var endMatch: Pattern?
  /// What matches one of these is no item.
  public var skip: [Pattern] = []
  /// The line before the window (html, text).
  public var start: String?
  /// The line after the window (html, text); "" is a blank line, the end of the block or of the document.
  public var end: String?
  /// A CSS selector that must match in an HTML page.
  public var container: String?
  /// Whether the block may be empty or absent (`expect.min_items = 0`).
  public var mayBeEmpty: Bool
  /// The document's own address, which relative links start from.
  public var baseURL: String?
  /// The value of the HTTP header, for its charset.
  public var contentType: String?
  /// The label of the encoding that the operator knows to be right, whatever the document and HTTP say.
  public var encoding: String?
  /// The language of the source, a tag of BCP 47: how its dates are read.
  public var language: String?
  /// Items kept, from the top of the document.
  public var maxItems: Int

  /// Rules that are not given are absent.
  public init(
    kind: SourceKind = .auto, select: String? = nil, start: String? = nil, end: String? = nil, container: String? = nil,
    mayBeEmpty: Bool = false, baseURL: String? = nil, contentType: String? = nil, encoding: String? = nil,
    maxItems: Int = mostItems
  ) {
    self.kind = kind
    self.select = select
    self.start = start
    self.end = end
    self.container = container
    self.mayBeEmpty = mayBeEmpty
    self.baseURL = baseURL
    self.contentType = contentType
    self.encoding = encoding
    self.maxItems = maxItems
  }
}

extension ParseRules {
  /// Whether elements of a page are asked for.
  var selectsElements: Bool { select != nil || xpath != nil || container != nil || fields != ItemFields() }
  /// Whether lines mark the window.
  var cutsLines: Bool { startMark != nil || endMark != nil }
  /// Whether places in a JSON document are asked for.
  var mapsValues: Bool { items != nil || map != ItemMap() }

  /// Whether anything is said about where the items are.
  public var findsItems: Bool { selectsElements || cutsLines || mapsValues }

  var startMark: LineMark? { start.map(LineMark.line) ?? startMatch.map(LineMark.pattern) }
  var endMark: LineMark? { end.map(LineMark.line) ?? endMatch.map(LineMark.pattern) }
}

/// Why a document gave no items. Pure value.
public struct ParseError: Error, Sendable, Equatable {
  /// The kinds of fault; the raw values are the `class` of `source.failing`.
  public enum Class: String, Sendable {
    /// The document is broken or empty.
    case document
    /// It is of a kind that the rules do not fit or that is not read.
    case kind
    /// Its character encoding is not known here.
    case encoding
    /// `select`, `xpath`, `fields`, `container`, `items` or `map` is written wrongly or missing.
    case selector
    /// The line `start` was not found, or cannot be used here.
    case start
    /// The line `end` was not found, or cannot be used here.
    case end
    /// The element of `expect.container` was not found.
    case container
    /// It is deeper, larger or slower than a document may be.
    case bounds
  }

  /// What kind of fault it is.
  public let `class`: Class
  /// A sentence that says what to do next, safe for a terminal, at most some hundred characters.
  public let reason: String

  /// `reason` may quote the document or the rules: what could act on a terminal is escaped here.
  init(_ class: Class, _ reason: String) {
    self.class = `class`
    self.reason = VisibleText.escaped(reason)
  }
}
