import FoundationEssentials

/// A JSON value as an independent reader sees it.
enum JSON: Decodable, Equatable, Sendable, CustomStringConvertible {
  case null
  case bool(Bool)
  case number(Double)
  case string(String)
  case array([JSON])
  case object([String: JSON])

  struct NotJSON: Error {
    let text: String
  }

  init(_ text: String) throws {
    guard let value = try? JSONDecoder().decode(JSON.self, from: Data(text.utf8)) else { throw NotJSON(text: text) }
    self = value
  }

  init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if value.decodeNil() {
      self = .null
    } else if let bool = try? value.decode(Bool.self) {
      self = .bool(bool)
    } else if let number = try? value.decode(Double.self) {
      self = .number(number)
    } else if let string = try? value.decode(String.self) {
      self = .string(string)
    } else if let array = try? value.decode([JSON].self) {
      self = .array(array)
    } else {
      self = .object(try value.decode([String: JSON].self))
    }
  }

  var description: String {
    switch self {
    case .null: "null"
    case .bool(let bool): "\(bool)"
    case .number(let number): "\(number)"
    case .string(let string): "\"\(string)\""
    case .array(let array): "\(array)"
    case .object(let members): "{\(members.sorted { $0.key < $1.key }.map { "\($0): \($1)" }.joined(separator: ", "))}"
    }
  }

  /// The member of an object; `null` where there is none.
  subscript(_ key: String) -> JSON {
    if case .object(let members) = self { members[key] ?? .null } else { .null }
  }

  var string: String? { if case .string(let string) = self { string } else { nil } }
  var int: Int? { if case .number(let number) = self { Int(exactly: number) } else { nil } }
  var bool: Bool? { if case .bool(let bool) = self { bool } else { nil } }
  var array: [JSON] { if case .array(let array) = self { array } else { [] } }
  var keys: Set<String> { if case .object(let members) = self { Set(members.keys) } else { [] } }
}

extension JSON {
  /// The sequence of an event's cursor `EPOCH-SEQUENCE`.
  var sequence: Int? { self["cursor"].string?.split(separator: "-").last.flatMap { Int($0) } }
  var title: String { self["title"].string ?? "" }
  var type: String { self["type"].string ?? "" }
  var source: String { self["source"].string ?? "" }
  /// `item.new Some title`, for comparing whole histories at a glance.
  var told: String { "\(type) \(title)" }
}
