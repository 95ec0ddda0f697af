public import TickerModel

/// A list in a JSON document that may be what a source wants, and where the parts of its items stand.
public struct ValueCandidate: Sendable, Equatable {
  /// A JSONPath.
  public let items: String
  public let map: ItemMap
  public let count: Int
  /// The first headlines.
  public let texts: [String]
}

/// Finds the lists of a JSON document that look like news, for `tickerd probe`. Pure.
public enum ValueCandidates {
  private static let most = 5
  private static let shownTexts = 5
  /// Lists stand near the top; deeper ones belong to one item.
  private static let deepest = 5
  /// Values looked at.
  private static let mostValues = 20_000

  /// Names that the parts of an item have in news APIs, likeliest first.
  private static let names: [(part: ItemMap.Name, names: [String])] = [
    (.id, ["id", "guid", "_id", "uuid", "id_str", "key"]),
    (.title, ["title", "headline", "name", "text", "subject", "event", "webTitle", "caption", "message"]),
    (.link, ["url", "link", "permalink", "webUrl", "web_url", "href", "canonical_url", "post_url", "html_url"]),
    (
      .published,
      [
        "published", "published_at", "publishedAt", "date_published", "pubDate", "webPublicationDate", "created_at",
        "createdAt", "date", "sent", "time", "timestamp", "datetime",
      ]
    ),
    (.updated, ["updated", "updated_at", "updatedAt", "date_modified", "modified", "lastModified"]),
    (.summary, ["summary", "description", "excerpt", "abstract", "standfirst", "teaser", "body", "content"]),
    (.author, ["author", "byline", "creator"]),
    (.tags, ["tags", "keywords", "categories"]),
  ]

  /// The candidates of a JSON document, longest list with headlines first.
  public static func of(_ bytes: [UInt8], by rules: ParseRules) throws(ParseError) -> [ValueCandidate] {
    let decoded = try Encoding.decode(bytes, as: .json, by: rules)
    guard let root = JSONDocument.reading(decoded.bytes).value else { return [] }
    var search = Search()
    search.look(at: root, path: "$", depth: 0)
    return Array(search.found.sorted { $0.count > $1.count }.prefix(most))
  }

  private struct Search {
    var found: [ValueCandidate] = []
    var left = mostValues

    mutating func look(at value: JSONValue, path: String, depth: Int) {
      left -= 1
      guard left > 0, depth <= deepest else { return }
      switch value {
      case .array(let elements):
        if let candidate = candidate(elements, path: path) { found.append(candidate) }
        if let first = elements.first { look(at: first, path: path + "[0]", depth: depth + 1) }
      case .object(let members):
        for member in members { look(at: member.value, path: path + step(member.name), depth: depth + 1) }
      default: break
      }
    }

    private func candidate(_ elements: [JSONValue], path: String) -> ValueCandidate? {
      guard let first = elements.first else { return nil }
      if first.string != nil {
        let texts = elements.compactMap(\.string)
        guard texts.count >= 2, texts.reduce(0, { $0 + $1.count }) / texts.count >= 20 else { return nil }
        return ValueCandidate(items: path + "[*]", map: ItemMap(), count: texts.count, texts: shown(texts))
      }
      var map = ItemMap()
      for (part, names) in names { map[part] = names.lazy.compactMap { self.path(to: $0, part, in: first) }.first }
      guard map[.title] != nil, let title = map[.title].flatMap({ try? ValuePath($0) }) else { return nil }
      var query = JSONQuery(.null)
      let texts = elements.prefix(50).compactMap { try? title.values(in: $0, &query).first?.scalar }
      return ValueCandidate(items: path + "[*]", map: map, count: elements.count, texts: shown(texts))
    }

    private func shown(_ texts: [String]) -> [String] {
      texts.prefix(shownTexts).map { PlainText.cut(PlainText.ofHTML($0), to: 300) }
    }

    /// In the item, or one object below it (GeoJSON's `properties`, WordPress's `rendered`).
    private func path(to name: String, _ part: ItemMap.Name, in item: JSONValue) -> String? {
      guard case .object(let members) = item else { return nil }
      for member in members where member.name == name {
        if isUsable(member.value, part) { return "$" + step(name) }
        if member.value["rendered"]?.string != nil { return "$\(step(name)).rendered" }
      }
      for member in members {
        if let inner = member.value.member(name), isUsable(inner, part), part != .id {
          return "$" + step(member.name) + step(name)
        }
      }
      return nil
    }

    private func isUsable(_ value: JSONValue, _ part: ItemMap.Name) -> Bool {
      switch part {
      case .tags: value.array?.first?.scalar != nil
      case .title: value.string.map { !$0.isEmpty } ?? false
      case .link: value.string.map { $0.contains("/") } ?? false
      default: value.scalar.map { !$0.isEmpty } ?? false
      }
    }

    private func step(_ name: String) -> String {
      let isPlain =
        name.utf8.allSatisfy { (0x61...0x7A).contains($0 | 0x20) || (0x30...0x39).contains($0) || $0 == 0x5F }
        && name.utf8.first.map { !(0x30...0x39).contains($0) } ?? false
      if isPlain { return "." + name }
      let escaped = name.unicodeScalars.map { scalar in
        scalar == "'" || scalar == "\\"
          ? "\\\(scalar)"
          : scalar.value < 0x20 ? "\\u" + String(0x10000 + scalar.value, radix: 16).dropFirst() : "\(scalar)"
      }
      return "['\(escaped.joined())']"
    }
  }
}
