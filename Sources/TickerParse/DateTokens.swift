import TickerModel

/// A date's numbers, words and marks, from which the time is taken out first and the day is read from the rest. Pure.
struct DateTokens {
  enum Token: Equatable {
    /// Digits of ASCII, whatever script they were written in.
    case number(String)
    /// In the form of ``DateNames/comparable(_:)``.
    case word(String)
    case mark(Unicode.Scalar)
    /// White space, a comma or a parenthesis.
    case gap
  }

  struct Time {
    var hour = 0, minute = 0, second = 0, millisecond = 0
    /// Minutes east of UTC; nil when no zone is written.
    var offset: Int?
  }

  let language: DateLanguage
  var tokens: [Token] = []
  /// Whether the digits are those of Persian, whose years are Iranian.
  private(set) var hasPersianDigits = false

  init(_ text: String, language: DateLanguage) {
    self.language = language
    for scalar in DateNames.comparable(text).unicodeScalars {
      if let digit = digit(scalar) { append(digit: digit) } else { append(scalar) }
    }
    while tokens.last == .gap { tokens.removeLast() }
  }

  /// The whole text when it is one number.
  var onlyNumber: String? { if tokens.count == 1, case .number(let digits) = tokens[0] { digits } else { nil } }

  var numbers: [String] { tokens.compactMap { if case .number(let digits) = $0 { digits } else { nil } } }

  var words: [String] { tokens.compactMap { if case .word(let word) = $0 { word } else { nil } } }

  func token(_ index: Int) -> Token? { tokens.indices.contains(index) ? tokens[index] : nil }

  func digits(_ index: Int) -> String? { if case .number(let digits)? = token(index) { digits } else { nil } }

  func word(_ index: Int) -> String? { if case .word(let word)? = token(index) { word } else { nil } }

  /// A number of one or two digits.
  func number(_ index: Int) -> Int? { digits(index).flatMap { $0.utf8.count <= 2 ? Int($0) : nil } }

  /// `index`, or the next where a gap stands there.
  func past(_ index: Int) -> Int { token(index) == .gap ? index + 1 : index }

  /// What is written from `index` on without numbers, as names of several words and abbreviations with dots need it.
  func phrase(_ index: Int) -> String {
    var phrase = ""
    for token in tokens[index...].prefix(Self.longestPhrase) {
      guard let text = Self.text(token) else { break }
      phrase += text
    }
    return phrase
  }

  /// The text of what can be part of a name.
  static func text(_ token: Token) -> String? {
    switch token {
    case .word(let word): word
    case .gap: " "
    case .mark("."): "."
    case .mark, .number: nil
    }
  }

  /// Tokens; `p. m.` has five.
  static let longestPhrase = 6
}

extension DateTokens {
  private mutating func digit(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
    if ("0"..."9").contains(scalar) { return scalar }
    guard !scalar.isASCII, scalar.properties.numericType == .decimal, let value = scalar.properties.numericValue else {
      return nil
    }
    if (0x6F0...0x6F9).contains(scalar.value) { hasPersianDigits = true }
    return Unicode.Scalar(UInt8(0x30 + Int(value)))
  }

  private mutating func append(digit: Unicode.Scalar) {
    if case .number(let digits)? = tokens.last {
      tokens[tokens.count - 1] = .number(digits + String(digit))
    } else {
      tokens.append(.number(String(digit)))
    }
  }

  private mutating func append(_ scalar: Unicode.Scalar) {
    if scalar.properties.isAlphabetic {
      if case .word(let letters)? = tokens.last {
        tokens[tokens.count - 1] = .word(letters + String(scalar))
      } else {
        tokens.append(.word(String(scalar)))
      }
    } else if scalar == "\u{2212}" {
      tokens.append(.mark("-"))
    } else if scalar.value > 0x20, !scalar.properties.isWhitespace, !",()،、[]".unicodeScalars.contains(scalar) {
      tokens.append(.mark(scalar))
    } else if !tokens.isEmpty, tokens.last != .gap {
      tokens.append(.gap)
    }
  }
}
