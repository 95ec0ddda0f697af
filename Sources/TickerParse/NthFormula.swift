/// `an+b` of the `:nth-` pseudo-classes (https://www.w3.org/TR/css-syntax-3/#anb-microsyntax). Pure value.
struct NthFormula: Equatable, Sendable {
  let step: Int
  let start: Int

  /// Reads `odd`, `even`, `3`, `-n+3`, `2n + 1`; nil for anything else. Numbers have at most seven digits.
  init?(_ text: String) {
    let text = text.lowercased().filter { $0.isASCII }.split(whereSeparator: \.isWhitespace)
    switch text.first {
    case "odd" where text.count == 1: (step, start) = (2, 1)
    case "even" where text.count == 1: (step, start) = (2, 0)
    default:
      // White space stands only around the sign between the parts.
      let joined = text.joined()
      let parts = joined.split(separator: "n", maxSplits: 1, omittingEmptySubsequences: false)
      guard let first = parts.first, text.count == 1 || parts.count == 2 && !text[0].hasSuffix("+"), joined.count < 20
      else { return nil }
      if parts.count == 1 {
        guard let number = Self.number(first) else { return nil }
        (step, start) = (0, number)
      } else {
        guard let step = Self.number(first.isEmpty || first == "+" || first == "-" ? first + "1" : first),
          let start = parts[1].isEmpty ? 0 : Self.signed(parts[1])
        else { return nil }
        (self.step, self.start) = (step, start)
      }
    }
  }

  /// Whether `place`, counted from 1, is one of those it means.
  func matches(_ place: Int) -> Bool {
    let distance = place - start
    return step == 0 ? distance == 0 : distance % step == 0 && distance / step >= 0
  }

  private static func signed(_ text: Substring) -> Int? {
    text.hasPrefix("+") || text.hasPrefix("-") ? number(text) : nil
  }

  private static func number(_ text: Substring) -> Int? {
    text.utf8.count <= 8 && text.last?.isNumber == true ? Int(text) : nil
  }
}
