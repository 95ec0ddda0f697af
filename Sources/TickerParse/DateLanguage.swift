/// What the language of a source says about its dates. Pure value.
struct DateLanguage {
  /// In which order a day is written in numbers.
  enum Order { case yearFirst, monthFirst, dayFirst }

  /// The primary subtag in lower case; nil when no language is known.
  let code: String?
  /// Nil when the language does not tell.
  let order: Order?

  static let unknown = DateLanguage(nil)

  /// `tag` is one of BCP 47, as `en-GB`.
  init(_ tag: String?) {
    let parts = (tag ?? "").lowercased().split(separator: "-").map(String.init)
    code = parts.first
    guard let code else {
      order = nil
      return
    }
    if Self.yearFirst.contains(code) {
      order = .yearFirst
    } else if code == "en" || code == "fil" {
      // Only these of English do not write the day first (CLDR); without a region it is what most feeds mean.
      order = parts.dropFirst().allSatisfy(Self.monthFirstRegions.contains) ? .monthFirst : .dayFirst
    } else {
      order = .dayFirst
    }
  }

  /// CLDR's short dates begin with the year.
  private static let yearFirst: Set<String> = ["zh", "ja", "ko", "hu", "lt", "sv", "mn", "eu", "fa"]
  private static let monthFirstRegions: Set<String> = ["us", "ph", "ca", "pr", "gu"]
}
