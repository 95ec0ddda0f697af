/// What is wrong with a selector, and where. Pure value.
public struct SelectorFault: Error, Sendable, Equatable {
  /// A phrase that names the faulty part.
  public let message: String
  /// Offset into the selector's UTF-8.
  public let offset: Int
}

/// Reads the tokens of CSS (https://www.w3.org/TR/css-syntax-3/#tokenization) one after another. Pure value.
struct CSSScanner {
  private let scalars: [Unicode.Scalar]
  private(set) var position = 0

  /// CSS reads a zero as U+FFFD; to C it would be the end.
  init(_ text: String) { scalars = text.unicodeScalars.map { $0.value == 0 ? "\u{FFFD}" : $0 } }

  /// The scalar at the front, nil at the end.
  var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

  /// Offset into the text's UTF-8.
  func offset(of position: Int) -> Int { scalars[..<position].reduce(0) { $0 + UTF8.width($1) } }

  mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard next == scalar else { return false }
    position += 1
    return true
  }

  /// White space and comments; whether there was any.
  @discardableResult
  mutating func skipSpace() throws(SelectorFault) -> Bool {
    let start = position
    while let scalar = next {
      if Self.isSpace(scalar) {
        position += 1
      } else if scalar == "/", peek(1) == "*" {
        try skipComment()
      } else {
        break
      }
    }
    return position > start
  }

  /// An identifier with its escapes resolved, nil when none begins here.
  mutating func identifier() -> String? {
    let start = position
    var name = ""
    if take("-") { name = "-" }
    // After the optional dash: a letter, an escape or a second dash; digits only later.
    guard let first = next, Self.isName(first) || isEscape, !(Self.isDigit(first)) else {
      position = start
      return nil
    }
    appendName(to: &name)
    return name
  }

  /// The name after `#`: digits may begin it.
  mutating func name() -> String? {
    var name = ""
    appendName(to: &name)
    return name.isEmpty ? nil : name
  }

  /// A quoted string with its escapes resolved, nil when none begins here.
  mutating func string() throws(SelectorFault) -> String? {
    guard let quote = next, quote == "\"" || quote == "'" else { return nil }
    let start = position
    position += 1
    var text = ""
    while let scalar = next, scalar != quote {
      if scalar == "\n" { break }
      if scalar == "\\" {
        if peek(1) == "\n" { position += 2 } else { text.unicodeScalars.append(escape()) }
      } else {
        text.unicodeScalars.append(scalar)
        position += 1
      }
    }
    guard take(quote) else { throw fault("the quoted text has no end", at: start) }
    return text
  }

  /// The text of an `an+b` formula: up to a closing parenthesis or the word `of`, neither of which is taken.
  mutating func formula() -> String {
    let start = position
    while let scalar = next, scalar != ")", !isWord("of") { position += 1 }
    return String(String.UnicodeScalarView(scalars[start..<position]))
  }

  /// Takes `word`, written in any case, when white space stands on both sides of it.
  mutating func takeWord(_ word: String) -> Bool {
    guard isWord(word) else { return false }
    position += word.unicodeScalars.count
    return true
  }

  private func isWord(_ word: String) -> Bool {
    let end = position + word.unicodeScalars.count
    guard position > 0, end < scalars.count, Self.isSpace(scalars[position - 1]), Self.isSpace(scalars[end]) else {
      return false
    }
    return String(String.UnicodeScalarView(scalars[position..<end])).lowercased() == word
  }

  func fault(_ message: String, at position: Int? = nil) -> SelectorFault {
    SelectorFault(message: message, offset: offset(of: min(position ?? self.position, scalars.count)))
  }

  private func peek(_ distance: Int) -> Unicode.Scalar? {
    position + distance < scalars.count ? scalars[position + distance] : nil
  }

  /// A backslash at the very end stands for U+FFFD (https://www.w3.org/TR/css-syntax-3/#consume-escaped-code-point).
  private var isEscape: Bool { next == "\\" && peek(1) != "\n" }

  private mutating func skipComment() throws(SelectorFault) {
    let start = position
    position += 2
    while position < scalars.count, !(next == "*" && peek(1) == "/") { position += 1 }
    guard position < scalars.count else { throw fault("the comment has no end", at: start) }
    position += 2
  }

  private mutating func appendName(to name: inout String) {
    while let scalar = next {
      if isEscape {
        name.unicodeScalars.append(escape())
      } else if Self.isName(scalar) {
        name.unicodeScalars.append(scalar)
        position += 1
      } else {
        return
      }
    }
  }

  /// A backslash and up to six hexadecimal digits with one white space, or any other character.
  private mutating func escape() -> Unicode.Scalar {
    position += 1
    var digits = ""
    while digits.utf8.count < 6, let scalar = next, scalar.properties.isASCIIHexDigit {
      digits.unicodeScalars.append(scalar)
      position += 1
    }
    if let value = UInt32(digits, radix: 16) {
      if let scalar = next, Self.isSpace(scalar) { position += 1 }
      return value == 0 ? "\u{FFFD}" : Unicode.Scalar(value) ?? "\u{FFFD}"
    }
    guard let scalar = next else { return "\u{FFFD}" }
    position += 1
    return scalar
  }

  static func isSpace(_ scalar: Unicode.Scalar) -> Bool { [" ", "\t", "\n", "\r", "\u{C}"].contains(scalar) }
  static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

  private static func isName(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value >= 0x80 || scalar == "_" || scalar == "-" || isDigit(scalar) || ("a"..."z").contains(scalar)
      || ("A"..."Z").contains(scalar)
  }
}
