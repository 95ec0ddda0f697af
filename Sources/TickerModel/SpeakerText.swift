/// The words before a headline's colon, and whether they can be a name. Pure value, for ``Attribution``.
struct SpeakerText {
  /// Characters before the colon; the longest titles with their names have some seventy.
  private static let longest = 80
  /// "The Spokesperson of the Ministry of Foreign Affairs" has eight words; more are a sentence.
  private static let mostWords = 8
  /// Characters that stand for one word where a script puts no spaces.
  private static let charactersOfAWord = 3
  /// "BREAKING: LIVE: Araghchi: …"; nobody puts more in front.
  private static let mostLabels = 3
  /// Bytes of a line's beginning looked at: labels and a name of the longest in any script.
  private static let longestBeginning = 1024

  /// Between an outlet and whom it cites, longer forms first. Written without accents that case folding would keep.
  static let citing: [[String]] = [
    ["citing"], ["quoting"], ["citant"], ["citando", "a"], ["citando"], ["unter", "berufung", "auf"],
    ["со", "ссылкой", "на"], ["نقلا", "عن"], ["نقلاً", "عن"], ["به", "نقل", "از"], ["عن"], ["בשם"], ["援引"], ["引述"],
  ]
  /// Between a speaker and the outlet that carried the words.
  static let through: [[String]] = [["via"]]

  /// Trimmed.
  let text: String

  init(_ text: some StringProtocol) { self.text = Self.trimmed(text) }

  /// The words before the first colon of `line` after its labels; nil where there is none, or it is part of a time or URL.
  static func find(in line: String) -> SpeakerText? {
    let beginning = line.utf8.prefix(longestBeginning)
    // Most lines have none: a look at the bytes is all they cost.
    guard beginning.contains(where: { $0 == UInt8(ascii: ":") || $0 == wideColonLead }) else { return nil }
    var rest = Substring(line)
    for _ in 0...mostLabels {
      rest = Headword.afterMarks(rest)
      guard let colon = colon(in: rest) else { return nil }
      let words = rest[..<colon]
      if let after = Headword.afterLabel(rest, before: colon) {
        rest = after
      } else if Headword.isLabel(words) {
        rest = rest[rest.index(after: colon)...]
      } else {
        let speaker = SpeakerText(words)
        let after = rest[rest.index(after: colon)...]
        return Headword.isTold(speaker.text.split(whereSeparator: \.isWhitespace), before: after) ? nil : speaker
      }
    }
    return nil
  }

  /// What stands before and after the first of `phrases`; nil where none occurs. Either side may be empty.
  func split(at phrases: [[String]]) -> (SpeakerText, SpeakerText)? {
    let words = text.split(whereSeparator: \.isWhitespace)
    let folded = words.map { $0.lowercased() }
    for phrase in phrases {
      if phrase.count == 1, phrase[0].unicodeScalars.allSatisfy(SimilarityText.isWrittenWithoutSpaces) {
        guard let range = text.firstRange(of: phrase[0]) else { continue }
        return (SpeakerText(text[..<range.lowerBound]), SpeakerText(text[range.upperBound...]))
      }
      for start in folded.indices where folded[start...].starts(with: phrase) {
        let end = words[start + phrase.count - 1].endIndex
        return (SpeakerText(text[..<words[start].startIndex]), SpeakerText(text[end...]))
      }
    }
    return nil
  }

  /// Whether this can be the name of a speaker or an outlet, with titles.
  var isName: Bool { isName(described: false) }

  /// - Parameter described: "a senior official, speaking to reporters": may begin with a small letter and hold commas.
  func isName(described: Bool) -> Bool {
    let words = text.split(whereSeparator: \.isWhitespace)
    guard let first = words.first, text.count <= Self.longest, Self.length(of: words) <= Self.mostWords else {
      return false
    }
    guard text.count(where: \.isLetter) >= 2, first.first?.isNumber == false, !Self.endsSentence(in: words) else {
      return false
    }
    guard !Self.holdsMarks(text, butCommas: described), !Headword.opensOrEndsClause(words) else { return false }
    return described || first.contains { $0.isLetter && !$0.isLowercase }
  }
}

extension SpeakerText {
  /// U+FF1A, the wide colon of Chinese and Japanese, begins with this byte.
  private static let wideColonLead: UInt8 = 0xEF
  /// Labels, a name and a little more: a colon further on ends no name.
  private static let furthestColon = 160
  private static let commas: Set<Character> = [",", "،", "，"]
  /// Nothing of a name: ends of sentences, quotations that open, brackets, separators.
  private static let marks: Set<Character> = [
    ":", "：", ";", "؛", "；", "?", "؟", "？", "!", "！", "。", "…", "“", "”", "„", "‟", "«", "»", "‹", "›", "「", "」", "『",
    "』", "《", "》", "(", ")", "[", "]", "{", "}", "（", "）", "【", "】", "<", ">", "|", "｜", "•", "=", "\\", "*",
  ]
  private static let singleQuotes: Set<Character> = ["'", "‘", "’", "‚", "`", "ʼ"]

  /// A colon that ends words: wide, or with a space after it; and something must follow.
  private static func colon(in text: Substring) -> Substring.Index? {
    guard let colon = text.prefix(furthestColon).firstIndex(where: { $0 == ":" || $0 == "：" }) else { return nil }
    let after = text[text.index(after: colon)...]
    guard after.contains(where: { !$0.isWhitespace }) else { return nil }
    return text[colon] == "：" || after.first?.isWhitespace == true ? colon : nil
  }

  private static func trimmed(_ text: some StringProtocol) -> String {
    let isSpace = { (character: Character) in character.isWhitespace || commas.contains(character) }
    return String(text.drop(while: isSpace).reversed().drop(while: isSpace).reversed())
  }

  private static func length(of words: [Substring]) -> Int {
    words.reduce(0) { total, word in
      let dense = word.unicodeScalars.count(where: SimilarityText.isWrittenWithoutSpaces)
      return total + max(1, (dense + charactersOfAWord - 1) / charactersOfAWord)
    }
  }

  private static func holdsMarks(_ text: String, butCommas: Bool) -> Bool {
    var before: Character?
    for (index, character) in zip(text.indices, text) {
      defer { before = character }
      if marks.contains(character) || !butCommas && commas.contains(character) { return true }
      // Inside a word or at its end it is an apostrophe, in front of one a quotation.
      if singleQuotes.contains(character), before?.isLetter != true { return true }
      if character == "\"" {
        // Hebrew writes its acronyms so: צה"ל.
        let after = text[text.index(after: index)...].first
        guard isHebrew(before), isHebrew(after) else { return true }
      }
      // A dash between spaces sets something apart that is no name; between letters it joins.
      if "-–—".contains(character), before?.isWhitespace == true { return true }
    }
    return text.contains("://") || text.hasPrefix("www.")
  }

  private static func isHebrew(_ character: Character?) -> Bool {
    character?.unicodeScalars.first.map { (0x05D0...0x05EA).contains($0.value) } ?? false
  }

  /// Whether a full stop stands between two words that is none of an abbreviation (Gen., Sen., U.S., Dr.).
  private static func endsSentence(in words: [Substring]) -> Bool {
    words.dropLast().contains { word in
      guard word.hasSuffix("."), let first = word.first else { return false }
      let isAbbreviation = first.isUppercase && (word.count <= 6 || word.dropLast().contains("."))
      return !isAbbreviation
    }
  }
}
