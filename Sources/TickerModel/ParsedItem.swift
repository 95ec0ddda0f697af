/// One entry as a document tells it, before anything is known about it. Titles and texts are plain text with white
/// space folded; links are absolute. Fields are nil where the document is silent.
public struct ParsedItem: Sendable, Equatable {
  /// The feed's own identifier (guid, Atom id), trimmed.
  public var guid: String?
  public var title: String?
  public var link: String?
  public var published: Timestamp?
  public var updated: Timestamp?
  /// The summary or content as plain text.
  public var summary: String?
  public var author: String?
  public var tags: [String]

  @inlinable public init(
    guid: String? = nil, title: String? = nil, link: String? = nil, published: Timestamp? = nil,
    updated: Timestamp? = nil, summary: String? = nil, author: String? = nil, tags: [String] = []
  ) {
    self.guid = guid
    self.title = title
    self.link = link
    self.published = published
    self.updated = updated
    self.summary = summary
    self.author = author
    self.tags = tags
  }
}

/// What a document was, which decides how its items are compared.
public enum DocumentForm: String, Sendable, Equatable {
  /// Lines known by their place: only their order tells what is new (SPEC §3.2).
  case window
  /// Entries with identifiers or links (SPEC §3.3, Feeds).
  case feed
}

/// A whole document after parsing.
public struct ParsedDocument: Sendable, Equatable {
  public var form: DocumentForm
  /// What it was recognised as: `html`, `text`, `rss` or `atom`.
  public var kind: SourceKind
  /// In document order, at most the parser's item limit.
  public var items: [ParsedItem]
  /// Why the document is broken although it could be read; nil when it is sound.
  public var fault: String?
  /// When the document wants to be asked for again.
  public var hints: FeedHints

  public init(
    form: DocumentForm, kind: SourceKind, items: [ParsedItem], fault: String? = nil, hints: FeedHints = FeedHints()
  ) {
    self.form = form
    self.kind = kind
    self.items = items
    self.fault = fault
    self.hints = hints
  }
}
