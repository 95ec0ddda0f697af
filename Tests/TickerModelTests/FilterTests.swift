import Testing
import TickerModel
import TickerText

private func record(
  type: String = "item.new", source: String? = "bbc", level: Level? = .urgent, tags: [String] = ["world"],
  also: [Sighting] = [], title: String = "Quake in Konya", attribution: String? = nil
) -> LogRecord {
  var body = JSONText()
  body.member("at", "2026-11-23T14:02:00.000Z")
  body.member("title", title)
  body.member("text", "details follow")
  body.member("attribution", attribution)
  return LogRecord(
    sequence: 1, at: Timestamp(seconds: 0), type: type, source: source, item: nil, level: level, tags: tags, also: also,
    body: body.bytes)
}

@Test func everyKeyMustHoldAndWithinAKeyAnyValue() throws {
  #expect(Filter().passes(record()))
  #expect(Filter(sources: ["afp", "bbc"]).passes(record()))
  #expect(!Filter(sources: ["afp"]).passes(record()))
  #expect(!Filter(sources: ["bbc"], tags: ["sport"]).passes(record()))
  #expect(!Filter(notSources: ["bbc"]).passes(record()))
  #expect(Filter(types: ["item.*"]).passes(record()))
  #expect(Filter(types: ["*.new"]).passes(record()))
  #expect(!Filter(types: ["source.*", "test"]).passes(record()))
  #expect(Filter(minLevel: .urgent).passes(record()))
  #expect(!Filter(minLevel: .bulletin).passes(record()))
  #expect(Filter(texts: [try Pattern("(?i)konya\\ndetails")]).passes(record()))
  #expect(!Filter(texts: [try Pattern("vienna")]).passes(record()))
}

@Test func tagLevelAndTextJudgeItemEventsOnly() throws {
  let gap = record(type: "source.gap", level: nil, tags: [])
  #expect(Filter(tags: ["x"], minLevel: .flash, texts: [try Pattern("x")]).passes(gap))
  #expect(!Filter(sources: ["afp"]).passes(gap))
}

@Test(arguments: [("Araghchi", true), ("ARAGHCHI", true), ("Aragh", false), ("Abbas Araghchi", false)])
func whoseWordItIs(attribution: String, passes: Bool) throws {
  let filter = Filter(attributions: ["nobody", attribution])
  #expect(filter.passes(record(attribution: "Araghchi")) == passes)
  #expect(!filter.passes(record()))
  #expect(filter.passes(record(type: "source.gap", level: nil, tags: [])))
  let both = Filter(texts: [try Pattern("vienna")], attributions: ["Araghchi"])
  #expect(!both.passes(record(attribution: "Araghchi")))
}

@Test func announcementsWhereNoTypeIsGiven() {
  #expect(!Filter().announcing.passes(record(type: "source.failing")))
  #expect(Filter().announcing.passes(record(type: "source.gap")))
  #expect(Filter(types: ["source.*"]).announcing.passes(record(type: "source.failing")))
}

@Test func aSinkHearsAnItemOnceFromTheFirstSourceItListensTo() {
  let earlier = [Sighting(source: "afp", tags: ["wire"], level: .routine)]
  #expect(!Filter().passes(record(also: earlier)))
  #expect(Filter(sources: ["bbc"]).passes(record(also: earlier)))
  #expect(!Filter(sources: ["afp", "bbc"]).passes(record(also: earlier)))
  #expect(Filter(minLevel: .urgent).passes(record(also: earlier)))
  #expect(Filter(tags: ["world"]).passes(record(also: earlier)))
}
