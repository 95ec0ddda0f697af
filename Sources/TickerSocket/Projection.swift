import TickerModel
import TickerText

/// The members of an event that a subscription asked for (`fields`), in the event's own order. Pure value.
struct Projection: Sendable, Hashable {
  /// As they were asked for.
  let fields: [String]
  private let names: Set<String>

  /// Nil when all members are wanted.
  init?(_ fields: [String]) {
    guard !fields.isEmpty else { return nil }
    self.fields = fields
    names = Set(fields)
  }

  /// The wanted ones of `members`, which are an event's body: JSON members without braces, written by this program.
  func members(of body: [UInt8]) -> [UInt8] {
    var kept: [UInt8] = []
    for member in JSONMembers(body) where names.contains(member.name) {
      if !kept.isEmpty { kept.append(UInt8(ascii: ",")) }
      kept += body[member.range]
    }
    return kept
  }
}

extension EncodedEvent {
  /// This event told with the members of `projection` alone, beside its type and cursor.
  func told(with projection: Projection?) -> EncodedEvent {
    guard let projection else { return self }
    return EncodedEvent(self, body: projection.members(of: body))
  }
}
