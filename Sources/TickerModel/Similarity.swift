import TickerText

/// How alike two headlines are: normalised words in common in order ÷ words of the longer line; in scripts written
/// without spaces pairs of characters stand for words (SPEC §3.2). Pure.
public struct SimilarityText: Sendable {
  /// Words compared of one line; a paragraph that long is no headline, and the bound keeps a hostile page cheap.
  static let mostWords = 256

  /// Words as hashes, in their order.
  private let words: [Int]
  /// Each word once, ascending.
  private let vocabulary: [Int]
  /// For each word of the vocabulary the places where it stands, one bit each, in as many machine words as ``blocks``.
  private let places: [UInt64]
  private var blocks: Int { (words.count + 63) / 64 }

  public init(_ headline: String) {
    words = Self.hashes(of: Normalise.comparable(headline))
    vocabulary = words.sorted().reduce(into: []) { if $0.last != $1 { $0.append($1) } }
    let blocks = (words.count + 63) / 64
    var places = [UInt64](repeating: 0, count: vocabulary.count * blocks)
    for (index, word) in words.enumerated() {
      guard let entry = Self.entry(of: word, in: vocabulary) else { continue }
      places[entry * blocks + index / 64] |= 1 << UInt64(index % 64)
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
  /// At most ``mostWords`` words of an already normalised text, as hashes of what stands between the punctuation
  /// around them.
  private static func hashes(of comparable: [UInt8]) -> [Int] {
    comparable.withUnsafeBytes { text in
      var hashes: [Int] = []
      for word in text.split(separator: UInt8(ascii: " ")) where hashes.count < mostWords {
        if word.allSatisfy({ $0 < 0x80 }) {
          hashes.append(hash(trimPunctuation(word)))
        } else {
          hashes += words(of: Substring(decoding: word, as: UTF8.self)).map { word in
            Array(word.utf8).withUnsafeBytes { hash($0[...]) }
          }
        }
      }
      return Array(hashes.prefix(mostWords))
    }
  }

  private static func hash(_ word: Slice<UnsafeRawBufferPointer>) -> Int {
    var hasher = Hasher()
    hasher.combine(bytes: UnsafeRawBufferPointer(rebasing: word))
    return hasher.finalize()
  }

  private static func trimPunctuation(_ word: Slice<UnsafeRawBufferPointer>) -> Slice<UnsafeRawBufferPointer> {
    let isWord = { (byte: UInt8) in !isPunctuation(byte) }
    guard let first = word.firstIndex(where: isWord), let last = word.lastIndex(where: isWord) else { return word }
    return word[first...last]
  }

  /// Of ASCII, as Unicode has it (its symbols `$+<=>^`|~` are none).
  private static func isPunctuation(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x21...0x23, 0x25...0x2A, 0x2C...0x2F, 0x3A, 0x3B, 0x3F, 0x40, 0x5B...0x5D, 0x5F, 0x7B, 0x7D: true
    default: false
    }
  }

  private static func words(of word: Substring) -> [String] {
    let core = trimPunctuation(word)
    return core.unicodeScalars.contains(where: isWrittenWithoutSpaces) ? pairs(of: core) : [String(core)]
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

  /// Where a word stands in the vocabulary.
  private static func entry(of word: Int, in vocabulary: [Int]) -> Int? {
    var (low, high) = (0, vocabulary.count)
    while low < high {
      let middle = (low + high) / 2
      if vocabulary[middle] < word { low = middle + 1 } else { high = middle }
    }
    return low < vocabulary.count && vocabulary[low] == word ? low : nil
  }

  /// The length of the longest common subsequence, bit-parallel: one machine word handles 64 words of this text
  /// (Hyyrö, "Bit-parallel LCS-length computation revisited", 2004).
  private func commonInOrder(with other: [Int]) -> Int {
    let blocks = blocks
    var unmatched = [UInt64](repeating: .max, count: blocks)
    for word in other {
      guard let entry = Self.entry(of: word, in: vocabulary) else { continue }
      var carry: UInt64 = 0
      for block in 0..<blocks {
        let matches = places[entry * blocks + block]
        let hit = unmatched[block] & matches
        let (half, overflowOne) = unmatched[block].addingReportingOverflow(hit)
        let (sum, overflowTwo) = half.addingReportingOverflow(carry)
        carry = overflowOne || overflowTwo ? 1 : 0
        unmatched[block] = sum | (unmatched[block] & ~matches)
      }
    }
    return words.indices.reduce(0) { $0 + Int(~unmatched[$1 / 64] >> UInt64($1 % 64) & 1) }
  }
}
