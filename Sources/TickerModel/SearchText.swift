import TickerText

/// Text as the full-text index holds it, and what is looked for as the index is asked. Pure; any thread.
///
/// Where words stand without spaces between them (Han, kana, Thai, …) or carry particles (Hangul), each pair of
/// characters is a word of the index, and so is the last character: `東京で` is `東京 京で で`. The index must be built anew
/// when ``indexed(_:)`` changes, because an entry is taken out of it by the text that was put in.
public enum SearchText {
  /// Bytes of a text that are indexed: what an event tells at most.
  public static let longestText = EventEncoding.longestText
  /// Terms of a question; a person types a handful.
  static let mostTerms = 32
  /// Words that one term can be in the index.
  static let mostWords = 64

  /// The words of `text`, separated by spaces; punctuation is left to the index.
  public static func indexed(_ text: String) -> String {
    let comparable = Normalise.comparable(EventEncoding.cut(text, to: longestText))
    let text = String(decoding: comparable, as: UTF8.self)
    // The comparable form has its words separated by single spaces already.
    guard comparable.contains(where: { $0 >= firstUnspacedByte }),
      text.unicodeScalars.contains(where: isWrittenWithoutSpaces)
    else { return text }
    return text.split(separator: " ").flatMap { runs(of: $0).flatMap(\.words) }.joined(separator: " ")
  }

  /// The question to an FTS5 index (sqlite.org/fts5.html §3) that asks for every term of `words`: a word, the
  /// beginning of one (`earth*`), or a `"quoted phrase"`. Nothing in `words` is taken for the index's own syntax. Nil when
  /// there is nothing to ask for.
  public static func query(_ words: String) -> String? {
    let terms = terms(of: String(decoding: Normalise.comparable(words), as: UTF8.self)).compactMap(\.expression)
    return terms.isEmpty ? nil : terms.prefix(mostTerms).joined(separator: " AND ")
  }
}

extension SearchText {
  /// Characters in a row of which all, or none, are written without spaces.
  private struct Run {
    var characters: [Character]
    let isUnspaced: Bool

    /// Every pair, then the last character, so that what follows is its neighbour and a single one can be asked for.
    var words: [String] {
      guard isUnspaced else { return [String(characters)] }
      return zip(characters, characters.dropFirst()).map { String([$0, $1]) } + characters.suffix(1).map { String($0) }
    }
  }

  private struct Term {
    let text: String
    let isPrefix: Bool

    var expression: String? {
      guard text.unicodeScalars.contains(where: isLetter) else { return nil }
      let runs = text.split(separator: " ").flatMap { SearchText.runs(of: $0) }
      var words = runs.flatMap(\.words)
      var isPrefix = isPrefix
      if let last = runs.last, last.isUnspaced {
        // What stands after the last character is not known: it is the pair's beginning, or already the pair's end.
        if last.characters.count > 1 { words.removeLast() } else { isPrefix = true }
      }
      let phrase = words.prefix(mostWords).joined(separator: " ").split(separator: "\"").joined(separator: " ")
      return "\"\(phrase)\"" + (isPrefix ? " *" : "")
    }

    /// What the index takes for a part of a word.
    private func isLetter(_ scalar: Unicode.Scalar) -> Bool {
      switch scalar.properties.generalCategory {
      case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
        .letterNumber, .otherNumber, .nonspacingMark, .spacingMark, .privateUse:
        true
      default: false
      }
    }
  }

  /// Words outside quotes, and what stands between quotes. A quote that is not closed reaches to the end.
  private static func terms(of text: String) -> [Term] {
    text.split(separator: "\"", omittingEmptySubsequences: false).enumerated().flatMap { index, part in
      guard index.isMultiple(of: 2) else { return [Term(text: String(part), isPrefix: false)] }
      return part.split(separator: " ").map { Term(text: String($0), isPrefix: $0.hasSuffix("*")) }
    }
  }

  private static func runs(of word: Substring) -> [Run] {
    var runs: [Run] = []
    for character in word {
      let isUnspaced = character.unicodeScalars.contains(where: isWrittenWithoutSpaces)
      if let last = runs.last, last.isUnspaced == isUnspaced {
        runs[runs.count - 1].characters.append(character)
      } else {
        runs.append(Run(characters: [character], isUnspaced: isUnspaced))
      }
    }
    return runs
  }

  /// What is written without spaces has three bytes or more in UTF-8, the first of them at least this one.
  private static let firstUnspacedByte: UInt8 = 0xE0

  /// Thai, Lao, Myanmar, Khmer, kana and Han; Hangul because particles are written onto its words.
  private static func isWrittenWithoutSpaces(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x0E01...0x0EFF, 0x1000...0x109F, 0x1780...0x17D3, 0x3005...0x3007, 0x3041...0x30FF, 0x3400...0x4DBF,
      0x4E00...0x9FFF, 0xAC00...0xD7AF, 0xF900...0xFAFF, 0x20000...0x323AF:
      true
    default: false
    }
  }
}
