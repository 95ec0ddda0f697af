/// A part of a text as code points.
typealias CodePoints = ArraySlice<Unicode.Scalar>

extension String {
  init(codePoints: CodePoints) { self.init(codePoints: codePoints, size: codePoints.reduce(0) { $0 + UTF8.width($1) }) }

  /// ASCII letters made small: what ``lowercased()`` does where there are no others. A word fits into the string itself.
  init(smallLettersOf codePoints: CodePoints) {
    guard codePoints.allSatisfy(\.isASCII) else {
      self = String(codePoints: codePoints).lowercased()
      return
    }
    self.init(unsafeUninitializedCapacity: codePoints.count) { bytes in
      for (place, scalar) in codePoints.enumerated() {
        bytes[place] = UInt8(truncatingIfNeeded: scalar.isCapital ? scalar.value | 0x20 : scalar.value)
      }
      return codePoints.count
    }
  }

  private init(codePoints: CodePoints, size: Int) {
    self.init(unsafeUninitializedCapacity: size) { bytes in
      var place = 0
      for scalar in codePoints {
        for byte in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter {
          bytes[place] = byte
          place += 1
        }
      }
      return place
    }
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
