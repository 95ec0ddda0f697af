import TickerModel
import TickerText

/// The items of a JSON document, found by `items` and read by `map` (SPEC §2, §3.2). Pure.
enum JSONItems {
  static func parse(_ document: Decoded, by rules: ParseRules) throws(ParseError) -> ParsedDocument {
    let reader = try ItemReader(rules)
    let read = JSONDocument.reading(document.bytes)
    let reason = read.fault.map { "byte \($0.offset): \($0.message)" }
    let place = reason.map { " (\($0))" } ?? ""
    if let fault = read.fault, fault.reason == .depth || fault.reason == .size {
      throw ParseError(.bounds, "the document is deeper or larger than one of news is\(place); check url")
    }
    guard let value = read.value else { throw ParseError(.document, "the document is no JSON\(place); check url") }
    let items: [ParsedItem]
    do throws(JSONQuery.TooMuch) {
      items = try reader.items(of: value)
    } catch {
      throw ParseError(.bounds, "items and map take too long on this document; write narrower paths")
    }
    if reason != nil, items.isEmpty {
      throw ParseError(
        .document, "the document is broken before its first item\(place); check url, or tell its publisher")
    }
    try reader.refuseUnmapped(value)
    // With an id of its own an item is known wherever it stands; without one only its place tells (SPEC §3.2).
    let form: DocumentForm = rules.map[.id] == nil ? .window : .feed
    return ParsedDocument(
      form: form, kind: .json, items: items, fault: (reason ?? document.fault).map(VisibleText.escaped))
  }

  private struct ItemReader {
    private let itemsPath: ValuePath
    private let paths: [ItemMap.Name: ValuePath]
    private let rules: ParseRules
    private let base: LinkBase

    init(_ rules: ParseRules) throws(ParseError) {
      guard let items = rules.items else {
        throw ParseError(
          .selector, "write items = \"…\", where the items of the document are, such as \"$.articles[*]\"")
      }
      self.rules = rules
      base = LinkBase(rules.baseURL)
      itemsPath = try Self.path(items, key: "items")
      var paths: [ItemMap.Name: ValuePath] = [:]
      for (name, path) in rules.map.given { paths[name] = try Self.path(path, key: "map.\(name.rawValue)") }
      self.paths = paths
    }

    private static func path(_ text: String, key: String) throws(ParseError) -> ValuePath {
      do throws(PathFault) {
        return try KnownRules.paths.rule(text) { text throws(PathFault) in try ValuePath(text) }
      } catch {
        throw ParseError(
          .selector, "\(key) = \"\(text)\": \(error.message) (at byte \(error.offset)); correct the path")
      }
    }

    /// A path to one array means its elements: so it is with every pointer.
    private func values(of root: JSONValue, _ query: inout JSONQuery) throws(JSONQuery.TooMuch) -> [JSONValue] {
      let found = try itemsPath.values(in: root, &query)
      guard itemsPath.isSingular, case .array(let elements)? = found.first else { return found }
      return elements
    }

    func items(of root: JSONValue) throws(JSONQuery.TooMuch) -> [ParsedItem] {
      var query = JSONQuery(root)
      var items: [ParsedItem] = []
      let values = try values(of: root, &query).prefix(rules.maxItems)
      items.reserveCapacity(values.count)
      for value in values { items.append(try item(value, &query)) }
      return items
    }

    /// Without map an item is its own headline, which an object is not.
    func refuseUnmapped(_ root: JSONValue) throws(ParseError) {
      guard paths.isEmpty else { return }
      var query = JSONQuery(root)
      if case .object(let members)? = try? values(of: root, &query).first {
        let names = members.prefix(8).map(\.name).joined(separator: ", ")
        throw ParseError(
          .selector, "the items are objects (of \(PlainText.cut(names, to: 200))): write map = { title = \"$.…\" }")
      }
    }

    private func item(_ value: JSONValue, _ query: inout JSONQuery) throws(JSONQuery.TooMuch) -> ParsedItem {
      guard !paths.isEmpty else { return ParsedItem(title: JSONField.title([value])) }
      func found(_ name: ItemMap.Name) throws(JSONQuery.TooMuch) -> [JSONValue] {
        try paths[name]?.values(in: value, &query) ?? []
      }
      return ParsedItem(
        guid: JSONField.word(try found(.id)), title: JSONField.title(try found(.title)),
        link: JSONField.link(try found(.link), base: base),
        published: JSONField.date(try found(.published), language: rules.language),
        updated: JSONField.date(try found(.updated), language: rules.language),
        summary: JSONField.text(try found(.summary)), author: JSONField.word(try found(.author)),
        tags: JSONField.tags(try found(.tags)))
    }
  }
}

/// The values that a path found as a field of an item: the first that can be used. Pure.
private enum JSONField {
  /// A structure is shown as it is written, so that nobody looks for an item that is not there.
  static func title(_ values: [JSONValue]) -> String? {
    let structure = values.first { if case .array = $0 { true } else if case .object = $0 { true } else { false } }
    let title = text(values) ?? structure.map { PlainText.folded(JSONWriting.text($0)) }
    return title.map { PlainText.cut($0, to: FeedField.longestTitle) }
  }

  static func text(_ values: [JSONValue]) -> String? {
    values.lazy.compactMap(scalar).compactMap { text in
      let text = PlainText.cut(text, to: FeedField.longest)
      return filled(PlainText.ofHTML(text)) ?? filled(PlainText.folded(text))
    }.first
  }

  static func word(_ values: [JSONValue]) -> String? {
    values.lazy.compactMap { filled(scalar($0).map { PlainText.cut(PlainText.folded($0), to: FeedField.longestWord) }) }
      .first
  }

  static func link(_ values: [JSONValue], base: LinkBase) -> String? {
    values.lazy.compactMap(\.string).compactMap { Link.absolute($0, base: base) }.first
  }

  static func date(_ values: [JSONValue], language: String?) -> Timestamp? {
    values.lazy.compactMap { value in
      switch value {
      case .number(let number): Double(number).flatMap(EpochDate.timestamp)
      case .string(let text): FeedDate.parse(text, language: language)
      default: nil
      }
    }.first
  }

  static func tags(_ values: [JSONValue]) -> [String] {
    var tags: [String] = []
    for value in values.flatMap({ $0.array ?? [$0] }) where tags.count < FeedItem.mostTags {
      if let tag = word([value]), !tags.contains(tag) { tags.append(tag) }
    }
    return tags
  }

  private static func scalar(_ value: JSONValue) -> String? {
    if case .bool(let flag) = value { return flag ? "true" : "false" }
    return value.scalar
  }

  private static func filled(_ text: String?) -> String? { text?.isEmpty == false ? text : nil }
}

/// A value as JSON text, cut where it gets long. Pure.
enum JSONWriting {
  static func text(_ value: JSONValue) -> String {
    var bytes: [UInt8] = []
    append(value, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func append(_ value: JSONValue, to bytes: inout [UInt8]) {
    guard bytes.count < FeedField.longestTitle else { return }
    switch value {
    case .null: bytes += "null".utf8
    case .bool(let flag): bytes += (flag ? "true" : "false").utf8
    case .number(let number): bytes += number.utf8
    case .string(let text): JSONText.append(string: PlainText.cut(text, to: FeedField.longestTitle), to: &bytes)
    case .array(let elements):
      bytes.append(UInt8(ascii: "["))
      for (index, element) in elements.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        append(element, to: &bytes)
      }
      bytes.append(UInt8(ascii: "]"))
    case .object(let members):
      bytes.append(UInt8(ascii: "{"))
      for (index, member) in members.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        JSONText.append(string: member.name, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        append(member.value, to: &bytes)
      }
      bytes.append(UInt8(ascii: "}"))
    }
  }
}
