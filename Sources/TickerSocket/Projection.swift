import TickerModel

/// The members of an event that a subscription asked for (`fields`), in the event's own order. Pure value.
struct Projection: Sendable, Hashable {
  /// As they were asked for.
  let fields: [String]
  /// As JSON writes them: letters, digits and underscores need no escape.
  private let names: Set<[UInt8]>

  /// Nil when all members are wanted.
  init?(_ fields: [String]) {
    guard !fields.isEmpty else { return nil }
    self.fields = fields
    names = Set(fields.map { Array($0.utf8) })
  }

  /// The wanted ones of `members`, which are an event's body: JSON members without braces, written by this program.
  func members(of body: [UInt8]) -> [UInt8] {
    var kept: [UInt8] = []
    var start = 0
    while start < body.count {
      let end = Self.endOfMember(in: body, from: start)
      if names.contains(Self.name(in: body, from: start)) {
        if !kept.isEmpty { kept.append(UInt8(ascii: ",")) }
        kept += body[start..<end]
      }
      start = end + 1
    }
    return kept
  }

  /// What stands in the quotes at `start`.
  private static func name(in body: [UInt8], from start: Int) -> [UInt8] {
    Array(body[(start + 1)...].prefix { $0 != UInt8(ascii: "\"") })
  }

  /// The comma behind the member that begins at `start`, or the end.
  private static func endOfMember(in body: [UInt8], from start: Int) -> Int {
    var depth = 0
    var isInText = false
    var index = start
    while index < body.count {
      switch body[index] {
      case UInt8(ascii: "\\"): index += 1
      case UInt8(ascii: "\""): isInText.toggle()
      case _ where isInText: break
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      case UInt8(ascii: ",") where depth == 0: return index
      default: break
      }
      index += 1
    }
    return body.count
  }
}

extension EncodedEvent {
  /// This event told with the members of `projection` alone, beside its type and cursor.
  func told(with projection: Projection?) -> EncodedEvent {
    guard let projection else { return self }
    return EncodedEvent(self, body: projection.members(of: body))
  }
}
