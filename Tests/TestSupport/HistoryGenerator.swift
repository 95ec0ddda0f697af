import TickerModel

/// Makes histories at random: publishers that edit, withdraw and repeat themselves, and polls at random moments. The
/// same seed makes the same histories.
public struct HistoryGenerator {
  private var random: SeededGenerator

  public init(seed: UInt64) { random = SeededGenerator(seed: seed) }

  /// A history of one ticker block, with everything that editors, caches and page templates do to it.
  /// - Parameter isHasty: all of it happens within `repeat_after`.
  public mutating func window(isHasty: Bool = false) -> History {
    var history = windows(sources: 1)
    guard isHasty else { return history }
    for index in history.polls.indices { history.polls[index].seconds = 60 * (index + 1) }
    return history
  }

  /// A history of one block as long as windows get.
  public mutating func longWindow() -> History { windows(sources: 1, capacity: 480, polls: 4) }

  /// A history of feeds that copy from each other.
  public mutating func feeds(sources count: Int) -> History {
    let sources = (0..<count).map { source(["alpha", "bravo", "charlie"][$0]) }
    let capacity = Int.random(in: 1...8, using: &random)
    var publishers = sources.map { FeedPublisher(name: $0.name, capacity: capacity, using: &random) }
    var history = History(sources: sources)
    var seconds = 0
    for _ in 0..<polls() {
      let index = Int.random(in: 0..<count, using: &random)
      for _ in 0..<acts(capacity) { publishers[index].act(using: &random) }
      let others = history.polls.last { $0.source != sources[index].name }
      if chance(2), let entry = others?.items.randomElement(using: &random) { publishers[index].copy(entry) }
      let document = publishers[index].document(using: &random)
      repeat {
        seconds += wait()
        history.polls.append(
          History.Poll(source: sources[index].name, seconds: seconds, form: .feed, items: document))
      } while chance(5)
    }
    return history
  }

  /// A history of ticker blocks that copy from each other.
  public mutating func windows(sources count: Int) -> History {
    windows(sources: count, capacity: capacity(), polls: polls())
  }

  private mutating func windows(sources count: Int, capacity: Int, polls: Int) -> History {
    let sources = (0..<count).map { source(["alpha", "bravo", "charlie"][$0]) }
    let script = script()
    var publishers = sources.map { source in
      let words = GeneratedWords(mark: String(source.name.prefix(1)), script: script)
      return WindowPublisher(capacity: capacity, habits: .some(using: &random), words: words, using: &random)
    }
    var history = History(sources: sources)
    var seconds = 0
    for _ in 0..<polls {
      let index = Int.random(in: 0..<count, using: &random)
      for _ in 0..<acts(capacity) { publishers[index].act(using: &random) }
      if count > 1, Int.random(in: 0...1, using: &random) == 0,
        let text = history.polls.last(where: { $0.source != sources[index].name })?.titles.randomElement(using: &random)
      {
        publishers[index].copy(text)
      }
      let page = publishers[index].page(isSteady: false, using: &random)
      seconds += wait()
      history.polls.append(poll(of: sources[index], page, publishers[index].published, at: seconds))
      publishers[index].polled()
      while chance(6) {
        seconds += wait()
        history.polls.append(poll(of: sources[index], page, [], at: seconds))
      }
    }
    return history
  }

  /// A history of one block whose editors only publish on top, a page that shows what there is, and polls a minute apart.
  public mutating func plainWindow() -> History {
    var source = source("alpha")
    source.baseline = .silent
    let capacity = capacity()
    var publisher = WindowPublisher(
      capacity: capacity, habits: .plain, words: GeneratedWords(script: script()), using: &random)
    var history = History(sources: [source])
    for number in 0..<polls() {
      for _ in 0..<acts(capacity) { publisher.act(using: &random) }
      let page = publisher.page(isSteady: true, using: &random)
      history.polls.append(poll(of: source, page, publisher.published, at: 60 * number))
      publisher.polled()
    }
    return history
  }

  /// A number at random, from the same seed.
  public mutating func number(below bound: Int) -> Int { Int.random(in: 0..<bound, using: &random) }
}

extension HistoryGenerator {
  mutating func chance(_ oneIn: Int) -> Bool { Int.random(in: 0..<oneIn, using: &random) == 0 }

  /// Half of the blocks are written in Latin letters.
  private mutating func script() -> GeneratedWords.Script {
    chance(2) ? .latin : GeneratedWords.Script.allCases.randomElement(using: &random) ?? .latin
  }

  mutating func source(_ name: String) -> Source {
    var source = Source(name: name, url: .literal("https://\(name).example/"))
    source.tags = [name]
    if chance(3) { source.baseline = [.all, .last(1), .last(2)].randomElement(using: &random) ?? .all }
    if chance(4) { source.order = .oldestFirst }
    if chance(8) { source.dedupe = .source }
    source.expect.minItems = 0
    return source
  }

  /// Mostly small blocks, in which everything happens soon.
  private mutating func capacity() -> Int {
    if chance(200) { return 60 }
    return chance(6) ? Int.random(in: 6...20, using: &random) : Int.random(in: 1...6, using: &random)
  }

  /// Mostly few polls; sometimes enough for lines to be pinned and texts to jitter.
  mutating func polls() -> Int {
    chance(30) ? Int.random(in: 20...60, using: &random) : Int.random(in: 3...9, using: &random)
  }

  /// Things done between two polls: none, one, several, or more than the page holds.
  private mutating func acts(_ capacity: Int) -> Int {
    if chance(12) { return capacity + Int.random(in: 0...2, using: &random) }
    return Int.random(in: 0...3, using: &random)
  }

  /// Seconds between two polls; failed polls in between only make it longer. With a minute more some are just
  /// `repeat_after`.
  mutating func wait() -> Int {
    if chance(8) {
      return [3 * 3600, 6 * 3600 - 60, 6 * 3600, 7 * 3600, 30 * 3600].randomElement(using: &random) ?? 60
    }
    return chance(4) ? Int.random(in: 30...900, using: &random) : 60
  }

  private func poll(of source: Source, _ page: [String], _ published: [String], at seconds: Int) -> History.Poll {
    let document = source.order == .newestFirst ? page : page.reversed()
    return History.Poll(
      source: source.name, seconds: seconds, form: .window, items: document.map { ParsedItem(title: $0) },
      published: published)
  }
}
