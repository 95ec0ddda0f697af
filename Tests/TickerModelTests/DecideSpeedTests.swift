import TestSupport
import Testing
import TickerModel

/// Prints how long a decision takes, for whoever builds with `-c release`; asserts nothing about time, which depends on
/// the machine, only that the measured polls said what they should.
@Test func theTimeOfADecisionIsPrinted() {
  let source = Source(name: "wire", url: .literal("https://wire.example/"))
  let context = PollContext(source: source, now: Timestamp(seconds: 120), lastSuccess: Timestamp(seconds: 60))
  var lines = (0..<60).map { "Line \($0) of a ticker block with some eight words" }
  let before = Decide.seen(document(.window, lines.map { ParsedItem(title: $0) }), of: source)
  let stored = StoredWindow(lines: before.map { .init($0.fingerprint, stood: true) }, lengths: [60])
  lines[30] = "Line 30 of a ticker block with some nine words"
  lines = ["A line that nobody saw before stands on top"] + lines.dropLast()
  let now = Decide.seen(document(.window, lines.map { ParsedItem(title: $0) }), of: source)
  let known = known(before)
  var events = 0
  let window = median {
    events = Decide.window(now, stored: stored, known: known, in: context).events.count
  }
  #expect(events == 2)

  let entries = (0..<200).map {
    ParsedItem(guid: "guid-\($0)", title: "Entry \($0) of a feed", link: "https://wire.example/story/\($0)")
  }
  let seen = Decide.seen(document(.feed, entries), of: source)
  let last = StoredWindow(lines: seen.map { .init($0.fingerprint, stood: false) }, lengths: [200])
  let asked = knownByName(seen)
  let feed = median { events = Decide.feed(seen, stored: last, known: asked, in: context).events.count }
  #expect(events == 0)
  let settled = Set(seen.indices)
  let settledFeed = median {
    events = Decide.feed(seen, stored: last, settled: settled, known: Known(), in: context).events.count
  }
  #expect(events == 0)
  let hashing = median { _ = Decide.seen(document(.feed, entries), of: source) }
  let lineHashing = median { _ = Decide.seen(document(.window, lines.map { ParsedItem(title: $0) }), of: source) }
  print(
    """
    median times: window of 60 lines with two changes \(window), its hashing \(lineHashing); \
    feed of 200 entries with nothing new \(feed), of settled entries \(settledFeed), its hashing \(hashing)
    """)
}

private func document(_ form: DocumentForm, _ items: [ParsedItem]) -> ParsedDocument {
  ParsedDocument(form: form, kind: .auto, items: items)
}

private func known(_ seen: [SeenItem]) -> Known {
  let items = seen.enumerated().map { index, item in
    KnownItem(
      row: Int64(index), id: item.fingerprint.itemIdentifier(), owner: "wire", title: item.title, parsed: item.parsed,
      fingerprint: item.fingerprint, revision: 1, occurrence: 1, level: .routine, tags: [], seen: Timestamp(seconds: 0),
      seenAfter: nil, baseline: false, isWithdrawn: false, isJittering: false, announcements: [], isKnownHere: true,
      lastSeenHere: nil)
  }
  return Known(items: Dictionary(uniqueKeysWithValues: zip(seen.map(\.fingerprint), items)))
}

/// What is known of a feed whose entries go by guid and link.
private func knownByName(_ seen: [SeenItem]) -> Known {
  var known = known(seen)
  for item in seen { for alias in item.aliases { known.aliases[alias] = known.items[item.fingerprint] } }
  return known
}

private func median(_ body: () -> Void) -> Duration {
  let clock = ContinuousClock()
  return (0..<101).map { _ in clock.measure(body) }.sorted()[50]
}
