import Testing
import TickerModel

@Test(arguments: [
  ("Minister: five delegations in Vienna", "Minister: six delegations in Vienna", 0.8),
  ("Quake hits Konya", "Quake hits Konya", 1.0),
  ("Quake hits Konya.", "QUAKE hits “Konya”", 1.0),
  ("one two three four", "four three two one", 0.25),
  ("alpha bravo", "charlie delta echo", 0.0),
  ("", "", 0.0),
  ("عاجل: انفجار في بيروت", "عاجل: انفجارات في بيروت", 0.75),
  ("東京で地震が発生", "東京で地震が発生し", 7.0 / 8.0),
])
func similarity(_ one: String, _ other: String, _ expected: Double) {
  #expect(SimilarityText(one).similarity(to: SimilarityText(other)) == expected)
  #expect(SimilarityText(other).similarity(to: SimilarityText(one)) == expected)
}

/// More than one machine word of words, against the textbook table.
@Test func longTexts() {
  let one = (0..<200).map { "w\($0)" }
  let other = one.filter { !$0.hasSuffix("7") } + ["end"]
  let similarity = SimilarityText(one.joined(separator: " ")).similarity(
    to: SimilarityText(other.joined(separator: " ")))
  #expect(similarity == 180.0 / 200.0)
}
