import TickerModel

/// The truth behind a ticker block: what its editors do, and what its page shows of it.
struct WindowPublisher {
  /// What this block's editors are given to, each a weight.
  struct Habits {
    var publishes = 6
    var edits = 2
    var withdraws = 1
    var reorders = 1
    var republishes = 1
    var empties = 0
    var shuffles = 0
    /// One in so many pages has a line of its template on top, and one at the bottom; 0 is none.
    var templates = 8

    /// Only publishes: the newest on top, the oldest falls off.
    static let plain = Habits(edits: 0, withdraws: 0, reorders: 0, republishes: 0, templates: 0)

    static func some(using random: inout SeededGenerator) -> Habits {
      func weight(_ most: Int) -> Int { max(0, Int.random(in: -1...most, using: &random)) }
      return Habits(
        publishes: 1 + weight(6), edits: weight(4), withdraws: weight(2), reorders: weight(1), republishes: weight(2),
        empties: weight(5) == 5 ? 1 : 0, shuffles: weight(9) == 9 ? 1 : 0)
    }
  }

  private let capacity: Int
  private let habits: Habits
  private var words: GeneratedWords
  /// Newest first; longer than the page, so that a line below slides in when one above is taken away.
  private var lines: [String] = []
  /// Every text ever shown or replaced.
  private var archive: [String] = []
  private var header: String?
  private var footer: String?
  private(set) var published: [String] = []
  private var cached: [String]?

  init(capacity: Int, habits: Habits, words: GeneratedWords, using random: inout SeededGenerator) {
    self.capacity = capacity
    self.habits = habits
    self.words = words
    if habits.templates > 0 {
      if Int.random(in: 0..<habits.templates, using: &random) == 0 { header = "live ticker" }
      if Int.random(in: 0..<habits.templates, using: &random) == 0 { footer = "all the news" }
    }
    for _ in 0..<Int.random(in: 0...capacity + 2, using: &random) { publish(using: &random) }
    published = []
  }

  /// One thing that the editors do.
  mutating func act(using random: inout SeededGenerator) {
    let acts: [(Int, (inout Self, inout SeededGenerator) -> Void)] = [
      (habits.publishes, { $0.publish(using: &$1) }), (habits.edits, { $0.edit(using: &$1) }),
      (habits.withdraws, { $0.withdraw(using: &$1) }), (habits.reorders, { $0.reorder(using: &$1) }),
      (habits.republishes, { $0.republish(using: &$1) }), (habits.empties, { publisher, _ in publisher.lines = [] }),
      (habits.shuffles, { $0.lines.shuffle(using: &$1) }),
    ]
    var choice = Int.random(in: 0..<acts.reduce(0) { $0 + $1.0 }, using: &random)
    for (weight, act) in acts {
      choice -= weight
      if choice < 0 { return act(&self, &random) }
    }
  }

  /// What the page shows now, newest first; `isSteady` leaves out caches, cut pages and equal lines.
  mutating func page(isSteady: Bool, using random: inout SeededGenerator) -> [String] {
    var page = Array(lines.prefix(capacity))
    if !isSteady {
      if Int.random(in: 0...15, using: &random) == 0 {
        page = Array(page.prefix(Int.random(in: 0...capacity, using: &random)))
      }
      if Int.random(in: 0...15, using: &random) == 0 {
        page = Array(lines.prefix(capacity + Int.random(in: 1...3, using: &random)))
      }
    }
    page = (header.map { [$0] } ?? []) + page + (footer.map { [$0] } ?? [])
    guard !isSteady else { return page }
    if let line = page.randomElement(using: &random), Int.random(in: 0...15, using: &random) == 0 {
      page.insert(line, at: Int.random(in: 0...page.count, using: &random))
    }
    let shown = cached != nil && Int.random(in: 0...7, using: &random) == 0 ? cached ?? page : page
    if Int.random(in: 0...2, using: &random) == 0 { cached = page }
    return shown
  }

  /// Forgets which texts are fresh: a poll saw the page.
  mutating func polled() { published = [] }

  /// A text that another publisher showed.
  mutating func copy(_ text: String) { if !lines.contains(text) { lines.insert(text, at: 0) } }

  private mutating func publish(using random: inout SeededGenerator) {
    let text = words.fresh(using: &random)
    lines.insert(text, at: 0)
    published.append(text)
    trim()
  }

  private mutating func edit(using random: inout SeededGenerator) {
    guard let index = lines.prefix(capacity).indices.randomElement(using: &random) else { return }
    let former = lines[index]
    let isReversal = Int.random(in: 0...4, using: &random) == 0
    let text = isReversal ? archive.randomElement(using: &random) ?? former : words.edited(former, using: &random)
    guard !lines.contains(text) else { return }
    lines[index] = text
    archive.append(former)
    published.removeAll { $0 == former }
  }

  private mutating func withdraw(using random: inout SeededGenerator) {
    guard let index = lines.prefix(capacity).indices.randomElement(using: &random) else { return }
    archive.append(lines.remove(at: index))
  }

  private mutating func reorder(using random: inout SeededGenerator) {
    guard lines.count > 1 else { return }
    let line = lines.remove(at: Int.random(in: 0..<min(lines.count, capacity), using: &random))
    lines.insert(line, at: Int.random(in: 0...min(lines.count, capacity), using: &random))
  }

  private mutating func republish(using random: inout SeededGenerator) {
    guard let text = archive.randomElement(using: &random), !lines.contains(text) else { return }
    lines.insert(text, at: Int.random(in: 0...3, using: &random) == 0 ? min(2, lines.count) : 0)
    trim()
  }

  private mutating func trim() {
    while lines.count > capacity + 4 { archive.append(lines.removeLast()) }
  }
}
