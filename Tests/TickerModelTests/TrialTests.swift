import TestSupport
import Testing
import TickerModel
import TickerText

private func source() -> Source {
  var source = Source(name: "wire", url: .literal("https://example.org/"))
  source.interval = .every(.seconds(60))
  return source
}

private func document(_ lines: [String]) -> ParsedDocument {
  ParsedDocument(form: .window, kind: .text, items: lines.map { ParsedItem(title: $0) })
}

private func time(_ minutes: Int64) -> Timestamp { Timestamp(seconds: 1_800_000_000 + minutes * 60) }

private let kept: [(at: Timestamp, document: ParsedDocument)] = [
  (time(0), document(["Alpha stands", "Bravo stands"])),
  (time(1), document(["Quake kills four in the north", "Alpha stands", "Bravo stands"])),
  (time(2), document(["Quake kills nine in the north", "Alpha stands", "Bravo stands"])),
  (time(3), document(["Weather is fine", "Quake kills nine in the north", "Bravo stands"])),
]

/// What a daemon with `rules` announced of the same documents.
private func announced(by rules: [Rule] = []) -> [LogRecord] {
  var rehearsal = Rehearsal()
  for (at, document) in kept { rehearsal.poll(source(), document, rules: rules, at: at) }
  rehearsal.poll(source(), kept[3].document, rules: rules, at: time(9))
  return rehearsal.log.enumerated().map { index, event in
    LogRecord(
      sequence: Int64(index + 1), at: event.at, type: event.type.rawValue, source: event.source, item: event.item?.id,
      level: event.item?.level, tags: event.item?.tags ?? [], also: [], body: EventEncoding.body(of: event))
  }
}

private func outcomes(rules: [Rule] = [], log: [LogRecord], from first: Int = 0) -> [String] {
  Trial(of: source(), rules: rules, documents: Array(kept[first...]), log: log, now: time(10)).outcomes.map {
    "\($0.wasAnnounced ? "=" : "+") \($0.verdict.rawValue) \($0.title)"
  }
}

@Test func theSameRulesAnnounceTheSame() {
  #expect(
    outcomes(log: announced()) == [
      "= new Quake kills four in the north", "= changed Quake kills nine in the north", "= new Weather is fine",
    ])
}

@Test func whatWasNotAnnouncedAndWhatWouldNotHaveBeen() throws {
  let drop = Rule(match: RuleMatch(texts: [try Pattern("Weather")]), drop: true)
  #expect(
    outcomes(rules: [drop], log: announced()) == [
      "= new Quake kills four in the north", "= changed Quake kills nine in the north", "= suppressed Weather is fine",
    ])
  #expect(
    outcomes(log: announced(by: [drop])) == [
      "= new Quake kills four in the north", "= changed Quake kills nine in the north", "+ new Weather is fine",
    ])
}

@Test func ofTheFirstDocumentNothingCounts() {
  #expect(outcomes(log: announced(), from: 2) == ["= new Weather is fine"])
  #expect(outcomes(log: announced(), from: 3) == [])
  #expect(Trial(of: source(), rules: [], documents: [], log: announced(), now: time(10)).outcomes.isEmpty)
}
