import TestSupport
import Testing
import TickerModel
import TickerText

/// What must hold of every history, whatever the table of rules says.
private let histories = 400

@Test func whatIsPublishedOnTopIsAnnouncedOnceInItsOrder() {
  var seed = SeededGenerator.seed()
  for _ in 0..<histories {
    seed &+= 1
    var generator = HistoryGenerator(seed: seed)
    let history = generator.plainWindow()
    for (poll, events) in zip(history.polls, history.rehearsed(rule: .plainWords)).dropFirst() {
      let told = events.filter { $0.type != .sourceGap }
      #expect(told.allSatisfy { $0.type != .itemWithdrawn }, "seed \(seed)")
      #expect(told.map(\.title) == poll.published.filter(poll.titles.contains), "seed \(seed)")
    }
  }
}

@Test func whatPassedUnseenIsSaidWhereWindowsAreLongEnough() {
  var seed = SeededGenerator.seed()
  var gaps = 0
  for _ in 0..<histories {
    seed &+= 1
    var generator = HistoryGenerator(seed: seed)
    let history = generator.plainWindow()
    let told = history.rehearsed(rule: .plainWords)
    for index in history.polls.indices.dropFirst() {
      let (last, poll) = (history.polls[index - 1].titles, history.polls[index])
      let longest = history.polls[..<index].map(\.items.count).max() ?? 0
      let isForeign = Set(last).isDisjoint(with: poll.titles) && !last.isEmpty
      guard isForeign, !Set(poll.published).isSubset(of: poll.titles), longest >= 3, poll.items.count >= longest else {
        continue
      }
      gaps += 1
      #expect(told[index].first?.type == .sourceGap, "seed \(seed), poll \(index + 1)")
    }
  }
  #expect(gaps > 0, "no history lost a line; seed \(seed)")
}

@Test func noTextIsNewAgainWithoutAnAbsence() {
  var seed = SeededGenerator.seed()
  for _ in 0..<histories {
    seed &+= 1
    var generator = HistoryGenerator(seed: seed)
    let history = generator.window()
    let away = Int(history.sources[0].repeatAfter.inSeconds)
    let told = history.rehearsed(rule: .plainWords)
    for (index, poll) in history.polls.enumerated() {
      for event in told[index] where event.type == .itemNew {
        let last = history.polls[..<index].last { $0.titles.contains(event.title) }
        #expect(
          last.map { poll.seconds - $0.seconds >= away } ?? true, "seed \(seed), poll \(index + 1): \(event.title)")
      }
    }
  }
}

@Test func theSamePageAgainSaysNothingButWithdrawals() {
  var seed = SeededGenerator.seed()
  for _ in 0..<histories {
    seed &+= 1
    var generator = HistoryGenerator(seed: seed)
    let history = generator.window(isHasty: true)
    var doubled = history
    doubled.polls = history.polls.flatMap { [$0, $0] }
    let told = doubled.rehearsed(rule: .plainWords)
    for index in told.indices where !index.isMultiple(of: 2) {
      #expect(told[index].allSatisfy { $0.type == .itemWithdrawn }, "seed \(seed), poll \(index / 2 + 1)")
    }
    // Some of the repetitions, or none, or all of them: the same lines are new.
    var some = history
    some.polls = history.polls.flatMap { poll in Array(repeating: poll, count: 1 + generator.number(below: 3)) }
    let new = { (history: History) in
      history.rehearsed(rule: .plainWords).joined().filter { $0.type == .itemNew }.compactMap(\.item?.id)
    }
    #expect(new(some) == new(history) && new(doubled) == new(history), "seed \(seed)")
  }
}

/// The same page in other bytes is judged as the very same answer is.
@Test func aPageInOtherBytesIsTheSamePage() {
  var seed = SeededGenerator.seed()
  for _ in 0..<histories {
    seed &+= 1
    var generator = HistoryGenerator(seed: seed)
    let history = generator.window()
    var marked = history
    for index in marked.polls.indices {
      for item in marked.polls[index].items.indices { marked.polls[index].items[item].summary = "\(index)" }
    }
    let told = { (history: History) in
      history.rehearsed(rule: .plainWords).map { $0.map(WindowOracle.Told.init) }
    }
    #expect(told(marked) == told(history), "seed \(seed)")
  }
}

/// An item that jitters is left alone: it is not withdrawn either, since its return could not be told any more.
@Test(arguments: [23, 24, 25]) func whatJittersIsNotWithdrawn(updates: Int) {
  var source = Source(name: "alpha", url: .literal("https://alpha.example/"))
  source.baseline = .all
  let clock = { (number: Int) in "Now \(number) visitors on this page today" }
  var pages = (0...updates).map { [clock($0), "Alpha", "Bravo"] }
  pages += [["Alpha", "Bravo"], ["Alpha", "Bravo"], [clock(updates), "Alpha", "Bravo"]]
  var history = History(sources: [source])
  for (minute, page) in pages.enumerated() {
    let items = page.map { ParsedItem(title: $0) }
    history.polls.append(History.Poll(source: "alpha", seconds: 60 * minute, form: .window, items: items))
  }
  let told = history.rehearsed().suffix(2).joined().map(\.sentence)
  let text = clock(updates)
  #expect(told == (updates < 24 ? ["- \(text) r\(updates + 1)", "~ \(text) r\(updates + 2) restored"] : []))
}

/// Labels that come and go are no part of a line, and rules decide only what is told of it, and how.
@Test func labelsAndRulesChangeNothingElse() throws {
  let strip = try Pattern("(BREAKING|عاجل|速報)( \\||:) ")
  let labels = ["", "", "BREAKING: ", "BREAKING | ", "عاجل: ", "速報 | "]
  var seed = SeededGenerator.seed()
  for _ in 0..<histories {
    seed &+= 1
    var generator = HistoryGenerator(seed: seed)
    let history = generator.plainWindow()
    var labelled = history
    labelled.sources[0].labelStrip = [strip]
    for poll in labelled.polls.indices {
      for item in labelled.polls[poll].items.indices {
        let label = labels[generator.number(below: labels.count)]
        labelled.polls[poll].items[item].title = labelled.polls[poll].items[item].title.map { label + $0 }
      }
    }
    let plain = history.rehearsed(rule: .plainWords)
    let told = labelled.rehearsed(rule: .plainWords)
    #expect(told.map { $0.map(\.item?.id) } == plain.map { $0.map(\.item?.id) }, "seed \(seed)")

    // A rule drops what has some word in it, another raises the rest.
    let word = ["1", "2", "3"][generator.number(below: 3)]
    let rules = [
      Rule(match: RuleMatch(texts: [try Pattern(word)]), drop: true),
      Rule(match: RuleMatch(sources: ["alpha"]), level: .urgent, tags: ["raised"]),
    ]
    let ruled = labelled.rehearsed(rule: .plainWords, rules: rules)
    for (index, (ruled, told)) in zip(ruled, told).enumerated() {
      let left = told.filter { $0.type == .itemNew && !$0.title.contains(word) }
      let items = ruled.filter { $0.item != nil }
      #expect(items.map(\.item?.id) == left.map(\.item?.id), "seed \(seed), poll \(index + 1), without \(word)")
      #expect(items.allSatisfy { $0.item?.level == .urgent && $0.item?.tags.contains("raised") == true })
    }
  }
}

/// Three publishers copy from each other; whoever listens to some of them hears each item once, from the first.
@Test(arguments: [DocumentForm.window, .feed])
func aSinkHearsAnItemOnceHoweverManyBringIt(_ form: DocumentForm) {
  let names = ["alpha", "bravo", "charlie"]
  var seed = SeededGenerator.seed()
  for _ in 0..<histories {
    seed &+= 1
    var generator = HistoryGenerator(seed: seed)
    let history = form == .window ? generator.windows(sources: 3) : generator.feeds(sources: 3)
    let events = Array(history.rehearsed(rule: .plainWords).joined())
    let records = events.enumerated().map { LogRecord($1, sequence: Int64($0 + 1)) }
    for choice in 1..<8 {
      let listened = names.indices.filter { choice & (1 << $0) != 0 }.map { names[$0] }
      for filter in [Filter(sources: listened), Filter(tags: listened)] {
        let heard = records.filter(filter.passes)
        let new = heard.filter { $0.type == "item.new" }.map(\.item)
        #expect(Set(new).count == new.count, "seed \(seed), listening to \(listened)")
        // Of an item that its source recorded in silence the first word is an update.
        let brought = Set(records.filter { listened.contains($0.source ?? "") }.compactMap(\.item))
        let missed = brought.subtracting(heard.compactMap(\.item))
        #expect(missed == [], "seed \(seed), listening to \(listened)")
      }
    }
    // Only who announced an item first tells more of it.
    var owners: [String: String] = [:]
    for event in events {
      guard let id = event.item?.id, let source = event.source else { continue }
      let owner = owners[id, default: source]
      owners[id] = owner
      #expect(event.type == .itemNew || event.source == owner, "seed \(seed): \(event.sentence)")
    }
  }
}

extension LogRecord {
  /// An event as the log keeps it, without its body.
  fileprivate init(_ event: Event, sequence: Int64) {
    self.init(
      sequence: sequence, at: event.at, type: event.type.rawValue, source: event.source, item: event.item?.id,
      level: event.item?.level, tags: event.item?.tags ?? [], also: event.item?.also ?? [], body: [])
  }
}
