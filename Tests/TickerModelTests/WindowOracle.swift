import TestSupport
import TickerModel

/// SPEC §3.2 and the global dedupe of §3.3, read as plainly as possible and without regard to cost: texts instead of
/// hashes, whole windows instead of counters, every rule in the order of the table. It shares nothing with Decide but
/// the hash that an `id` is made of.
struct WindowOracle {
  /// An event, as far as the rules say anything about it.
  struct Told: Equatable {
    var type: EventType
    var title: String
    var id = ""
    var occurrence = 1
    var revision = 1
    var previous: String?
    var restored = false
    var baseline = false
    var also: [String] = []
    var tags: [String] = []
    /// The lines after a gap.
    var count = 0
  }

  private struct Item {
    var id: String
    var occurrence: Int
    var owner: String
    var text: String
    var revision = 1
    var isWithdrawn = false
    /// It was announced as part of the baseline, and never since.
    var isBaseline = false
    var announcedBy: [String] = []
    /// The sources that know it.
    var knownTo: Set<String> = []
    /// By source: the last successful poll that saw the text of it that left last; nil where none left since it was told.
    var lastSeen: [String: Int] = [:]
  }

  private struct Place {
    /// Windows newest first, each different from the one before, the last one last.
    var windows: [[String]] = []
    var lastSuccess: Int?
    /// Lines that went at the last poll, oldest first, each with the lines below it that stood then.
    var pending: [(line: String, below: [String])] = []
  }

  static let mostUpdates = 24
  static let pinnedAfter = 10

  private var items: [Item] = []
  /// Whose text it is, by the source's scope of comparison.
  private var owners: [String: Int] = [:]
  private var places: [String: Place] = [:]
  /// The items of which this poll tells another text: one text each, and no withdrawal.
  private var rewritten: Set<Int> = []

  /// What a successful poll must announce.
  mutating func poll(_ source: Source, _ document: [String], at now: Int) -> [Told] {
    var lines: [String] = []
    for line in document where !lines.contains(line) { lines.append(line) }
    if source.order == .oldestFirst { lines.reverse() }
    let place = places[source.name] ?? Place()
    let told =
      place.lastSuccess == nil
      ? firstLook(source, lines, now) : judge(source, lines, place, now)
    return told
  }
}

// MARK: - The first look

extension WindowOracle {
  private mutating func firstLook(_ source: Source, _ lines: [String], _ now: Int) -> [Told] {
    let announced =
      switch source.baseline {
      case .silent: 0
      case .last(let count): count
      case .all: lines.count
      }
    var told: [Told] = []
    for (index, line) in lines.enumerated().reversed() {
      if var event = add(line, source, isAnnounced: index < announced) {
        event.baseline = true
        if let item = owner(line, source), event.also.isEmpty { items[item].isBaseline = true }
        told.append(event)
      }
    }
    places[source.name] = Place(windows: [lines], lastSuccess: now)
    return told
  }

  /// A text that is new to this source: a new item, or a sighting of another source's.
  private mutating func add(_ line: String, _ source: Source, isAnnounced: Bool) -> Told? {
    guard let known = owner(line, source) else {
      let id = Self.identifier(line, source, occurrence: 1)
      items.append(Item(id: id, occurrence: 1, owner: source.name, text: line, knownTo: [source.name]))
      owners[Self.scope(line, source)] = items.count - 1
      return isAnnounced ? announce(items.count - 1, .itemNew, source, title: line) : nil
    }
    guard items[known].knownTo.insert(source.name).inserted else { return nil }
    guard isAnnounced else { return nil }
    // An item that never had an event is announced when another source brings it, and is that source's then.
    if items[known].announcedBy.isEmpty { (items[known].owner, items[known].text) = (source.name, line) }
    return announce(known, .itemNew, source, title: line)
  }

  private mutating func announce(_ item: Int, _ type: EventType, _ source: Source, title: String) -> Told {
    var told = Told(type: type, title: title, tags: source.tags)
    told.id = items[item].id
    told.occurrence = items[item].occurrence
    told.revision = items[item].revision
    if type == .itemNew { told.also = items[item].announcedBy }
    if !items[item].announcedBy.contains(source.name) { items[item].announcedBy.append(source.name) }
    return told
  }
}

// MARK: - The table

extension WindowOracle {
  private mutating func judge(_ source: Source, _ new: [String], _ place: Place, _ now: Int) -> [Told] {
    let old = place.windows.last ?? []
    let standing = Self.standing(old, new)
    let firm = standing.filter { !isPinned($0, place.windows) }
    let newest = firm.first.flatMap(new.firstIndex) ?? new.count
    let oldest = firm.last.flatMap(new.firstIndex) ?? new.count
    let edits = edits(source, old, new, standing)
    // Every line is judged by what was known before the poll.
    let before = self
    var withdrawn: [Int] = []
    rewritten = []
    let edited = Set(edits.values.compactMap { before.owner($0, source) })
    for item in old.filter({ !new.contains($0) }).compactMap({ before.owner($0, source) })
    where !edited.contains(item) && items[item].knownTo.contains(source.name) {
      // A line that stood while another source announced a new occurrence of it tells this source nothing of that one.
      items[item].lastSeen[source.name] = place.lastSuccess
    }

    // Oldest first: from the bottom of the window to its top, a withdrawn line just above the one that proves it gone.
    var told: [Told] = []
    for index in new.indices.reversed() {
      let line = new[index]
      if !old.contains(line) {
        let isOnTop = firm.isEmpty || index < newest
        let event: Told?
        if let former = edits[line] {
          event = edit(before.owner(former, source), to: line, source)
        } else if let item = before.owner(line, source), before.items[item].knownTo.contains(source.name) {
          // An item that only now left with another of its texts was not away.
          let isAfterLong = before.items[item].lastSeen[source.name].map {
            now - $0 >= source.repeatAfter.components.seconds
          }
          event = isAfterLong.flatMap { back(item, line, source, isAfterLong: $0, isOnTop) }
        } else {
          event = add(line, source, isAnnounced: !(index > oldest))
        }
        if let event { told.append(event) }
      }
      for (gone, below) in place.pending where !new.contains(gone) {
        guard firm.first(where: below.contains) == line else { continue }
        if let event = before.withdrawal(of: gone, source) {
          told.append(event)
          if let item = before.owner(gone, source) { withdrawn.append(item) }
        }
      }
    }
    told.removeAll { event in event.type == .itemWithdrawn && rewritten.contains { items[$0].id == event.id } }
    for item in withdrawn where !rewritten.contains(item) { items[item].isWithdrawn = true }
    if isGap(new, firm, place), !told.isEmpty {
      told.insert(Told(type: .sourceGap, title: "", count: new.count), at: 0)
    }
    remember(source, new, firm, before: before, edits, place, now)
    return told
  }

  /// Rule (a).
  private mutating func edit(_ item: Int?, to line: String, _ source: Source) -> Told? {
    guard let item else { return nil }
    owners[Self.scope(line, source)] = item
    items[item].knownTo.insert(source.name)
    items[item].lastSeen[source.name] = nil
    guard items[item].owner == source.name else { return nil }
    return update(item, to: line, source, restored: items[item].isWithdrawn)
  }

  private mutating func update(_ item: Int, to line: String, _ source: Source, restored: Bool) -> Told? {
    guard rewritten.insert(item).inserted else { return nil }
    items[item].lastSeen[source.name] = nil
    let previous = items[item].text
    items[item].text = line
    guard items[item].revision <= Self.mostUpdates else { return nil }
    items[item].revision += 1
    items[item].isWithdrawn = false
    items[item].isBaseline = false
    var event = announce(item, .itemUpdated, source, title: line)
    event.previous = previous
    event.restored = restored
    return event
  }

  /// Rule (b), and a withdrawn line that is back.
  private mutating func back(
    _ item: Int, _ line: String, _ source: Source, isAfterLong: Bool, _ isOnTop: Bool
  ) -> Told? {
    if items[item].isWithdrawn, !isAfterLong {
      return items[item].owner == source.name ? update(item, to: line, source, restored: true) : nil
    }
    guard isAfterLong, isOnTop else { return nil }
    let occurrence = items[item].occurrence + 1
    let id = Self.identifier(line, source, occurrence: occurrence)
    items.append(Item(id: id, occurrence: occurrence, owner: source.name, text: line, knownTo: [source.name]))
    owners[Self.scope(line, source)] = items.count - 1
    return announce(items.count - 1, .itemNew, source, title: line)
  }

  /// Rule (e), of an item that this source announced.
  private func withdrawal(of line: String, _ source: Source) -> Told? {
    guard let index = owner(line, source) else { return nil }
    let item = items[index]
    guard item.owner == source.name, !item.announcedBy.isEmpty, !item.isWithdrawn,
      item.revision <= Self.mostUpdates
    else { return nil }
    return Told(
      type: .itemWithdrawn, title: item.text, id: item.id, occurrence: item.occurrence, revision: item.revision,
      baseline: item.isBaseline, tags: source.tags)
  }

  private func isGap(_ new: [String], _ firm: [String], _ place: Place) -> Bool {
    let longest = place.windows.suffix(100).map(\.count).max() ?? 0
    let hadLines = (place.windows.last ?? []).contains { !isPinned($0, place.windows) }
    return firm.isEmpty && hadLines && longest >= 3 && new.count >= longest
  }

  private mutating func remember(
    _ source: Source, _ new: [String], _ firm: [String], before: WindowOracle, _ edits: [String: String],
    _ place: Place, _ now: Int
  ) {
    let old = place.windows.last ?? []
    var next = Place(windows: new == old ? place.windows : place.windows + [new], lastSuccess: now)
    let edited = Set(edits.values.compactMap { before.owner($0, source) })
    for (index, line) in old.enumerated().reversed() where !new.contains(line) {
      let below = firm.filter { standing in old.dropFirst(index + 1).contains(standing) }
      let isEdited = before.owner(line, source).map(edited.contains) ?? false
      if !below.isEmpty, !isEdited { next.pending.append((line, below)) }
    }
    places[source.name] = next
  }
}

// MARK: - Standing, pinned, edited

extension WindowOracle {
  /// The longest common subsequence, of several the one whose lines stand nearest the newest end of `new`.
  static func standing(_ old: [String], _ new: [String]) -> [String] {
    // longest[i][j]: how many lines old[i...] and new[j...] have in common in order.
    var longest = Array(repeating: Array(repeating: 0, count: new.count + 1), count: old.count + 1)
    for i in old.indices.reversed() {
      for j in new.indices.reversed() {
        longest[i][j] =
          old[i] == new[j] ? longest[i + 1][j + 1] + 1 : max(longest[i + 1][j], longest[i][j + 1])
      }
    }
    var standing: [String] = []
    var (i, j) = (0, 0)
    while longest[i][j] > 0 {
      // The first line of `new` with which a longest one can begin.
      if let place = old[i...].firstIndex(of: new[j]), longest[place + 1][j + 1] + 1 == longest[i][j] {
        standing.append(new[j])
        i = place + 1
      }
      j += 1
    }
    return standing
  }

  /// Whether the line kept its place at an end through the last ten changes of the window.
  private func isPinned(_ line: String, _ windows: [[String]]) -> Bool {
    guard windows.count > Self.pinnedAfter else { return false }
    let last = windows.suffix(Self.pinnedAfter + 1)
    return zip(last, last.dropFirst()).allSatisfy { before, after in
      (before.first == line && after.first == line) || (before.last == line && after.last == line)
    }
  }

  /// The new texts of edited lines, each with the one it took the place of (rule a).
  private func edits(_ source: Source, _ old: [String], _ new: [String], _ standing: [String]) -> [String: String] {
    var edits: [String: String] = [:]
    var (oldStart, newStart) = (0, 0)
    for line in standing {
      guard let oldEnd = old.firstIndex(of: line), let newEnd = new.firstIndex(of: line) else { continue }
      let went = old[oldStart..<oldEnd].filter { !new.contains($0) }
      let came = new[newStart..<newEnd].filter { !old.contains($0) }
      var pairs: [(went: String, came: String, common: Int, longer: Int)] = []
      for former in went {
        for text in came {
          if let item = owner(text, source) {
            // Back at an earlier text of its own, in its place; another item's text is no edit.
            if item == owner(former, source) { pairs.append((former, text, 1, 1)) }
          } else {
            let (common, longer) = Self.common(former, text)
            if common * 10 >= longer * 6 { pairs.append((former, text, common, longer)) }
          }
        }
      }
      // Best first; of equally good ones the lines nearest the newest end.
      while let best = pairs.enumerated().max(by: { one, other in
        let (left, right) = (one.element.common * other.element.longer, other.element.common * one.element.longer)
        return left == right ? one.offset > other.offset : left < right
      })?.element {
        edits[best.came] = best.went
        pairs.removeAll { $0.went == best.went || $0.came == best.came }
      }
      (oldStart, newStart) = (oldEnd + 1, newEnd + 1)
    }
    return edits
  }

  /// Of a text its words, or the pairs of characters of one that is written without spaces.
  private static func words(_ text: String) -> [String] {
    text.split(separator: " ").flatMap { word in
      guard word.unicodeScalars.contains(where: { (0x3400...0x9FFF).contains($0.value) }), word.count > 1 else {
        return [String(word)]
      }
      return zip(word, word.dropFirst()).map { "\($0)\($1)" }
    }
  }

  /// Words in common in order, and the words of the longer text.
  private static func common(_ one: String, _ other: String) -> (common: Int, longer: Int) {
    let (left, right) = (words(one), words(other))
    var row = Array(repeating: 0, count: right.count + 1)
    for word in left {
      let above = row
      for (index, candidate) in right.enumerated() {
        row[index + 1] = word == candidate ? above[index] + 1 : max(above[index + 1], row[index])
      }
    }
    return (row.last ?? 0, max(left.count, right.count))
  }

  private func owner(_ line: String, _ source: Source) -> Int? { owners[Self.scope(line, source)] }

  private static func scope(_ line: String, _ source: Source) -> String {
    source.dedupe == .source ? source.name + "|" + line : "|" + line
  }

  private static func identifier(_ line: String, _ source: Source, occurrence: Int) -> String {
    Fingerprint(.line(line), source: source.dedupe == .source ? source.name : nil, rule: .plainWords)
      .itemIdentifier(occurrence: occurrence)
  }
}

extension WindowOracle.Told {
  init(_ event: Event) {
    self.init(type: event.type, title: event.item == nil ? "" : event.title)
    count = event.condition?.count ?? 0
    guard let item = event.item else { return }
    id = item.id
    occurrence = item.occurrence
    revision = item.revision
    previous = item.previous
    restored = item.restored
    baseline = item.baseline
    also = item.also.map(\.source)
    tags = item.tags
  }
}
