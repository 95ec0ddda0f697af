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
      + #""seen":"1970-01-01T00:00:02.000Z","seen_after":"1970-01-01T00:00:00.000Z","level":"flash","tags":["breaking"],"#
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
