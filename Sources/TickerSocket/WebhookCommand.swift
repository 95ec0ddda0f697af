public import TickerModel

/// What a command asks about webhooks. Pure value.
public enum WebhookCommand: Sendable, Equatable {
  /// A row of a list of deliveries: the last of the answer before.
  public struct Place: Sendable, Equatable {
    public let endpoint: String
    public let sequence: Int64
  }

  /// Those whose names come after this one, as many as fit into a line.
  case endpoints(after: String)
  /// Deliveries that wait for another attempt, or dead letters, behind a place.
  case deliveries(dead: Bool, endpoint: String?, after: Place?)
  /// A dead letter whole, by its webhook-id.
  case showDead(String, endpoint: String?)
  case replayDead(String, endpoint: String?)
  /// Those with this webhook-id, of this endpoint; nil stands for all.
  case purgeDead(String?, endpoint: String?)
  /// Both ends included; so many a second.
  case replay(String, from: Cursor, to: Cursor, rate: Int?)
  case enable(String)
  case disable(String)
  /// The alarm drill.
  case test(String?, endpoint: String?)

  /// Whether it needs root or the daemon's own user.
  public var changesSomething: Bool {
    switch self {
    case .endpoints, .deliveries, .showDead: false
    case .replayDead, .purgeDead, .replay, .enable, .disable, .test: true
    }
  }

  /// The first word of the command.
  public var operation: String {
    switch self {
    case .endpoints: "endpoints"
    case .deliveries(let dead, _, _): dead ? "dead" : "deliveries"
    case .showDead: "dead_show"
    case .replayDead: "dead_replay"
    case .purgeDead: "dead_purge"
    case .replay: "replay"
    case .enable: "enable"
    case .disable: "disable"
    case .test: "test"
    }
  }

  /// Bytes of a name or an id; the longest webhook-id is made of a type, a source's name, an epoch and a sequence.
  static let longestName = 256
  /// Bytes of the text of a drill.
  static let longestText = 4096
  /// More a second is no rate.
  static let rates = 1...100_000
}

extension WebhookCommand {
  /// What each operation takes.
  private static let members: [String: Set<String>] = [
    "endpoints": ["after"], "deliveries": ["endpoint", "after"], "dead": ["endpoint", "after"],
    "dead_show": ["message", "endpoint"], "dead_replay": ["message", "endpoint"],
    "dead_purge": ["message", "endpoint"], "replay": ["endpoint", "from", "to", "rate"], "enable": ["endpoint"],
    "disable": ["endpoint"], "test": ["text", "endpoint"],
  ]

  /// What `arguments` mean; nil where they are about something else than webhooks.
  static func read(_ arguments: Arguments) throws(CommandFailure) -> WebhookCommand? {
    guard let allowed = members[arguments.operation] else { return nil }
    if let unknown = arguments.members.keys.filter({ !allowed.contains($0) }).min() {
      let known = allowed.sorted().joined(separator: ", ")
      throw CommandFailure(.badJSON, "\(arguments.operation) has no \"\(unknown)\"; it takes id, \(known)")
    }
    let endpoint = try text("endpoint", arguments)
    switch arguments.operation {
    case "endpoints": return .endpoints(after: try text("after", arguments) ?? "")
    case "deliveries", "dead":
      return .deliveries(dead: arguments.operation == "dead", endpoint: endpoint, after: try place(arguments))
    case "dead_show": return .showDead(try needed("message", arguments), endpoint: endpoint)
    case "dead_replay": return .replayDead(try needed("message", arguments), endpoint: endpoint)
    case "dead_purge": return .purgeDead(try text("message", arguments), endpoint: endpoint)
    case "replay":
      return .replay(
        try needed("endpoint", arguments), from: try cursor("from", arguments), to: try cursor("to", arguments),
        rate: try rate(arguments))
    case "enable": return .enable(try needed("endpoint", arguments))
    case "disable": return .disable(try needed("endpoint", arguments))
    default: return .test(try text("text", arguments, longest: longestText), endpoint: endpoint)
    }
  }

  private static func text(
    _ key: String, _ arguments: Arguments, longest: Int = longestName
  ) throws(CommandFailure) -> String? {
    guard let value = arguments.members[key] else { return nil }
    guard let text = value.text, text.utf8.count <= longest else {
      throw CommandFailure(.badJSON, "\"\(key)\" is a text of at most \(longest) bytes")
    }
    return text
  }

  private static func needed(_ key: String, _ arguments: Arguments) throws(CommandFailure) -> String {
    guard let text = try text(key, arguments) else {
      throw CommandFailure(.badJSON, "\"\(key)\" is missing, for example: \(arguments.operation) \(key)=…")
    }
    return text
  }

  private static func cursor(_ key: String, _ arguments: Arguments) throws(CommandFailure) -> Cursor {
    guard let cursor = Cursor(try needed(key, arguments)) else {
      throw CommandFailure(.badCursor, "\"\(key)\" is no cursor; one looks like k3f9q2-1234")
    }
    return cursor
  }

  private static func rate(_ arguments: Arguments) throws(CommandFailure) -> Int? {
    guard let value = arguments.members["rate"] else { return nil }
    guard let rate = value.number, rates.contains(rate) else {
      throw CommandFailure(.badJSON, "\"rate\" is a number of events a second from \(rates.lowerBound)")
    }
    return rate
  }

  /// Written `NAME/SEQUENCE`; no name holds a slash.
  private static func place(_ arguments: Arguments) throws(CommandFailure) -> Place? {
    guard let text = try text("after", arguments) else { return nil }
    let parts = text.split(separator: "/")
    guard parts.count == 2, let sequence = Int64(parts[1]) else {
      throw CommandFailure(.badJSON, "\"after\" is the place of the last row of the answer before")
    }
    return Place(endpoint: String(parts[0]), sequence: sequence)
  }
}
