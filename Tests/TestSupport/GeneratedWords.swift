/// Headlines made of words, and edits of them of known similarity. Plain ASCII words: nothing to normalise.
struct GeneratedWords {
  private static let common = [
    "talks", "minister", "strike", "court", "border", "vote", "oil", "rain", "envoy", "port", "deal", "army",
  ]

  /// Before each new word's number; generators of one history take different ones, so that only copies are equal.
  private let mark: String
  private var count = 0

  init(mark: String = "w") { self.mark = mark }

  /// A headline of three to seven words that nobody used before.
  mutating func fresh(using random: inout SeededGenerator) -> String {
    let length = Int.random(in: 3...7, using: &random)
    return (0..<length).map { _ in word(using: &random) }.joined(separator: " ") + " " + newWord()
  }

  /// Another text of a headline: one or two words of it changed, added or dropped, or nearly all of it.
  mutating func edited(_ text: String, using random: inout SeededGenerator) -> String {
    var words = text.split(separator: " ").map(String.init)
    let changes = Int.random(in: 0...5, using: &random) == 0 ? words.count - 1 : Int.random(in: 1...3, using: &random)
    for index in words.indices.shuffled(using: &random).prefix(changes) { words[index] = newWord() }
    if Int.random(in: 0...4, using: &random) == 0 { words.append(newWord()) }
    if words.count > 2, Int.random(in: 0...6, using: &random) == 0 { words.swapAt(0, 1) }
    let edited = words.joined(separator: " ")
    return edited == text ? edited + " " + newWord() : edited
  }

  private func word(using random: inout SeededGenerator) -> String {
    Self.common.randomElement(using: &random) ?? "word"
  }

  private mutating func newWord() -> String {
    count += 1
    return "\(mark)\(count)"
  }
}
