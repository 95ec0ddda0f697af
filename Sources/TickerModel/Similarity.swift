import TickerText

/// How alike two headlines are: normalised words in common in order ÷ words of the longer line; in scripts written
/// without spaces pairs of characters stand for words (SPEC §3.2). Pure.
public struct SimilarityText: Sendable {
  /// Words compared of one line; a paragraph that long is no headline, and the bound keeps a hostile page cheap.
  static let mostWords = 256

  private let words: [Int]
  /// For each word the places where it stands, one bit each.
  private let places: [Int: [UInt64]]

  public init(_ headline: String) {
    words = Self.words(of: String(decoding: Normalise.comparable(headline), as: UTF8.self)).map(\.hashValue)
    let blocks = (words.count + 63) / 64
    var places: [Int: [UInt64]] = [:]
    for (index, word) in words.enumerated() {
      places[word, default: [UInt64](repeating: 0, count: blocks)][index / 64] |= 1 << UInt64(index % 64)
    }
    self.places = places
  }

  /// 0 (nothing in common) to 1 (the same words in the same order).
  public func similarity(to other: SimilarityText) -> Double {
    let longer = max(words.count, other.words.count)
    guard longer > 0 else { return 0 }
    return Double(commonInOrder(with: other.words)) / Double(longer)
  }
}

extension SimilarityText {
  /// At most ``mostWords`` words of an already normalised text, without the punctuation around them.
  static func words(of text: String) -> [String] {
    var words: [String] = []
    for word in text.split(separator: " ") {
      guard words.count < mostWords else { break }
      let core = trimPunctuation(word)
      guard core.unicodeScalars.contains(where: isWrittenWithoutSpaces) else {
        words.append(String(core))
        continue
      }
      words += pairs(of: core)
    }
    return Array(words.prefix(mostWords))
  }

  private static func trimPunctuation(_ word: Substring) -> Substring {
    let isMark = { (character: Character) in character.isPunctuation }
    let core = word.drop(while: isMark)
    guard let last = core.lastIndex(where: { !isMark($0) }) else { return word }
    return core[...last]
  }

  private static func pairs(of run: Substring) -> [String] {
    let characters = Array(run)
    guard characters.count > 1 else { return [String(run)] }
    return (1..<characters.count).map { String(characters[($0 - 1)...$0]) }
  }

  /// Han, kana, Thai, Lao, Khmer and Myanmar put no spaces between words.
  static func isWrittenWithoutSpaces(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x0E00...0x0EFF, 0x1000...0x109F, 0x1780...0x17FF, 0x3040...0x30FF, 0x3400...0x4DBF, 0x4E00...0x9FFF,
      0xF900...0xFAFF, 0x20000...0x323AF:
      true
    default: false
    }
  }

  /// The length of the longest common subsequence, bit-parallel: one machine word handles 64 words of this text
  /// (Hyyrö, "Bit-parallel LCS-length computation revisited", 2004).
  private func commonInOrder(with other: [Int]) -> Int {
    let blocks = (words.count + 63) / 64
    var unmatched = [UInt64](repeating: .max, count: blocks)
    for word in other {
      guard let matches = places[word] else { continue }
      var carry: UInt64 = 0
      for block in 0..<blocks {
        let hit = unmatched[block] & matches[block]
        let (half, overflowOne) = unmatched[block].addingReportingOverflow(hit)
        let (sum, overflowTwo) = half.addingReportingOverflow(carry)
        carry = overflowOne || overflowTwo ? 1 : 0
        unmatched[block] = sum | (unmatched[block] & ~matches[block])
      }
    }
    return words.indices.reduce(0) { $0 + Int(~unmatched[$1 / 64] >> UInt64($1 % 64) & 1) }
  }
}
