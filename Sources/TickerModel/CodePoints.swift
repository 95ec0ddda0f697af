/// A part of a text as code points.
typealias CodePoints = ArraySlice<Unicode.Scalar>

extension String {
  init(codePoints: CodePoints) {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: codePoints)
    self.init(view)
  }
}

/// What a code point is in a headline; the ASCII ones, most of all, without a look into Unicode's tables.
extension Unicode.Scalar {
  var isSpace: Bool { isASCII ? value == 0x20 || (0x09...0x0D).contains(value) : properties.isWhitespace }

  /// Also the marks that Arabic and Indic scripts put to letters.
  var isLetter: Bool {
    isASCII ? (0x41...0x5A).contains(value) || (0x61...0x7A).contains(value) : properties.isAlphabetic
  }

  var isSmallLetter: Bool { isASCII ? (0x61...0x7A).contains(value) : properties.isLowercase }

  var isCapital: Bool { isASCII ? (0x41...0x5A).contains(value) : properties.isUppercase }

  var isDigit: Bool { isASCII ? (0x30...0x39).contains(value) : properties.numericType == .decimal }

  var isComma: Bool { self == "," || self == "،" || self == "，" }

  var isDash: Bool { self == "-" || self == "–" || self == "—" }

  var isSingleQuote: Bool {
    switch self {
    case "'", "`", "‘", "’", "‚", "ʼ": true
    default: false
    }
  }

  var isHebrew: Bool { (0x05D0...0x05EA).contains(value) }

  /// Nothing of a name: ends of sentences, quotations that open, brackets, separators.
  var isMark: Bool {
    switch self {
    case ":", ";", "?", "!", "(", ")", "[", "]", "{", "}", "<", ">", "|", "=", "\\", "*": true
    case "؛", "؟", "：", "；", "？", "！", "。", "…", "“", "”", "„", "‟", "«", "»", "‹", "›", "「", "」", "『", "』", "《", "》",
      "（", "）", "【", "】", "［", "］", "｜", "•":
      true
    default: false
    }
  }

  /// An emoji or another symbol of that kind, with what only changes its look.
  var isPicture: Bool {
    guard !isASCII else { return false }
    switch properties.generalCategory {
    case .otherSymbol, .modifierSymbol, .format, .nonspacingMark: return true
    default: return false
    }
  }
}
