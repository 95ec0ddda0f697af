import TickerModel
@testable import TickerParse

extension Target {
  /// A whole document; the first byte chooses how it is read.
  static let feed: Try = { bytes in
    let choice = bytes.first ?? 0
    let kinds: [SourceKind] = [.auto, .rss, .atom, .jsonfeed]
    let types = [nil, "text/xml; charset=windows-1251", "application/xml; charset=gb18030", "x; charset=utf-16"]
    let rules = ParseRules(
      kind: kinds[Int(choice & 3)], baseURL: "https://example.org/a/b", contentType: types[Int(choice >> 2 & 3)],
      maxItems: 100)
    guard let document = try? DocumentParser.parse(Array(bytes.dropFirst()), by: rules) else { return }
    precondition(document.items.count <= 100)
    for item in document.items {
      precondition((item.title?.utf8.count ?? 0) <= FeedField.longestTitle)
      if let link = item.link { precondition(link.contains(":") && !link.utf8.contains { $0 <= 0x20 }) }
      for text in [item.title, item.summary, item.guid, item.author].compactMap(\.self) + item.tags {
        precondition(!text.isEmpty && text.first != " " && text.last != " ")
        precondition(!text.utf8.contains { $0 < 0x20 })
      }
    }
  }

  /// One date, after a byte that is left out.
  static let date: Try = { bytes in
    let text = String(decoding: bytes.dropFirst(), as: UTF8.self)
    // What the quick reader takes, the patient one takes for the same.
    let exact = Array(text.utf8).withUnsafeBufferPointer { ExactDate.parse($0) }
    if let exact { precondition(FeedDate.parse(text) == exact) }
    guard let moment = FeedDate.parse(text) else { return }
    precondition((-1...10_000).contains(moment.calendar.year))
    precondition(Timestamp(rfc3339: moment.text) == moment || !(0...9999).contains(moment.calendar.year))
  }

  /// A JSON document: a sound one and what is read of it are the same.
  static let json: Try = { bytes in
    let reading = JSONDocument.reading(bytes)
    precondition(reading.fault != nil || reading.value != nil)
    precondition((reading.fault?.offset ?? 0) <= bytes.count)
  }
}
