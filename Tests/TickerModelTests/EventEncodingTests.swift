import Testing
import TickerModel

private func event(title: String, text: String? = nil, tags: [String] = ["breaking"]) -> Event {
  Event(
    type: .itemUpdated, at: Timestamp(seconds: 1), source: "wire", title: title,
    item: ItemFacts(
      id: "itm_0", text: text, link: "https://example.org/1", published: nil, updated: nil, seen: Timestamp(seconds: 2),
      seenAfter: Timestamp(seconds: 0), level: .flash, tags: tags, occurrence: 1, revision: 2,
      fingerprint: Fingerprint(.line("x")), baseline: false, previous: "before",
      also: [Sighting(source: "afp", tags: ["t"], level: .routine)]))
}

@Test func membersOfAnItemEvent() {
  let body = String(decoding: EventEncoding.body(of: event(title: "Title")), as: UTF8.self)
  #expect(
    body
      == #""at":"1970-01-01T00:00:01.000Z","title":"Title","id":"itm_0","source":"wire","link":"https://example.org/1","#
      + #""seen":"1970-01-01T00:00:02.000Z","seen_after":"1970-01-01T00:00:00.000Z","level":"flash","urgency":1,"tags":["breaking"],"#
      + #""occurrence":1,"revision":2,"hash":"\#(Fingerprint(.line("x")).text)","baseline":false,"previous":"before","#
      + #""also":[{"source":"afp","tags":["t"],"level":"routine"}]"#)
}

@Test func boundsAreKeptAndSaid() throws {
  let long = String(repeating: "\u{1}é", count: 40_000)
  let body = EventEncoding.body(of: event(title: long, text: long, tags: (0..<40).map { "t\($0)" }))
  #expect(body.count <= EventEncoding.longestBody)
  let read = try #require(EventText.read(body))
  #expect(read.title.utf8.count <= EventEncoding.longestTitle)
  #expect(String(decoding: body, as: UTF8.self).contains(#""truncated":["title","text","tags"]"#))
}

@Test func cutsAtCharacters() {
  #expect(EventEncoding.cut("añb", to: 2) == "a")
  #expect(EventEncoding.cut("👨‍👩‍👧x", to: 10) == "")
  #expect(EventEncoding.cut("abc", to: 3) == "abc")
}

private func facts(published: Timestamp? = nil, updated: Timestamp? = nil) -> ItemFacts {
  ItemFacts(
    id: "itm_0", text: nil, link: nil, published: published, updated: updated, seen: Timestamp(seconds: 0),
    seenAfter: nil, level: .routine, tags: [], occurrence: 1, revision: 1, fingerprint: Fingerprint(.line("x")),
    baseline: false)
}

private func body(_ facts: ItemFacts, at: Timestamp = Timestamp(seconds: 1_800_000_000)) -> String {
  let event = Event(type: .itemNew, at: at, source: "wire", title: "Title", item: facts)
  return String(decoding: EventEncoding.body(of: event), as: UTF8.self)
}

@Test func speakerLanguageAndUrgencyAreTold() throws {
  var facts = facts()
  facts.language = "en-GB"
  facts.attribution = Attribution(name: "Reuters", via: "Reuters", cited: "an official")
  let text = body(facts)
  #expect(
    text.contains(
      #""level":"routine","lang":"en-GB","urgency":5,"tags":[],"attribution":"Reuters","via":"Reuters","cited":"an official","occurrence":1"#
    ))
  #expect(try #require(EventText.read(Array(text.utf8))).attribution == "Reuters")
  facts.attribution = Attribution(name: String(repeating: "é", count: 200))
  #expect(body(facts).contains(#""truncated":["attribution"]"#))
}

@Test func whatIsUnknownIsAbsent() {
  let text = body(facts())
  for key in ["lang", "attribution", "via", "cited", "doubtful", "published", "truncated"] {
    #expect(!text.contains("\"\(key)\""))
  }
}

@Test(arguments: zip(Level.allCases, [5, 3, 2, 1]))
func urgencyOfLevels(level: Level, urgency: Int) {
  #expect(level.urgency == urgency)
}

@Test(arguments: [
  (Int64(1_800_000_000), false), (1_800_086_400, false), (1_800_086_401, true), (631_152_000, false),
  (631_151_999, true), (0, true), (-1, true), (4_102_444_800, true),
])
func absurdDatesAreKeptAndFlagged(seconds: Int64, isDoubtful: Bool) {
  let date = Timestamp(seconds: seconds)
  #expect(body(facts(published: date)).contains(#""published":"\#(date.text)""#))
  #expect(body(facts(published: date)).contains(#""doubtful":["published"]"#) == isDoubtful)
  #expect(body(facts(updated: date)).contains(#""doubtful":["updated"]"#) == isDoubtful)
  #expect(body(facts(published: date, updated: date)).contains(#""doubtful":["published","updated"]"#) == isDoubtful)
}
