import TestSupport
import TickerModel

/// SPEC §3.3, Feeds, read plainly: guids as aliases, links where a document's guids tell nothing, contents as identity, dates as nothing.
struct FeedOracle {
  private struct Item {
    var id: String
    var owner: String
    var content: String
    var title: String
    var revision = 1
    var announcedBy: [String] = []
    var knownTo: Set<String> = []
  }

  private struct Entry {
    var title: String
    var content: String
    /// The names this document's entries can be told apart by, best first.
    var names: [String]
    var fingerprint: Fingerprint
  }

  private var items: [Item] = []
  private var contents: [String: Int] = [:]
  private var names: [String: Int] = [:]
  private var lengths: [String: [Int]] = [:]

  /// What a successful poll must announce.
  mutating func poll(_ source: Source, _ document: [ParsedItem]) -> [WindowOracle.Told] {
    let entries = entries(of: document, source)
    let before = self
    let told: [WindowOracle.Told]
    if let lengths = lengths[source.name] {
      told = judge(entries, source, before, lengths)
    } else {
      told = firstLook(entries, source)
    }
    lengths[source.name, default: []].append(entries.count)
    return told
  }

  private func entries(of document: [ParsedItem], _ source: Source) -> [Entry] {
    let guids = document.map { $0.guid ?? "" }
    let links = document.map { $0.link ?? "" }
    let haveGuids = !guids.contains("") && Set(guids).count == guids.count
    let haveLinks = !links.contains("") && Set(links).count == links.count
    var entries: [Entry] = []
    for item in document {
      let title = item.title ?? ""
      let scope = source.dedupe == .source ? source.name : ""
      let content = "\(scope)|\(title)|\(item.link ?? "")"
      guard !entries.contains(where: { $0.content == content }) else { continue }
      var names: [String] = []
      if haveGuids { names.append("\(source.name) guid \(item.guid ?? "")") }
      if haveLinks { names.append("\(source.name) link \(item.link ?? "")") }
      entries.append(
        Entry(
          title: title, content: content, names: names,
          fingerprint: Fingerprint(
            .item(title, link: item.link), source: source.dedupe == .source ? source.name : nil, rule: .plainWords)))
    }
    return entries
  }

  private mutating func firstLook(_ entries: [Entry], _ source: Source) -> [WindowOracle.Told] {
    let announced =
      switch source.baseline {
      case .silent: 0
      case .last(let count): count
      case .all: entries.count
      }
    return entries.enumerated().reversed().compactMap { index, entry in
      var told = add(entry, source, isAnnounced: index < announced)
      told?.baseline = true
      return told
    }
  }

  private mutating func judge(
    _ entries: [Entry], _ source: Source, _ before: FeedOracle, _ lengths: [Int]
  ) -> [WindowOracle.Told] {
    var told: [WindowOracle.Told] = []
    var isForeign = true
    var rewritten: Set<Int> = []
    for entry in entries.reversed() {
      let sameContent = before.contents[entry.content]
      let isKnownHere = sameContent.map { before.items[$0].knownTo.contains(source.name) } ?? false
      let named = entry.names.first.flatMap { before.names[$0] }
      if named != nil || isKnownHere { isForeign = false }
      guard let item = named ?? (isKnownHere ? sameContent : nil) else {
        if let event = add(entry, source, isAnnounced: true) { told.append(event) }
        continue
      }
      learn(entry, item, source)
      let isAnothers = sameContent != nil && sameContent != item
      // An item whose present text stands there too is not edited by what else goes by its name.
      let isShown = entries.contains { $0.content == before.items[item].content }
      guard !isShown, !isAnothers, !entry.names.isEmpty, items[item].owner == source.name,
        rewritten.insert(item).inserted
      else { continue }
      if let event = update(item, entry, source) { told.append(event) }
    }
    let longest = lengths.suffix(100).max() ?? 0
    if isForeign, !told.isEmpty, lengths.last != 0, longest >= 3, entries.count >= longest {
      told.insert(WindowOracle.Told(type: .sourceGap, title: "", count: entries.count), at: 0)
    }
    return told
  }

  private mutating func add(_ entry: Entry, _ source: Source, isAnnounced: Bool) -> WindowOracle.Told? {
    let known = contents[entry.content]
    let item = known ?? items.count
    if known == nil {
      items.append(
        Item(
          id: entry.fingerprint.itemIdentifier(), owner: source.name, content: entry.content, title: entry.title))
    }
    let isNewHere = !items[item].knownTo.contains(source.name)
    learn(entry, item, source)
    guard isNewHere, isAnnounced else { return nil }
    if items[item].announcedBy.isEmpty {
      (items[item].owner, items[item].content, items[item].title) = (source.name, entry.content, entry.title)
    }
    return announce(.itemNew, item, entry, source)
  }

  private mutating func update(_ item: Int, _ entry: Entry, _ source: Source) -> WindowOracle.Told? {
    let previous = items[item].title
    (items[item].content, items[item].title) = (entry.content, entry.title)
    guard items[item].revision <= WindowOracle.mostUpdates else { return nil }
    items[item].revision += 1
    var event = announce(.itemUpdated, item, entry, source)
    event.previous = previous
    event.also = []
    return event
  }

  private mutating func announce(
    _ type: EventType, _ item: Int, _ entry: Entry, _ source: Source
  ) -> WindowOracle.Told {
    var told = WindowOracle.Told(type: type, title: entry.title, id: items[item].id, tags: source.tags)
    told.revision = items[item].revision
    told.also = items[item].announcedBy
    if !items[item].announcedBy.contains(source.name) { items[item].announcedBy.append(source.name) }
    return told
  }

  /// The first item to have a content or a name keeps it.
  private mutating func learn(_ entry: Entry, _ item: Int, _ source: Source) {
    items[item].knownTo.insert(source.name)
    if contents[entry.content] == nil { contents[entry.content] = item }
    for name in entry.names where names[name] == nil { names[name] = item }
  }
}
