import TestSupport
import Testing
import TickerModel
import TickerText

@testable import TickerStore

/// A rule that compares what v1 compares, but makes every hash another one.
private let secondRule = Fingerprint.Rule(version: 2) { Normalise.comparable($0) + [0] }

private struct Wire {
  let folder = TemporaryFolder()
  var source: Source
  var second: Int64 = 1_800_000_000

  init(labelStrip: [Pattern] = [], dedupe: Dedupe = .global) {
    source = Source(name: "wire", url: .literal("https://example.org/"))
    source.baseline = .all
    source.dedupe = dedupe
    source.labelStrip = labelStrip
  }

  func open(_ rule: Fingerprint.Rule = .v1) throws -> Store {
    try Store(path: folder.file("tickerd.db"), rule: rule) { _ in }
  }

  mutating func poll(
    _ lines: [String], on store: Store, rule: Fingerprint.Rule = .v1, form: DocumentForm = .window
  ) async throws -> [String] {
    second += 60
    let items = lines.map { ParsedItem(guid: form == .feed ? "guid of \($0)" : nil, title: $0) }
    let document = ParsedDocument(form: form, kind: .text, items: items)
    let content = Observation.Content.document(form, Decide.seen(document, of: source, rule: rule))
    let observation = Observation(
      source: source, now: Timestamp(seconds: second), content: content, state: SourceState())
    return try await store.record(observation).events.compactMap { record in
      EventText.read(record.body).map { "\(record.type) \($0.title)" }
    }
  }
}

@Test(arguments: [DocumentForm.window, .feed])
func anotherRuleAnnouncesNothing(_ form: DocumentForm) async throws {
  var wire = Wire()
  let first = try wire.open()
  _ = try await wire.poll(["Bravo is closed", "Alpha"], on: first, form: form)
  _ = try await wire.poll(["Bravo is open", "Alpha"], on: first, form: form)
  await first.close()

  let second = try wire.open(secondRule)
  #expect(try await second.adopt([wire.source]).count == 1)
  #expect(try await second.adopt([wire.source]).isEmpty)
  #expect(try await wire.poll(["Bravo is open", "Alpha"], on: second, rule: secondRule, form: form).isEmpty)
  #expect(
    try await wire.poll(["Charlie", "Bravo is open", "Alpha"], on: second, rule: secondRule, form: form)
      == ["item.new Charlie"])
  if form == .window {
    // An earlier text is still known as the item's own, and a withdrawal still needs two polls.
    #expect(
      try await wire.poll(["Charlie", "Bravo is closed", "Alpha"], on: second, rule: secondRule)
        == ["item.updated Bravo is closed"])
    #expect(try await wire.poll(["Charlie", "Alpha"], on: second, rule: secondRule).isEmpty)
    #expect(
      try await wire.poll(["Charlie", "Alpha"], on: second, rule: secondRule) == ["item.withdrawn Bravo is closed"])
  }
  await second.close()
}

@Test func aChangedLabelStripAnnouncesNothing() async throws {
  var wire = Wire()
  let store = try wire.open()
  _ = try await wire.poll(["BREAKING: Bridge closed", "LIVE | Storm", "Calm"], on: store)
  wire.source.labelStrip = [try Pattern("BREAKING:"), try Pattern(#"LIVE \|"#)]
  #expect(try await store.adopt([wire.source]).count == 1)
  #expect(try await wire.poll(["BREAKING: Bridge closed", "LIVE | Storm", "Calm"], on: store).isEmpty)
  // The label comes and goes, the news is the same.
  #expect(try await wire.poll(["Bridge closed", "Storm", "Calm"], on: store).isEmpty)
  wire.source.labelStrip = []
  #expect(try await store.adopt([wire.source]).count == 1)
  #expect(try await wire.poll(["BREAKING: Bridge closed", "LIVE | Storm", "Calm"], on: store).isEmpty)
  await store.close()
}

@Test(arguments: [(Dedupe.global, Dedupe.source), (.source, .global)])
func aChangedDedupeAnnouncesNothing(_ before: Dedupe, _ after: Dedupe) async throws {
  var wire = Wire(dedupe: before)
  let store = try wire.open()
  _ = try await wire.poll(["Bravo", "Alpha"], on: store)
  wire.source.dedupe = after
  #expect(try await store.adopt([wire.source]).count == 1)
  #expect(try await wire.poll(["Bravo", "Alpha"], on: store).isEmpty)
  #expect(try await wire.poll(["Charlie", "Bravo", "Alpha"], on: store) == ["item.new Charlie"])
  await store.close()
}

@Test func labels() throws {
  let patterns = [try Pattern("BREAKING:?"), try Pattern("(?i)update \\d+:")]
  #expect(LabelStrip.headline("BREAKING: Update 3:  Quake", patterns: patterns) == "Quake")
  #expect(LabelStrip.headline("Quake BREAKING:", patterns: patterns) == "Quake BREAKING:")
  #expect(LabelStrip.headline("BREAKING", patterns: patterns) == "BREAKING")
}

/// Histories in which `label_strip` or `dedupe` changes at any point say what they say without a change.
@Test func settingsThatChangeAtAnyPointAnnounceNothing() async throws {
  let seed = SeededGenerator.seed()
  var generator = HistoryGenerator(seed: seed)
  let folder = TemporaryFolder()
  let store = try Store(path: folder.file("tickerd.db")) { _ in }
  let strip = try Pattern("LIVE: ")
  for number in 0..<60 {
    let history = generator.plainWindow()
    let expected = history.rehearsed().map { $0.map { "\($0.type.rawValue) \($0.title)" } }
    var source = history.sources[0]
    source.name = "wire\(number)"
    source.dedupe = .source
    let change = generator.number(below: history.polls.count)
    for (index, poll) in history.polls.enumerated() {
      if index == change {
        if number.isMultiple(of: 2) { source.labelStrip = [strip] } else { source.dedupe = .global }
        _ = try await store.adopt([source])
      }
      let lines = poll.titles.map { ParsedItem(title: "LIVE: \(number) \($0)") }
      let document = ParsedDocument(form: .window, kind: .text, items: lines)
      let observation = Observation(
        source: source, now: poll.now, content: .document(.window, Decide.seen(document, of: source)),
        state: SourceState())
      let told = try await store.record(observation).events.compactMap { record in
        EventText.read(record.body).map { "\(record.type) \($0.title)" }
      }
      let plain = told.map { $0.replacing("LIVE: \(number) ", with: "").replacing("wire\(number)", with: "alpha") }
      #expect(plain == expected[index], "seed \(seed), history \(number), poll \(index + 1), changed at \(change + 1)")
    }
  }
  await store.close()
}
