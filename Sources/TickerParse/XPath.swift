/// XPath 1.0 expressions and their pieces. Pure.
public enum XPath {
  static func any(_ conditions: [String]) -> String {
    conditions.count == 1 ? conditions[0] : conditions.map { "(\($0))" }.joined(separator: " or ")
  }

  /// Whether `name` can stand in an expression as it is.
  static func isName(_ name: String) -> Bool {
    guard let first = name.unicodeScalars.first, isLetter(first) || first == "_" else { return false }
    return name.unicodeScalars.allSatisfy { isLetter($0) || $0 == "_" || $0 == "-" || ("0"..."9").contains($0) }
  }

  /// A node test for elements called `name`, or `*` for all.
  static func test(_ name: String) -> String {
    name == "*" || isName(name) ? name : "*[name() = \(literal(name))]"
  }

  /// XPath has no escapes: text with both kinds of quotes is put together from pieces.
  static func literal(_ text: String) -> String {
    if !text.contains("\"") { return "\"\(text)\"" }
    if !text.contains("'") { return "'\(text)'" }
    let pieces = text.split(separator: "\"", omittingEmptySubsequences: false).map { "\"\($0)\"" }
    return "concat(\(pieces.joined(separator: ", '\"', ")))"
  }

  /// Whether an attribute's white-space separated words contain `word`.
  static func hasWord(_ word: String, in attribute: String) -> String {
    "contains(concat(\" \", normalize-space(\(attribute)), \" \"), \(literal(" \(word) ")))"
  }

  /// Selectors ignore the case of ASCII letters only.
  static func lowercased(_ subject: String) -> String {
    "translate(\(subject), \"ABCDEFGHIJKLMNOPQRSTUVWXYZ\", \"abcdefghijklmnopqrstuvwxyz\")"
  }

  static func lowercasedASCII(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { ("A"..."Z").contains($0) ? Unicode.Scalar(UInt8($0.value) | 0x20) : $0 }))
  }

  /// `[attribute mark= value]` (https://www.w3.org/TR/selectors-4/#attribute-selectors); nothing contains "".
  static func compares(_ subject: String, _ mark: Unicode.Scalar?, _ value: String, isThere attribute: String) -> String
  {
    let text = literal(value)
    switch mark {
    case nil: return value.isEmpty ? "\(attribute) and \(subject) = \"\"" : "\(subject) = \(text)"
    case "|": return "\(attribute) and (\(subject) = \(text) or starts-with(\(subject), \(literal(value + "-"))))"
    case "~":
      let isWord = !value.isEmpty && !value.unicodeScalars.contains(where: CSSScanner.isSpace)
      return isWord ? hasWord(value, in: subject) : "false()"
    case _ where value.isEmpty: return "false()"
    case "^": return "starts-with(\(subject), \(text))"
    case "*": return "contains(\(subject), \(text))"
    default:
      let length = value.unicodeScalars.count
      return "substring(\(subject), string-length(\(subject)) - \(length - 1)) = \(text)"
    }
  }

  private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
    ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
  }
}
