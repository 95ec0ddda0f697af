import TestSupport
import Testing
import TickerModel

@testable import TickerStore

private let stores = 12
private let historiesPerStore = 25

/// Many histories in one log, closed and opened again at any point, say what the same histories say in memory.
@Test(arguments: [DocumentForm.window, .feed])
func aRestartAtAnyPointGivesTheSameLog(_ form: DocumentForm) async throws {
  let seed = SeededGenerator.seed()
  var generator = HistoryGenerator(seed: seed)
  for number in 0..<stores {
    let histories = (0..<historiesPerStore).map { index in
      let history =
        form == .window ? generator.windows(sources: 1 + index % 3) : generator.feeds(sources: 1 + index % 3)
      return history.placed(apart: "h\(index)")
    }
    let bench = RestartBench()
    var store = try bench.open()
    for history in histories {
      var memory = Rehearsal()
      for (index, poll) in history.polls.enumerated() {
        let source = history.source(of: poll)
        let expected = memory.poll(source, poll.document, at: poll.now).events.map(EventEncoding.body)
        let told = try await bench.record(poll, of: source, in: store)
        guard told == expected else {
          let before = History(sources: history.sources, polls: Array(history.polls.prefix(index + 1)))
          let sentences = before.rehearsed().map { $0.map(\.sentence) }
          Issue.record(
            """
            seed \(seed), store \(number)
            \(before.text(announcing: sentences))
            the store says
            \(told.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\n"))
            and in memory it is
            \(expected.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\n"))
            """)
          await store.close()
          return
        }
        if generator.number(below: 12) == 0 {
          await store.close()
          store = try bench.open()
        }
      }
    }
    await store.close()
  }
}

/// An entry that said nothing beside another of its item's texts speaks when that one is gone, restart or not.
@Test(arguments: [false, true]) func entriesOfOneItemAreJudgedTheSameAfterARestart(restarts: Bool) async throws {
  let bench = RestartBench()
  var store = try bench.open()
  var source = Source(name: "wire", url: .literal("https://wire.example/"))
  source.baseline = .all
  let former = ParsedItem(guid: "g1", title: "Strike at the port")
  let renamed = ParsedItem(guid: "g2", title: "Strike at the port")
  let edited = ParsedItem(guid: "g2", title: "Strike at the port goes on")
  var told: [String] = []
  for (index, items) in [[former], [renamed], [edited], [edited, former], [former]].enumerated() {
    let poll = History.Poll(source: "wire", seconds: 60 * index, form: .feed, items: items)
    told += try await bench.record(poll, of: source, in: store).compactMap { EventText.read($0)?.title }
    guard restarts else { continue }
    await store.close()
    store = try bench.open()
  }
  #expect(told == ["Strike at the port", "Strike at the port goes on", "Strike at the port"])
  await store.close()
}

/// A store in a folder of its own, and the documents that each source showed last.
private final class RestartBench {
  private let folder = TemporaryFolder()
  private var last: [String: ParsedDocument] = [:]

  func open() throws -> Store { try Store(path: folder.file("state/tickerd.db")) { _ in } }

  /// A poll as the engine hands it over: the very same page as `unchanged`. Returns the bodies of its events.
  func record(_ poll: History.Poll, of source: Source, in store: Store) async throws -> [[UInt8]] {
    let isSame = poll.form == .window && last[source.name] == poll.document
    last[source.name] = poll.document
    let content: Observation.Content =
      isSame ? .unchanged : .document(poll.form, Decide.seen(poll.document, of: source))
    let observation = Observation(source: source, now: poll.now, content: content, state: SourceState())
    return try await store.record(observation).events.map(\.body)
  }
}

extension History {
  /// The same history with sources and texts that no other history has.
  fileprivate func placed(apart mark: String) -> History {
    var history = self
    for index in history.sources.indices { history.sources[index].name = "\(mark)-\(history.sources[index].name)" }
    for index in history.polls.indices {
      history.polls[index].source = "\(mark)-\(history.polls[index].source)"
      for item in history.polls[index].items.indices {
        history.polls[index].items[item].title = history.polls[index].items[item].title.map { "\(mark) \($0)" }
        history.polls[index].items[item].link = history.polls[index].items[item].link.map { "\($0)?of=\(mark)" }
      }
    }
    return history
  }
}
