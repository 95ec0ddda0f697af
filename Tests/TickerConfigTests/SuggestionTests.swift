import Testing

@testable import TickerConfig

@Suite struct SuggestionTests {
  @Test(arguments: [
    ("interval", "interval", 0), ("intervall", "interval", 1), ("intreval", "interval", 1), ("lvel", "level", 1),
    ("", "abc", 3), ("abc", "", 3), ("kitten", "sitting", 3),
  ])
  func slipsAreCounted(one: String, other: String, distance: Int) {
    #expect(Suggestion.distance(one, other) == distance)
    #expect(Suggestion.distance(other, one) == distance)
  }

  @Test(arguments: [
    ("max-body", "max_body"), ("timout", "timeout"), ("xyzzy", nil), ("", nil), ("min_intervals", "min_interval"),
  ])
  func onlyWhatIsNearIsSuggested(typed: String, expected: String?) {
    #expect(Suggestion.nearest(to: typed, among: Keys.source) == expected)
  }
}
