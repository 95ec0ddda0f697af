import Glibc
import TickerModel
import TickerStore

/// Times judging and recording as CPU time of the whole process, in microseconds; and how long pruning holds the writer.
///
/// `decide [ITEMS ...]`: amid how many recorded items polls are recorded; 10,000, 100,000 and 1,000,000 unless given,
/// 0 judges alone.
@main
enum Benchmark {
  static func main() async throws {
    decideWindow()
    decideFeed()
    let given = CommandLine.arguments.dropFirst().compactMap { Int($0) }
    let sizes = (given.isEmpty ? [10_000, 100_000, 1_000_000] : given).filter { $0 > 0 }
    guard !sizes.isEmpty else { return }
    print(
      "\nmedian and mean µs CPU of recording a poll; p50 / p99 / max ms by the clock of a poll that brings nothing,")
    print("and of a batch of pruning, to the end of its commit")
    print("| items | window of 60, two new | feed of 200, nothing new | its first after a start | a commit | pruning |")
    print("|---|---|---|---|---|---|")
    for items in sizes { try await recordPolls(amid: items) }
  }

  /// A window of 60 lines: one new on top, one edited, the last scrolled off.
  private static func decideWindow() {
    var source = Source(name: "wire", url: .literal("https://example.org/"))
    source.baseline = .all
    let lines = (0..<80).map { "Line \($0): the council of town number \($0) decides on its budget for the year" }
    var changed = Array(lines[0..<60])
    changed[30] += " at last"
    let next = document(changed)
    let seen = Decide.seen(next, of: source)
    let before = Decide.seen(document(Array(lines[1..<61])), of: source)
    let stored = StoredWindow(lines: before.map { .init($0.fingerprint, stood: true) })
    let edited = before[29]
    let known = Known(items: [
      edited.fingerprint: KnownItem(
        row: 1, id: "itm_1", owner: "wire", title: edited.title, parsed: edited.parsed, fingerprint: edited.fingerprint,
        revision: 1, occurrence: 1, level: .routine, tags: [], seen: Timestamp(seconds: 0), seenAfter: nil,
        baseline: true, isWithdrawn: false, isJittering: false, announcements: [], isKnownHere: true, lastSeenHere: nil)
    ])
    let context = PollContext(
      source: source, now: Timestamp(seconds: 1_800_000_060), lastSuccess: Timestamp(seconds: 1_800_000_000))
    precondition(Decide.window(seen, stored: stored, known: known, in: context).events.count == 2)
    report(
      "decide a window of 60 lines, two changes",
      median(rounds: 2000) {
        _ = Decide.wanted(of: seen, stored: stored)
        _ = Decide.window(seen, stored: stored, known: known, in: context)
      })
    report("hash a window of 60 lines", median(rounds: 200) { _ = Decide.seen(next, of: source) })
    precondition(seen.count == 60)
  }

  /// A feed of 200 items, nothing new.
  private static func decideFeed() {
    let source = Source(name: "feed", url: .literal("https://example.org/"))
    let items = (0..<200).map {
      ParsedItem(
        guid: "urn:item:\($0)", title: "Item \($0) of the feed, a headline of usual length",
        link: "https://example.org/\($0)")
    }
    let document = ParsedDocument(form: .feed, kind: .rss, items: items)
    report("hash a feed of 200 items", median(rounds: 200) { _ = Decide.seen(document, of: source) })
    let seen = Decide.seen(document, of: source)
    var memory = FeedMemory()
    memory.remember(FeedMemory.keys(of: seen, except: []), of: source.name)
    precondition(memory.settled(seen, of: source.name) { nil }.isSame)
    report(
      "decide a feed of 200 items, nothing new",
      median(rounds: 2000) { _ = memory.settled(seen, of: source.name) { nil } })
  }

  /// Polls that bring two new lines, in a database that knows `items` already.
  private static func recordPolls(amid items: Int) async throws {
    let folder = "/tmp/tickerd-bench-\(getpid())-\(items)"
    defer { remove(folder) }
    var store = try Store(path: folder + "/tickerd.db") { _ in }
    var filler = Source(name: "filler", url: .literal("https://example.org/"))
    filler.baseline = .all
    for start in stride(from: 0, to: items, by: 500) {
      let lines = (start..<start + 500).map { "Filler \($0): a headline of the usual length about number \($0)" }
      _ = try await store.record(observation(lines, of: filler, at: Int64(start)))
    }
    let feed = Source(name: "feed", url: .literal("https://example.org/feed"))
    let entries = (0..<200).map {
      ParsedItem(guid: "urn:\($0)", title: "Entry \($0) of a feed", link: "https://example.org/\($0)")
    }
    let seen = Decide.seen(ParsedDocument(form: .feed, kind: .rss, items: entries), of: feed)
    func feedAgain(_ round: Int) -> Observation {
      Observation(
        source: feed, now: Timestamp(seconds: 1_900_000_000 + Int64(round)), content: .document(.feed, seen),
        state: SourceState())
    }
    var wire = Source(name: "wire", url: .literal("https://example.org/wire"))
    wire.baseline = .all
    var costs: [Double] = []
    var feedCosts: [Double] = []
    var waits: [Double] = []
    for round in 0..<300 {
      let lines = (round * 2..<round * 2 + 60).reversed().map {
        "Wire \($0) amid \(items): town council decides on its budget"
      }
      let window = observation(lines, of: wire, at: Int64(items + round))
      costs.append(try await cost { _ = try await store.record(window) })
      let again = feedAgain(round)
      let start = ContinuousClock.now
      feedCosts.append(try await cost { _ = try await store.record(again) })
      waits.append(start.duration(to: .now) / .milliseconds(1))
    }
    var firstCosts: [Double] = []
    for round in 300..<320 {
      await store.close()
      store = try Store(path: folder + "/tickerd.db") { _ in }
      let (reopened, first) = (store, feedAgain(round))
      firstCosts.append(try await cost { _ = try await reopened.record(first) })
    }
    let pruning = try await prune(filler, in: store)
    let cells = [
      "\(items)", middle(costs), middle(feedCosts), middle(firstCosts), places(waits), pruning,
    ]
    print("| " + cells.joined(separator: " | ") + " |")
    await store.close()
  }

  /// Prunes for some hundred batches what is too old of `source`, events first, then the items that have none left.
  private static func prune(_ source: Source, in store: Store) async throws -> String {
    let terms = Retention.Terms(events: .seconds(86_400), hashes: .seconds(86_400))
    var batch = PruneBatch()
    var rows = 0
    var held: [Double] = []
    for _ in 0..<300 {
      let pruned = try await store.prune(
        source.name, by: terms, now: Timestamp(seconds: 1_900_000_000), most: batch.rows)
      batch.learn(taken: pruned.rows, held: pruned.held)
      rows += pruned.rows
      if pruned.rows > 0 { held.append(pruned.held / .milliseconds(1)) }
      if !pruned.isMore { break }
      // As the daemon does between two batches.
      try await Task.sleep(for: .milliseconds(100))
    }
    return held.isEmpty ? "nothing" : "\(rows) rows, \(places(held))"
  }

  private static func places(_ times: [Double]) -> String {
    let times = times.sorted()
    return [times[times.count / 2], times[times.count * 99 / 100], times[times.count - 1]].map {
      "\(($0 * 10).rounded() / 10)"
    }.joined(separator: " / ")
  }

  private static func middle(_ costs: [Double]) -> String {
    "\(Int(costs.sorted()[costs.count / 2])) and \(Int(costs.reduce(0, +) / Double(costs.count)))"
  }

  private static func document(_ lines: [String]) -> ParsedDocument {
    ParsedDocument(form: .window, kind: .text, items: lines.map { ParsedItem(title: $0) })
  }

  private static func observation(_ lines: [String], of source: Source, at second: Int64) -> Observation {
    Observation(
      source: source, now: Timestamp(seconds: 1_800_000_000 + second),
      content: .document(.window, Decide.seen(document(lines), of: source)), state: SourceState())
  }

  private static func median(rounds: Int, _ work: () -> Void) -> Double {
    var costs: [Double] = []
    for _ in 0..<rounds {
      let start = processorTime()
      work()
      costs.append(processorTime() - start)
    }
    return costs.sorted()[rounds / 2]
  }

  private static func cost(_ work: () async throws -> Void) async throws -> Double {
    let start = processorTime()
    try await work()
    return processorTime() - start
  }

  /// Microseconds of CPU that this process has used.
  private static func processorTime() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1e6 + Double(time.tv_nsec) / 1e3
  }

  private static func report(_ name: String, _ microseconds: Double) {
    print("\((microseconds * 10).rounded() / 10) µs CPU  \(name)")
  }

  private static func remove(_ folder: String) {
    for suffix in ["", "-wal", "-shm", ".lock"] { unlink(folder + "/tickerd.db" + suffix) }
    rmdir(folder)
  }
}
