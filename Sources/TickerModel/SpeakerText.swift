/// The words before a headline's colon, and whether they can be a name. Pure value, for ``Attribution``.
///
/// Judged by code points, not by characters: every new line is looked at, and a colon is a colon.
struct SpeakerText {
  /// Code points before the colon; the longest titles with their names have some seventy.
  private static let longest = 80
  /// "The Spokesperson of the Ministry of Foreign Affairs" has eight words; more are a sentence.
  private static let mostWords = 8
  /// Code points that stand for one word where a script puts no spaces.
  private static let denseWord = 3
  /// Bytes of a line's beginning looked at: some labels and a name of the longest in any script.
  private static let longestBeginning = 1024
  /// Code points of it.
  private static let longestRun = 320
  /// Code points before a colon; one further on ends no name.
  private static let furthestColon = 160
  /// "BREAKING: LIVE: Araghchi: …"; nobody puts more in front.
  private static let mostLabels = 3

  /// Trimmed.
  let run: CodePoints
  /// Between spaces, none empty.
  let words: [CodePoints]

  init(_ run: CodePoints) {
    let isSpace = { (scalar: Unicode.Scalar) in scalar.isSpace || scalar.isComma }
    let start = run.firstIndex { !isSpace($0) } ?? run.endIndex
    let end = run.lastIndex { !isSpace($0) }.map { $0 + 1 } ?? start
    self.run = run[start..<end]
    words = self.run.split(whereSeparator: \.isSpace)
  }

  var text: String { String(codePoints: run) }

  /// The words before the first colon of `line` after its labels; nil where there is none, where it is part of a time
  /// or URL, or where the speaker follows it.
  static func find(in line: String) -> SpeakerText? {
    guard hasColonAfterWords(line) else { return nil }
    var scalars: [Unicode.Scalar] = []
    scalars.reserveCapacity(min(line.utf8.count, longestRun))
    for scalar in line.unicodeScalars.prefix(longestRun) { scalars.append(scalar) }
    var rest = scalars[...]
    for _ in 0...mostLabels {
      rest = Headword.afterMarks(rest)
      guard let colon = colon(in: rest) else { return nil }
      let after = rest[(colon + 1)...]
      if let labelled = Headword.afterLabel(rest, before: colon) {
        rest = labelled
      } else if Headword.isLabel(rest[..<colon]) {
        rest = after
      } else {
        let speaker = SpeakerText(rest[..<colon])
        return Headword.isTold(speaker.words, before: after) ? nil : speaker
      }
    }
    return nil
  }

  /// What stands before and after the first of `phrases`; nil where none occurs. Either side may be empty.
  func split(at connectives: Connectives) -> (SpeakerText, SpeakerText)? {
    let folded = words.map { String(smallLettersOf: $0) }
    // Most speakers are joined to nobody.
    guard folded.contains(where: connectives.firstWords.contains) || run.contains(where: connectives.isDenseFirst)
    else { return nil }
    for phrase in connectives.phrases {
      switch phrase {
      case .words(let phrase):
        for start in folded.indices where folded[start...].starts(with: phrase) {
          let last = words[start + phrase.count - 1]
          return (SpeakerText(run[..<words[start].startIndex]), SpeakerText(run[last.endIndex...]))
        }
      case .dense(let phrase):
        guard let start = run.indices.first(where: { run[$0] == phrase[0] && run[$0...].starts(with: phrase) }) else {
          continue
        }
        return (SpeakerText(run[..<start]), SpeakerText(run[(start + phrase.count)...]))
      }
    }
    return nil
  }

  /// Whether this can be the name of a speaker or an outlet, with titles.
  var isName: Bool { isName(described: false) }

  /// - Parameter described: "a senior official, speaking to reporters": may begin with a small letter and hold commas.
  func isName(described: Bool) -> Bool {
    guard let first = words.first, run.count <= Self.longest, length <= Self.mostWords else { return false }
    guard run.lazy.filter(\.isLetter).prefix(2).count == 2, first.first?.isDigit == false else { return false }
    guard !holdsMarks(butCommas: described), !endsSentence, !Headword.opensOrEndsClause(words) else { return false }
    return described || first.contains { $0.isLetter && !$0.isSmallLetter }
  }
}

/// What joins an outlet to whom it cites, or a speaker to an outlet.
enum Connective: Sendable {
  /// Between spaces, in small letters.
  case words([String])
  /// In a script without spaces; not empty.
  case dense([Unicode.Scalar])

}

/// Ways to join two names.
struct Connectives: Sendable {
  /// In the order in which they are looked for.
  let phrases: [Connective]
  /// What those between spaces begin with.
  let firstWords: Set<String>
  /// What those in scripts without spaces begin with.
  private let denseFirsts: [Unicode.Scalar]

  private init(_ phrases: [Connective]) {
    self.phrases = phrases
    firstWords = Set(phrases.compactMap { if case .words(let words) = $0 { words.first } else { nil } })
    denseFirsts = phrases.compactMap { if case .dense(let scalars) = $0 { scalars.first } else { nil } }
  }

  func isDenseFirst(_ scalar: Unicode.Scalar) -> Bool { !scalar.isASCII && denseFirsts.contains(scalar) }

  /// Between an outlet and whom it cites, longer forms first.
  static let citing = Connectives([
    .words(["citing"]), .words(["quoting"]), .words(["citant"]), .words(["citando", "a"]), .words(["citando"]),
    .words(["unter", "berufung", "auf"]), .words(["со", "ссылкой", "на"]), .words(["نقلا", "عن"]),
    .words(["نقلاً", "عن"]), .words(["به", "نقل", "از"]), .words(["عن"]), .words(["בשם"]), .dense(["援", "引"]),
    .dense(["引", "述"]),
  ])
  /// Between a speaker and the outlet that carried the words.
  static let through = Connectives([.words(["via"])])
}

extension SpeakerText {
  /// U+FF1A, the wide colon of Chinese and Japanese.
  private static let wideColon = Array("：".utf8)

  /// Whether the first colon of the line's beginning can end words: most lines have none, or the one of a time or an
  /// address, and a look at their bytes is all they cost.
  private static func hasColonAfterWords(_ line: String) -> Bool {
    let bytes = line.utf8.prefix(longestBeginning)
    for index in bytes.indices {
      if bytes[index] == UInt8(ascii: ":") {
        // Anything beyond ASCII may be a space.
        return bytes[index...].dropFirst().first.map { $0 == 0x20 || (0x09...0x0D).contains($0) || $0 >= 0x80 } ?? false
      }
      if bytes[index] == wideColon[0], bytes[index...].starts(with: wideColon) { return true }
    }
    return false
  }

  /// A colon that ends words: wide, or with a space after it; and something must follow.
  private static func colon(in run: CodePoints) -> Int? {
    guard let colon = run.prefix(furthestColon).firstIndex(where: { $0 == ":" || $0 == "：" }) else { return nil }
    let after = run[(colon + 1)...]
    guard after.contains(where: { !$0.isSpace }) else { return nil }
    return run[colon] == "：" || after.first?.isSpace == true ? colon : nil
  }

  /// In words.
  private var length: Int {
    words.reduce(0) { total, word in
      let dense = word.reduce(0) { $0 + (SimilarityText.isWrittenWithoutSpaces($1) ? 1 : 0) }
      return total + max(1, (dense + Self.denseWord - 1) / Self.denseWord)
    }
  }

  private func holdsMarks(butCommas: Bool) -> Bool {
    var before: Unicode.Scalar?
    for index in run.indices {
      let scalar = run[index]
      defer { before = scalar }
      if scalar.isLetter { continue }
      let isAtFront = before?.isSpace ?? true
      if scalar.isMark || !butCommas && scalar.isComma { return true }
      // Inside a word or at its end it is an apostrophe, in front of one a quotation.
      if scalar.isSingleQuote, isAtFront { return true }
      // A dash after a space sets something apart that is no name; between letters it joins.
      if scalar.isDash, isAtFront { return true }
      // Hebrew writes its acronyms so: צה"ל.
      if scalar == "\"" {
        guard before?.isHebrew == true, index + 1 < run.endIndex, run[index + 1].isHebrew else { return true }
      }
    }
    return false
  }

  /// Whether a full stop stands between two words that is none of an abbreviation (Gen., Sen., U.S., Dr.).
  private var endsSentence: Bool {
    words.dropLast().contains { word in
      guard word.last == "." else { return false }
      let isAbbreviation = word.count <= 6 || word.dropLast().contains(".")
      return !(isAbbreviation && word.first?.isCapital == true)
    }
  }
}
