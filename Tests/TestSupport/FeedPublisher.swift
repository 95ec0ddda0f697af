import TickerModel

/// The truth behind a feed: its entries, and how well its software names them.
struct FeedPublisher {
  /// How the feed's software fills in guids.
  enum Naming: CaseIterable {
    case good, empty, repeated, missingSometimes
  }

  private let capacity: Int
  private let naming: Naming
  private let hasLinks: Bool
  private let name: String
  private var words: GeneratedWords
  private var count = 0
  /// Newest first.
  private var entries: [ParsedItem] = []
  private var gone: [ParsedItem] = []

  init(name: String, capacity: Int, using random: inout SeededGenerator) {
    self.name = name
    self.capacity = capacity
    words = GeneratedWords(mark: String(name.prefix(1)))
    let isGood = Int.random(in: 0...2, using: &random) > 0
    naming = isGood ? .good : Naming.allCases.randomElement(using: &random) ?? .good
    hasLinks = Int.random(in: 0...3, using: &random) > 0
    for _ in 0..<Int.random(in: 0...capacity, using: &random) { publish(using: &random) }
  }

  mutating func act(using random: inout SeededGenerator) {
    switch Int.random(in: 0...11, using: &random) {
    case 0...4: publish(using: &random)
    case 5, 6: change(using: &random) { $0.title = $1.edited($0.title ?? "", using: &$2) }
    case 7: entries.shuffle(using: &random)
    case 8: if let index = entries.indices.randomElement(using: &random) { gone.append(entries.remove(at: index)) }
    case 9:
      if let entry = gone.randomElement(using: &random) { entries.insert(entry, at: entries.count / 2) }
    case 10:
      count += 1
      let guid = "\(name)-again-\(count)"
      change(using: &random) { entry, _, _ in entry.guid = guid }
    default:
      if let link = entries.randomElement(using: &random)?.link {
        change(using: &random) { entry, _, _ in entry.link = link }
      }
    }
  }

  func document(using random: inout SeededGenerator) -> [ParsedItem] {
    var shown = Array(entries.prefix(capacity))
    for index in shown.indices {
      switch naming {
      case .good: break
      case .empty: shown[index].guid = index.isMultiple(of: 2) ? "" : nil
      case .repeated: shown[index].guid = name
      case .missingSometimes: if Int.random(in: 0...9, using: &random) == 0 { shown[index].guid = nil }
      }
    }
    if let entry = shown.randomElement(using: &random), Int.random(in: 0...15, using: &random) == 0 {
      shown.append(entry)
    }
    return shown
  }

  /// An entry that another feed shows, under a guid of this feed's own.
  mutating func copy(_ entry: ParsedItem) {
    count += 1
    var copy = entry
    copy.guid = "\(name)-\(count)"
    if !entries.contains(where: { $0.title == copy.title && $0.link == copy.link }) { entries.insert(copy, at: 0) }
  }

  private mutating func publish(using random: inout SeededGenerator) {
    count += 1
    let link = hasLinks ? "https://\(name).example/\(count)" : nil
    entries.insert(ParsedItem(guid: "\(name)-\(count)", title: words.fresh(using: &random), link: link), at: 0)
    while entries.count > capacity + 3 { gone.append(entries.removeLast()) }
  }

  private mutating func change(
    using random: inout SeededGenerator, _ body: (inout ParsedItem, inout GeneratedWords, inout SeededGenerator) -> Void
  ) {
    guard let index = entries.indices.randomElement(using: &random) else { return }
    if Int.random(in: 0...5, using: &random) == 0 { gone.append(entries[index]) }
    body(&entries[index], &words, &random)
  }
}
