import Testing
import TickerModel
import TickerText

private func item(_ title: String, text: String? = nil, tags: [String] = []) -> SeenItem {
  SeenItem(
    fingerprint: Fingerprint(.line(title)), title: title, parsed: ParsedItem(title: title, summary: text, tags: tags))
}

private func classify(
  _ item: SeenItem, language: String? = nil, tags: [String] = [], labels: [Pattern] = [], _ rules: Rule...
) -> Classification {
  var source = Source(name: "wire", url: .literal("https://a.example/"))
  source.language = language
  source.tags = tags
  source.labelStrip = labels
  return Classification(of: item, source: source, rules: rules)
}

@Suite struct ClassificationTests {
  private static let quake = try? Pattern(#"(?i)\bquake\b"#)

  @Test(arguments: [
    (RuleMatch(), true),
    (RuleMatch(sources: ["page", "wire"]), true), (RuleMatch(sources: ["page"]), false),
    (RuleMatch(notSources: ["wire"]), false), (RuleMatch(notSources: ["page"]), true),
    (RuleMatch(tags: ["x", "world"]), true), (RuleMatch(tags: ["x"]), false),
    (RuleMatch(levels: [.urgent, .routine]), true), (RuleMatch(levels: [.flash]), false),
    (RuleMatch(texts: [quake].compactMap { $0 }), true),
    (RuleMatch(sources: ["page"], texts: [quake].compactMap { $0 }), false),
    (RuleMatch(attributions: ["governor"]), true), (RuleMatch(attributions: ["Gov"]), false),
    (RuleMatch(languages: ["en"]), true), (RuleMatch(languages: ["EN-gb"]), true),
    (RuleMatch(languages: ["fr"]), false),
    (RuleMatch(languages: ["e"]), false), (RuleMatch(languages: ["en-GB-x"]), false),
    (RuleMatch(languages: ["en-G"]), false),
  ])
  func aRuleFitsWhenEveryKeyDoes(match: RuleMatch, fits: Bool) {
    let item = item("Governor: All are safe", text: "A quake in the bay", tags: ["world"])
    let made = classify(item, language: "en-GB", Rule(match: match, level: .flash))
    #expect((made.level == .flash) == fits)
  }

  @Test func anItemOfUnknownLanguageOrSpeakerFitsNone() {
    let plain = item("Ships wait")
    #expect(classify(plain, Rule(match: RuleMatch(languages: ["en"]), drop: true)).isDropped == false)
    #expect(classify(plain, Rule(match: RuleMatch(attributions: [""]), drop: true)).isDropped == false)
  }

  @Test func rulesSeeWhatThoseBeforeLeft() {
    let made = classify(
      item("Ships wait"), tags: ["sea"],
      Rule(match: RuleMatch(levels: [.routine]), level: .urgent, tags: ["first", "sea"]),
      Rule(match: RuleMatch(levels: [.routine]), level: .flash),
      Rule(match: RuleMatch(tags: ["first"]), level: .bulletin, tags: ["second"]),
      Rule(tags: ["third"]))
    #expect(made.level == .bulletin)
    #expect(made.tags == ["sea", "first", "second", "third"])
    #expect(!made.isDropped)
  }

  @Test func aDropEndsTheJudgement() {
    let made = classify(item("Ships wait"), Rule(drop: true), Rule(level: .flash, tags: ["late"]))
    #expect(made.isDropped)
    #expect(made.level == .routine && made.tags == [])
  }

  @Test func tagsAreBounded() {
    let made = classify(item("Ships wait"), Rule(tags: (0..<40).map { "t\($0)" }))
    #expect(made.tags.count == EventEncoding.mostTags)
  }

  @Test func aSourcesLabelIsNoPartOfTheName() throws {
    let labels = [try Pattern("DESK NOTE / ")]
    #expect(classify(item("DESK NOTE / Mayor: All safe"), labels: labels).attribution == Attribution(name: "Mayor"))
    #expect(classify(item("DESK NOTE / Mayor: All safe")).attribution?.name != "Mayor")
  }
}

@Suite struct LabelStripTests {
  @Test(arguments: [
    ("BREAKING: Fire", ["BREAKING:"], "Fire"), ("LIVE |  BREAKING: Fire", ["BREAKING:", "LIVE \\|"], "Fire"),
    ("BREAKING: BREAKING: Fire", ["BREAKING:"], "BREAKING: Fire"),
    ("Fire. BREAKING: more", ["BREAKING:"], "Fire. BREAKING: more"),
    ("BREAKING:", ["BREAKING:"], "BREAKING:"), ("BREAKING: LIVE", ["BREAKING:", "LIVE"], "BREAKING: LIVE"),
    ("عاجل | حريق", ["عاجل \\|"], "حريق"), ("Fire", ["x*"], "Fire"), ("  Fire  ", [], "  Fire  "),
    ("breaking – Fire", ["(?i)^breaking\\s*[:–-]"], "Fire"),
  ])
  func labelsAreTakenOffTheFront(text: String, patterns: [String], expected: String) throws {
    #expect(LabelStrip.headline(text, patterns: try patterns.map { try Pattern($0) }) == expected)
  }

  @Test func whereAPatternFits() throws {
    #expect(try Pattern("é+").prefixLength(in: "ééa") == 4)
    #expect(try Pattern("a").prefixLength(in: "ba") == nil)
    #expect(try Pattern("x*").prefixLength(in: "a") == 0)
  }
}
