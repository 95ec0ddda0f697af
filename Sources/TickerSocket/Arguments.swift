/// A command's members, whichever way it was written: the parser reads JSON and words into this, and gives it one
/// meaning. Pure value.
struct Arguments: Equatable {
  /// A member's value. A word may mean a text, a number or a boolean.
  enum Value: Equatable {
    case text(String)
    case number(Int)
    case boolean(Bool)
    case word(String)
    case list([Value])
    case object([String: Value])
    /// JSON that no command uses: null, a fraction.
    case other
  }

  var operation: String
  var members: [String: Value]
}

extension Arguments {
  /// Objects and arrays inside each other; a filter's list needs three.
  static let deepestNesting = 4

  /// Reads one JSON object with an `op`.
  static func json(_ line: [UInt8]) throws(CommandFailure) -> Arguments {
    let value: Value
    do throws(CommandJSON.Malformed) { value = try CommandJSON.read(line, depth: deepestNesting) } catch {
      if error == .depth { throw CommandFailure(.badJSON, "too deeply nested") }
      value = .other
    }
    guard case .object(var members) = value else {
      throw CommandFailure(.badJSON, "not a JSON object; for the same in words say: help")
    }
    guard case .text(let operation)? = members.removeValue(forKey: "op") else {
      throw CommandFailure(.badJSON, "\"op\" is missing, for example {\"op\":\"help\"}")
    }
    return Arguments(operation: operation, members: members)
  }

  /// Reads `op`, then `key=value` words; a value may stand in quotes, a repeated key makes a list, a bare word is
  /// the subject of `poll`, `pause`, `resume` (a source), `unsub` (a number) and `get` (an item's id or a cursor).
  static func words(_ line: [UInt8]) throws(CommandFailure) -> Arguments {
    guard let text = String(validating: line, as: UTF8.self) else { throw CommandFailure(.badJSON, "not UTF-8") }
    var words = try split(text)[...]
    let operation = words.popFirst() ?? ""
    var members: [String: Value] = [:]
    for word in words {
      let (key, value) = try keyAndValue(word, of: operation)
      members[key] = adding(value, to: members[key])
    }
    return Arguments(operation: operation, members: members)
  }

  private static func keyAndValue(_ word: String, of operation: String) throws(CommandFailure) -> (String, Value) {
    if let sign = word.firstIndex(of: "=") {
      let key = word[..<sign].map { $0 == "-" ? "_" : String($0) }.joined()
      return (key, .word(String(word[word.index(after: sign)...])))
    }
    switch operation {
    case "poll", "pause", "resume": return ("source", .word(word))
    case "unsub": return ("sub", .word(word))
    case "get": return (word.hasPrefix("itm_") ? "item" : "cursor", .word(word))
    case "enable", "disable": return ("endpoint", .word(word))
    default: throw CommandFailure(.badJSON, "a word without \"=\": \(word); for example: sub last=20 source=bbc")
    }
  }

  private static func adding(_ value: Value, to present: Value?) -> Value {
    switch present {
    case nil: value
    case .list(let values): .list(values + [value])
    case .some(let single): .list([single, value])
    }
  }

  /// White space parts words, except between quotes, which are dropped.
  private static func split(_ text: String) throws(CommandFailure) -> [String] {
    var words: [String] = []
    var word: String?
    var quote: Character?
    for character in text {
      switch character {
      case quote: quote = nil
      case "\"" where quote == nil, "'" where quote == nil:
        quote = character
        word = word ?? ""
      case _ where quote == nil && character.isWhitespace:
        if let word { words.append(word) }
        word = nil
      default: word = (word ?? "") + String(character)
      }
    }
    guard quote == nil else { throw CommandFailure(.badJSON, "a quote is not closed") }
    if let word { words.append(word) }
    return words
  }
}

extension Arguments.Value {
  var text: String? {
    switch self {
    case .text(let text), .word(let text): text
    default: nil
    }
  }

  var number: Int? {
    switch self {
    case .number(let number): number
    case .word(let word): Int(word)
    default: nil
    }
  }

  var boolean: Bool? {
    switch self {
    case .boolean(let boolean): boolean
    case .word("true"): true
    case .word("false"): false
    default: nil
    }
  }

  /// One text, or a list of texts.
  var texts: [String]? {
    guard case .list(let values) = self else { return text.map { [$0] } }
    let texts = values.compactMap(\.text)
    return texts.count == values.count ? texts : nil
  }
}
