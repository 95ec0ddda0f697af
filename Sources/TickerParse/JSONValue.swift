/// A value of JSON (RFC 8259). Pure value.
enum JSONValue: Sendable, Equatable {
  case null
  case bool(Bool)
  /// As it is written: what it counts is for whoever reads it to say.
  case number(String)
  case string(String)
  case array([JSONValue])
  case object(JSONObject)

  /// An object's member called `name`. Of several the last counts, as in JavaScript; nil for any other value.
  subscript(name: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.last { $0.name == name }?.value
  }

  var string: String? { if case .string(let text) = self { text } else { nil } }
  var array: [JSONValue]? { if case .array(let elements) = self { elements } else { nil } }

  /// A string or a number as text; publishers write identifiers as either.
  var scalar: String? {
    switch self {
    case .string(let text), .number(let text): text
    default: nil
    }
  }
}

struct JSONMember: Sendable, Equatable {
  let name: String
  let value: JSONValue
}

/// Where a document is no JSON, and why.
struct JSONFault: Error, Sendable, Equatable {
  enum Reason: Sendable { case syntax, end, depth, size }

  /// Bytes before the place.
  let offset: Int
  let reason: Reason
  /// A clause that says what was expected; nothing of the document stands in it.
  let message: String
}
