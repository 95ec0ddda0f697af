import FoundationEssentials

/// An event's members by their names, as `--format` needs them. Pure value.
struct EventFields {
  private let members: [String: Value]

  /// `object` is one event; anything else has no members.
  init(_ object: [UInt8]) { members = (try? JSONDecoder().decode([String: Value].self, from: Data(object))) ?? [:] }

  /// A member as text: a list's elements behind commas; nil when it is absent.
  func text(_ name: String) -> String? { members[name]?.text }

  private enum Value: Decodable {
    case text(String)
    case list([Value])
    case object([String: Value])

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let text = try? container.decode(String.self) {
        self = .text(text)
      } else if let flag = try? container.decode(Bool.self) {
        self = .text(flag ? "true" : "false")
      } else if let number = try? container.decode(Int.self) {
        self = .text(String(number))
      } else if let list = try? container.decode([Value].self) {
        self = .list(list)
      } else {
        self = .object(try container.decode([String: Value].self))
      }
    }

    var text: String {
      switch self {
      case .text(let text): text
      case .list(let values): values.map(\.text).joined(separator: ",")
      // `also` is a list of them: the source says most.
      case .object(let members): members["source"]?.text ?? members.keys.sorted().joined(separator: ",")
      }
    }
  }
}
