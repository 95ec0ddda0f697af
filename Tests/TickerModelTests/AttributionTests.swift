import Testing
import TickerModel

/// A line beside whom it names; the lines are invented.
private struct Spoken: Sendable, CustomTestStringConvertible {
  let line: String
  let name: String
  var via: String?
  var cited: String?

  init(_ line: String, _ name: String, via: String? = nil, cited: String? = nil) {
    self.line = line
    self.name = name
    self.via = via
    self.cited = cited
  }

  var testDescription: String { line }
}

@Suite struct AttributionTests {
  @Test(arguments: [
    Spoken("Araghchi: Talks mean nothing under fire", "Araghchi"),
    Spoken("Iranian Foreign Minister Abbas Araghchi: No deal", "Iranian Foreign Minister Abbas Araghchi"),
    Spoken("UN official: Convoys wait at the border", "UN official"),
    Spoken("US Sen. Jane Doe: The bill is dead", "US Sen. Jane Doe"),
    Spoken("U.S. State Dept.: Talks go on", "U.S. State Dept."),
    Spoken("WHO: Two new cases in the port", "WHO"),
    Spoken("al-Sisi: The canal stays open", "al-Sisi"),
    Spoken("Israel's Channel 12: Sirens in the north", "Israel's Channel 12"),
    Spoken("BREAKING: Araghchi: Talks are over", "Araghchi"),
    Spoken("BREAKING | Araghchi: Talks are over", "Araghchi"),
    Spoken("🔴 LIVE – Araghchi: Talks are over", "Araghchi"),
    Spoken("[UPDATE] Kremlin: No date is set", "Kremlin"),
    Spoken("#عاجل | عراقجي: لا مفاوضات تحت النار", "عراقجي"),
    Spoken("Macron : « la paix est possible »", "Macron"),
    Spoken("Baerbock: „Das reicht nicht“", "Baerbock"),
    Spoken("Песков: переговоры продолжаются", "Песков"),
    Spoken("وزير الخارجية الإيراني: لا مفاوضات", "وزير الخارجية الإيراني"),
    Spoken("عاجل: وزارة الصحة: ارتفاع عدد الضحايا", "وزارة الصحة"),
    Spoken("דובר צה\"ל: הותקפו מטרות בצפון", "דובר צה\"ל"),
    Spoken("外交部发言人：对此表示关切", "外交部发言人"),
    Spoken("速報：官房長官：冷静な対応を求める", "官房長官"),
    Spoken("대통령실: 확인된 바 없다", "대통령실"),
    Spoken(
      "Reuters, citing a senior Iranian official: Talks resume", "Reuters", via: "Reuters",
      cited: "a senior Iranian official"),
    Spoken(
      "Reuters citing three sources, one of them in Doha: A truce is near", "Reuters", via: "Reuters",
      cited: "three sources, one of them in Doha"),
    Spoken(
      "AFP, citant une source diplomatique : un accord est proche", "AFP", via: "AFP", cited: "une source diplomatique"),
    Spoken("DPA unter Berufung auf Kreise: Einigung steht bevor", "DPA", via: "DPA", cited: "Kreise"),
    Spoken("رويترز عن مسؤول إيراني: المحادثات مستمرة", "رويترز", via: "رويترز", cited: "مسؤول إيراني"),
    Spoken("رويترز نقلاً عن مصادر: اتفاق وشيك", "رويترز", via: "رويترز", cited: "مصادر"),
    Spoken("РИА со ссылкой на источник: встреча отложена", "РИА", via: "РИА", cited: "источник"),
    Spoken("路透社援引官员：谈判将恢复", "路透社", via: "路透社", cited: "官员"),
    Spoken("Trump via Truth Social: Great talks today", "Trump", via: "Truth Social"),
  ])
  fileprivate func speakers(_ spoken: Spoken) {
    #expect(
      Attribution(line: spoken.line) == Attribution(name: spoken.name, via: spoken.via, cited: spoken.cited))
  }

  @Test(arguments: [
    "", ":", ": nobody", "Araghchi:", "Araghchi: ", "No colon at all", "Update 14:05: Fire is out",
    "12:30: Sirens in Haifa",
    "At 12:30 sirens sounded", "Iran 2:1 Iraq", "https://example.org: a page", "See https://example.org/a for more",
    "BREAKING: Fire in the port", "Breaking news: fire in the port", "LIVE: the session", "Live updates: the session",
    "Watch: the moment it fell", "Watch live: the launch", "Opinion: It is late", "Just in: a fire",
    "Day 45: what happened",
    "عاجل: حريق في الميناء", "شاهد: لحظة السقوط", "خبر عاجل: حريق", "速報：港で火災", "快讯：港口起火", "מבזק: שריפה בנמל",
    "СРОЧНО: пожар в порту", "SON DAKİKA: limanda yangın", "ÚLTIMA HORA: incendio en el puerto",
    "EILMELDUNG: Brand im Hafen",
    "Gaza war live: sirens again", "Ukraine war: strikes on the port", "Border crossing: what we know so far",
    "Border crossing: Why it matters", "Iran open to talks: Araghchi", "Israel plans strike: US officials",
    "What we know: the fire", "After the strike: a city waits", "Here is the list: ten names",
    "The port is closed: ships wait", "He said “no: never” and left", "'Never again: a book' opens",
    "\"Quoted: words\" said he",
    "«نص: مقتبس»", "A first sentence. Second: words", "Really? Yes: really", "12 dead: the count rises",
    "2026: a year begins",
    "a small beginning: words", "One two three four five six seven eight nine: words", "Iran – the minister: words",
    "In Gaza, hunger grows: a report from the ground", "Citing officials: no name in front", "Reuters, citing: nobody",
    "中华人民共和国外交部发言人今天在北京举行的例行记者会上表示：谈判将恢复",
    "Name\(String(repeating: "e", count: 90)): words", String(repeating: "BREAKING: ", count: 9) + "Araghchi: Talks",
    String(repeating: "word ", count: 500) + ": far", "A: b",
  ])
  func noSpeakers(_ line: String) {
    #expect(Attribution(line: line) == nil)
  }

  @Test func namesAreComparedWithoutCase() {
    let speaker = Attribution(name: "Iran’s Foreign Ministry")
    #expect(speaker.isNamed("IRAN'S FOREIGN  MINISTRY"))
    #expect(!speaker.isNamed("Foreign Ministry"))
  }
}
