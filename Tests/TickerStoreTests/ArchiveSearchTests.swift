import TestSupport
import Testing
import TickerModel
import TickerText

@testable import TickerStore

private let lines = [
  "Quake hits the northern coast", "東京で地震", "زلزال قوي يضرب طوكيو", "רעידת אדמה בצפון", "แผ่นดินไหวที่โตเกียว",
  "도쿄에서 지진이 발생",
  "Café Müller closes", "Землетрясение в Токио",
]

@Test(arguments: [
  ("quake", ["Quake hits the northern coast"]),
  ("coast QUAKE", ["Quake hits the northern coast"]),
  ("north*", ["Quake hits the northern coast"]),
  ("north", []),
  (#""northern coast""#, ["Quake hits the northern coast"]),
  (#""coast northern""#, []),
  ("東京", ["東京で地震"]), ("地震", ["東京で地震"]), ("震", ["東京で地震"]), ("京", ["東京で地震"]), ("京東", []), ("東京で地震", ["東京で地震"]),
  ("طوكيو", ["زلزال قوي يضرب طوكيو"]), ("אדמה", ["רעידת אדמה בצפון"]), ("โตเกียว", ["แผ่นดินไหวที่โตเกียว"]),
  ("지진", ["도쿄에서 지진이 발생"]),
  ("cafe muller", ["Café Müller closes"]), ("ТОКИО", ["Землетрясение в Токио"]),
  ("quake OR tokyo", []), ("NEAR(quake coast)", []), ("title:quake", []), ("quake AND", []), ("\"", []), ("(", []),
])
func wordsOfAnyScriptAreFound(_ words: String, _ expected: [String]) async throws {
  var bench = ArchiveBench(baseline: .silent)
  let store = try bench.open()
  try await bench.poll(lines, on: store)
  #expect(try bench.archive().search(words, Filter(), most: 10).map(\.title) == expected)
  await store.close()
}

@Test func theNewestComeFirstAndNoMoreThanWanted() async throws {
  var bench = ArchiveBench()
  let store = try bench.open()
  try await bench.poll((0..<1200).map { "Quake number \(1199 - $0)" }, on: store)
  let found = try bench.archive().search("quake", Filter(), most: 1150)
  #expect(found.count == 1150)
  #expect(found.first?.title == "Quake number 1199" && found.last?.title == "Quake number 50")
  #expect(found.first?.cursor == Cursor(epoch: store.epoch, sequence: 1200))
  await store.close()
}

@Test func anUpdatedItemIsFoundByItsPresentTextAlone() async throws {
  var bench = ArchiveBench()
  let store = try bench.open()
  try await bench.poll(["Alpha stands", "Quake kills four near the coast", "Bravo stands"], on: store)
  try await bench.poll(["Alpha stands", "Quake kills nine near the coast", "Bravo stands"], on: store)
  let archive = try bench.archive()
  #expect(try archive.search("four", Filter(), most: 10).isEmpty)
  let found = try #require(try archive.search("nine", Filter(), most: 10).first)
  #expect(found.type == .itemUpdated && found.cursor?.sequence == 4)
  try await store.read { connection throws(StoreError) in
    // The index checks itself against nothing but its own structure (sqlite.org/fts5.html §6.4).
    try connection.execute("PRAGMA query_only = OFF")
  }
  try await store.write { writer throws(StoreError) in
    try writer.connection.execute("INSERT INTO search(search) VALUES ('integrity-check')")
  }
  await store.close()
}

@Test func filtersMeanWhatTheyMeanElsewhere() async throws {
  var bench = ArchiveBench()
  let store = try bench.open()
  var loud = Source(name: "loud", url: .literal("https://example.org/"))
  loud.baseline = .all
  loud.level = .flash
  loud.tags = ["breaking"]
  try await bench.poll(["Quake in the north", "Quake in both"], on: store)
  try await bench.poll(["Quake in the south", "Quake in both"], of: loud, on: store)
  let archive = try bench.archive()
  func titles(_ filter: Filter) throws -> [String] { try archive.search("quake", filter, most: 10).map(\.title) }
  #expect(try titles(Filter()).count == 3)
  #expect(
    try titles(Filter(sources: ["loud"])) == ["Quake in the south", "Quake in the north"].filter {
      $0.contains("south")
    } + ["Quake in both"])
  #expect(try titles(Filter(notSources: ["loud"])) == ["Quake in the north", "Quake in both"])
  #expect(try titles(Filter(tags: ["breaking"])).count == 2)
  #expect(try titles(Filter(minLevel: .urgent)).count == 2)
  #expect(try titles(Filter(types: ["item.withdrawn"])).isEmpty)
  #expect(try titles(Filter(texts: [try Pattern("n[o]rth")])) == ["Quake in the north"])
  await store.close()
}

@Test func aFileThatIsNotThereIsNamed() throws {
  let bench = ArchiveBench()
  let error = #expect(throws: StoreError.self) { try bench.archive() }
  #expect(error?.message.contains(bench.path) == true)
}

@Test func theIndexStaysInFewPieces() async throws {
  var bench = ArchiveBench()
  let store = try bench.open()
  // Each poll is a transaction, and each transaction a piece of its own until it is merged.
  for round in 0..<200 {
    try await bench.poll((0..<3).map { "Headline \(round * 3 + $0) of the word\(round)" }, on: store)
  }
  let pieces = try await store.write { writer throws(StoreError) in
    try writer.connection.first("SELECT count(DISTINCT segid) FROM search_idx") { $0.integer(0) } ?? 0
  }
  #expect((1...40).contains(pieces), "\(pieces)")
  await store.close()
  #expect(try bench.archive().search("word0", Filter(), most: 10).count == 3)
}

/// New items are in no index until a batch of them waits, and those that changed or went meanwhile were never in it.
@Test func whatStandsIsFoundWhetherItIsIndexedOrNot() async throws {
  let seed = SeededGenerator.seed()
  print("searches of TICKERD_TEST_SEED=\(seed)")
  var random = SeededGenerator(seed: seed)
  var bench = ArchiveBench()
  bench.source.retention = .seconds(3600)
  bench.source.keepHashes = .seconds(7200)
  var store = try bench.open()
  var window: [String] = []
  var count = 0
  for _ in 0..<40 {
    switch Int.random(in: 0..<8, using: &random) {
    case 0: window = Array(window.prefix(3))
    case 1:
      await store.close()
      store = try bench.open()
    case 2:
      bench.pass(.seconds(5400))
      try await store.pruneAll([bench.source], now: bench.now)
    case 3:
      window = window.map {
        Bool.random(using: &random) ? $0 : "\($0.split(separator: " stands").joined(separator: " stood there too"))"
      }
    default:
      for _ in 0..<Int.random(in: 1...60, using: &random) {
        count += 1
        window.insert("Line number\(count) stands, one of \(count % 7)x\(count % 5)", at: 0)
      }
    }
    try await bench.poll(window, on: store)
    let titles = try await store.read { connection throws(StoreError) in
      try connection.rows("SELECT title FROM item WHERE tombstone_until IS NULL ORDER BY row DESC") { $0.text(0) }
    }
    let archive = try bench.archive()
    for word in ["stands", "stood", "number\(count)", "\(count % 7)x\(count % 5)"] {
      let expected = titles.filter { $0.split { !$0.isLetter && !$0.isNumber }.contains(Substring(word)) }
      #expect(try archive.search(word, Filter(), most: 10_000).map(\.title) == expected)
    }
  }
  try await store.write { writer throws(StoreError) in
    try writer.connection.execute("INSERT INTO search(search) VALUES ('integrity-check')")
    let end = try SearchIndex(connection: writer.connection).end()
    #expect(end > 0)
  }
  await store.close()
}
