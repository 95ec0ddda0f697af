/// Headlines made of words, and edits of them of known similarity, in several scripts. Nothing in them to normalise.
struct GeneratedWords {
  enum Script: CaseIterable {
    case latin, cyrillic, arabic, hebrew, han

    fileprivate var common: [String] {
      switch self {
      case .latin:
        ["talks", "minister", "strike", "court", "border", "vote", "oil", "rain", "envoy", "port", "deal", "army"]
      case .cyrillic: ["переговоры", "министр", "суд", "граница", "порт", "сделка", "армия", "дождь"]
      case .arabic: ["محادثات", "وزير", "محكمة", "حدود", "ميناء", "اتفاق", "جيش", "مطر"]
      case .hebrew: ["שיחות", "שר", "שביתה", "גבול", "נמל", "הסכם", "צבא", "גשם"]
      case .han: ["会谈", "部长", "罢工", "法院", "边境", "石油", "港口", "军队"]
      }
    }

    fileprivate var separator: String { self == .han ? "" : " " }
  }

  /// Before each new word's number; generators of one history take different ones, so that only copies are equal.
  private let mark: String
  private let script: Script
  private var count = 0

  init(mark: String = "w", script: Script = .latin) {
    self.mark = mark
    self.script = script
  }

  /// A headline of three to seven words that nobody used before.
  mutating func fresh(using random: inout SeededGenerator) -> String {
    let length = Int.random(in: 3...7, using: &random)
    return ((0..<length).map { _ in word(using: &random) } + [newWord()]).joined(separator: script.separator)
  }

  /// Another text of a headline: one or two words of it changed, added or dropped, or nearly all of it. Where words stand
  /// without spaces, characters.
  mutating func edited(_ text: String, using random: inout SeededGenerator) -> String {
    var words = script == .han ? text.map { String($0) } : text.split(separator: " ").map(String.init)
    let changes = Int.random(in: 0...5, using: &random) == 0 ? words.count - 1 : Int.random(in: 1...3, using: &random)
    for index in words.indices.shuffled(using: &random).prefix(changes) { words[index] = newWord() }
    if Int.random(in: 0...4, using: &random) == 0 { words.append(newWord()) }
    if words.count > 2, Int.random(in: 0...6, using: &random) == 0 { words.swapAt(0, 1) }
    let edited = words.joined(separator: script.separator)
    return edited == text ? edited + script.separator + newWord() : edited
  }

  private func word(using random: inout SeededGenerator) -> String {
    script.common.randomElement(using: &random) ?? "word"
  }

  private mutating func newWord() -> String {
    count += 1
    guard script == .han else { return "\(mark)\(count)" }
    // Rare characters (CJK Extension A), some two thousand for each mark.
    let place = (Int(mark.unicodeScalars.first?.value ?? 0) % 3) * 2000 + count % 2000
    return Unicode.Scalar(UInt32(0x3400 + place)).map(String.init) ?? "\(count)"
  }
}
