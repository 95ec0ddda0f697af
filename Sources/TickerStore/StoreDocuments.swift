public import TickerModel

/// A document as a source served it, kept for `why` and `try`.
public struct KeptDocument: Sendable, Equatable {
  public let source: String
  /// The time of the poll, which its events carry too.
  public let at: Timestamp
  /// Nil for a file.
  public let status: Int?
  /// As the server said it.
  public let contentType: String?
  /// Where it came from, as it may be shown.
  public let url: String
  /// As configured then.
  public let kind: SourceKind
  /// SHA-256 of ``body``.
  public let hash: [UInt8]
  /// Why it could not be read, or was not believed; nil for a poll that was recorded.
  public let fault: String?
  public let body: [UInt8]

  public init(
    source: String, at: Timestamp, status: Int?, contentType: String?, url: String, kind: SourceKind, hash: [UInt8],
    fault: String?, body: [UInt8]
  ) {
    self.source = source
    self.at = at
    self.status = status
    self.contentType = contentType
    self.url = url
    self.kind = kind
    self.hash = hash
    self.fault = fault
    self.body = body
  }
}

/// A document made small, and how many are kept: of its source at most `most`, and of all sources together at most
/// `mostBytes` compressed; the oldest go first.
public struct PackedDocument: Sendable {
  /// Without its body.
  let document: KeptDocument
  let size: Int
  let packed: [UInt8]
  let most: Int
  let mostBytes: Int

  /// Nil where none of this size is kept. Compresses on the caller's thread.
  public init?(_ document: KeptDocument, most: Int, mostBytes: Int) {
    guard most > 0 else { return nil }
    packed = Compression.compressed(document.body)
    guard packed.count <= mostBytes else { return nil }
    self.document = KeptDocument(
      source: document.source, at: document.at, status: document.status, contentType: document.contentType,
      url: document.url, kind: document.kind, hash: document.hash, fault: document.fault, body: [])
    size = document.body.count
    self.most = most
    self.mostBytes = mostBytes
  }
}

extension Store {
  /// Keeps `document` unless it is the source's last one again. Compresses on the caller's thread.
  public func keep(_ document: KeptDocument, most: Int, mostBytes: Int) async throws(StoreError) {
    guard let packed = PackedDocument(document, most: most, mostBytes: mostBytes) else { return }
    try await write { writer throws(StoreError) in try Documents(connection: writer.connection).keep(packed) }
  }
}

extension Archive {
  /// The kept documents of `source` polled at `since` or later, oldest first; those that are damaged are left out.
  public func documents(of source: String, since: Timestamp) throws(StoreError) -> [KeptDocument] {
    try connection.rows(
      """
      SELECT at, status, content_type, url, kind, hash, fault, size, body FROM document
      WHERE source = ? AND at >= ? ORDER BY row
      """, .text(source), .time(since)
    ) { row -> KeptDocument?? in
      guard let body = Compression.expanded(row.blob(8), size: Int(row.integer(7))) else { return .some(nil) }
      return KeptDocument(
        source: source, at: Timestamp(milliseconds: row.integer(0)), status: row.optionalInteger(1).map { Int($0) },
        contentType: row.optionalText(2), url: row.text(3), kind: SourceKind(rawValue: row.text(4)) ?? .auto,
        hash: row.blob(5), fault: row.optionalText(6), body: body)
    }.compactMap { $0 }
  }
}

/// The `document` table.
struct Documents {
  let connection: Connection

  /// Documents dropped in one go where the bound became smaller; the next ones go with the next poll.
  static let mostDropped = 50

  /// Keeps `document` unless it is the source's last one again.
  func keep(_ document: PackedDocument) throws(StoreError) {
    let source = document.document.source
    guard try lastHash(of: source) != document.document.hash else { return }
    try insert(document)
    try limit(source, to: document.most)
    try limit(toBytes: document.mostBytes)
  }

  func lastHash(of source: String) throws(StoreError) -> [UInt8]? {
    try connection.first("SELECT hash FROM document WHERE source = ? ORDER BY row DESC LIMIT 1", .text(source)) {
      $0.blob(0)
    }
  }

  private func insert(_ packed: PackedDocument) throws(StoreError) {
    let document = packed.document
    try connection.run(
      """
      INSERT INTO document(source, at, status, content_type, url, kind, hash, fault, size, body)
      VALUES (?,?,?,?,?,?,?,?,?,?)
      """,
      .text(document.source), .time(document.at), document.status.map { .integer($0) } ?? .null,
      .text(document.contentType), .text(document.url), .text(document.kind.rawValue), .blob(document.hash),
      .text(document.fault), .integer(packed.size), .blob(packed.packed))
  }

  /// Drops the oldest of `source` beyond `most`.
  func limit(_ source: String, to most: Int) throws(StoreError) {
    try connection.run(
      """
      DELETE FROM document WHERE row IN
      (SELECT row FROM document WHERE source = ? ORDER BY row DESC LIMIT ? OFFSET ?)
      """, .text(source), .integer(Self.mostDropped), .integer(most))
  }

  /// Drops the oldest of all, at most `most`, while together they take more than `mostBytes`; how many it dropped.
  @discardableResult
  func limit(toBytes mostBytes: Int, dropping most: Int = mostDropped) throws(StoreError) -> Int {
    for dropped in 0..<most {
      let total = try connection.first("SELECT total FROM document_bytes") { $0.integer(0) } ?? 0
      if total <= mostBytes { return dropped }
      try connection.run("DELETE FROM document WHERE row = (SELECT min(row) FROM document)")
    }
    return most
  }
}
