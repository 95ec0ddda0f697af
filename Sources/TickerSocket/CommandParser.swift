import TickerModel
import TickerText

/// One command line to its meaning. Pure; any thread.
public enum CommandParser {
  /// What a line means, or its refusal; either with the command's `id` where that could be read. `line` has no line
  /// feed; its length is the caller's to bound.
  public static func parse(_ line: [UInt8]) -> (id: CommandID?, result: Result<Command, CommandFailure>) {
    do throws(CommandFailure) {
      // An array is no word either; the JSON reader says so.
      let isJSON = line.first == UInt8(ascii: "{") || line.first == UInt8(ascii: "[")
      var arguments = isJSON ? try Arguments.json(line) : try Arguments.words(line)
      let id = try takeID(from: &arguments)
      return (id, interpret(arguments).map { Command(id: id, operation: $0) })
    } catch {
      return (nil, .failure(error))
    }
  }

  /// A time as `-1h` or RFC 3339.
  public static func moment(_ text: String) -> SubscribeRequest.Moment? {
    if text.hasPrefix("-") { return Quantity.duration(String(text.dropFirst())).map { .ago($0) } }
    return Timestamp(rfc3339: text).map { .at($0) }
  }
}

extension CommandParser {
  /// Values within one key of a filter.
  private static let mostValues = 64
  /// Patterns are matched on the loop's thread.
  private static let mostPatterns = 4
  /// Bytes of a value; names and tags are at most 64.
  private static let longestValue = 256
  /// A shorter beat is traffic, a longer one no sign of life.
  private static let beats = Duration.seconds(1)...Duration.seconds(3600)
  private static let filterKeys: Set = ["source", "not_source", "tag", "type", "min_level", "text", "attribution"]
  private static let subscribeKeys: Set = [
    "after", "since", "last", "from", "until", "follow", "filter", "fields", "beat",
  ]

  private static func takeID(from arguments: inout Arguments) throws(CommandFailure) -> CommandID? {
    switch arguments.members.removeValue(forKey: "id") {
    case nil: return nil
    case .text(let text)?, .word(let text)?:
      guard text.utf8.count <= SocketProtocol.longestID else {
        throw CommandFailure(.badJSON, "\"id\" is longer than \(SocketProtocol.longestID) bytes")
      }
      return .text(text)
    case .number(let number)?: return .number(number)
    default: throw CommandFailure(.badJSON, "\"id\" is a text or a whole number")
    }
  }

  private static func interpret(_ arguments: Arguments) -> Result<Command.Operation, CommandFailure> {
    do throws(CommandFailure) { return .success(try operation(arguments)) } catch { return .failure(error) }
  }

  private static func operation(_ arguments: Arguments) throws(CommandFailure) -> Command.Operation {
    switch arguments.operation {
    case "sub": return .subscribe(try subscription(arguments.members))
    case "unsub": return .unsubscribe(try subscriptionNumber(arguments))
    case "ping": return try bare(.ping, arguments)
    case "help": return try bare(.help, arguments)
    case "status": return try bare(.act(.status), arguments)
    case "sources": return .act(.sources(after: try sourcesAfter(arguments)))
    case "reload": return try bare(.act(.reload), arguments)
    case "poll": return .act(.poll(try sourceName(arguments)))
    case "pause": return .act(.pause(try sourceName(arguments)))
    case "resume": return .act(.resume(try sourceName(arguments)))
    case "get": return .act(.get(try reference(arguments)))
    case "subscribers": return .subscribers(after: try subscribersAfter(arguments))
    default:
      if let command = try WebhookCommand.read(arguments) { return .act(.webhooks(command)) }
      throw CommandFailure(.unknownOperation, "no operation \"\(arguments.operation)\"; say: help")
    }
  }

  private static func bare(
    _ operation: Command.Operation, _ arguments: Arguments
  ) throws(CommandFailure) -> Command.Operation {
    try refuseUnknown(arguments.members, allowed: [], of: arguments.operation)
    return operation
  }

  private static func sourcesAfter(_ arguments: Arguments) throws(CommandFailure) -> String {
    try refuseUnknown(arguments.members, allowed: ["after"], of: arguments.operation)
    guard let after = arguments.members["after"] else { return "" }
    guard let name = after.text, name.utf8.count <= longestValue else {
      throw CommandFailure(.badJSON, "\"after\" is the name of the last source of the answer before")
    }
    return name
  }

  private static func subscribersAfter(_ arguments: Arguments) throws(CommandFailure) -> Int {
    try refuseUnknown(arguments.members, allowed: ["after"], of: arguments.operation)
    guard let after = arguments.members["after"] else { return 0 }
    guard let number = after.number, number >= 0 else {
      throw CommandFailure(.badJSON, "\"after\" is the number of the last subscriber of the answer before")
    }
    return number
  }

  private static func reference(_ arguments: Arguments) throws(CommandFailure) -> EventReference {
    try refuseUnknown(arguments.members, allowed: ["item", "cursor"], of: arguments.operation)
    switch (arguments.members["item"], arguments.members["cursor"]) {
    case (let item?, nil):
      guard let id = item.text, (1...longestValue).contains(id.utf8.count) else {
        throw CommandFailure(.badJSON, "\"item\" is an item's id, such as itm_0123456789ABCDEFGHJKMNPQRS")
      }
      return .item(id)
    case (nil, let value?): return .cursor(try cursor(value, of: "cursor"))
    default: throw CommandFailure(.badJSON, "get takes one of \"item\", an item's id, and \"cursor\"")
    }
  }

  private static func sourceName(_ arguments: Arguments) throws(CommandFailure) -> String {
    try refuseUnknown(arguments.members, allowed: ["source"], of: arguments.operation)
    guard let name = arguments.members["source"]?.text, name.utf8.count <= longestValue else {
      throw CommandFailure(.badJSON, "\"source\" is missing, for example: \(arguments.operation) bbc")
    }
    return name
  }

  private static func subscriptionNumber(_ arguments: Arguments) throws(CommandFailure) -> Int {
    try refuseUnknown(arguments.members, allowed: ["sub"], of: arguments.operation)
    guard let number = arguments.members["sub"]?.number else {
      throw CommandFailure(.badJSON, "\"sub\" is missing: the number that the answer to sub gave, for example: unsub 1")
    }
    return number
  }

  private static func refuseUnknown(
    _ members: [String: Arguments.Value], allowed: Set<String>, of operation: String
  ) throws(CommandFailure) {
    guard let unknown = members.keys.filter({ !allowed.contains($0) }).min() else { return }
    let known = allowed.isEmpty ? "takes only id" : "takes id, \(allowed.sorted().joined(separator: ", "))"
    throw CommandFailure(.badJSON, "\(operation) has no \"\(unknown)\"; it \(known)")
  }
}

// MARK: sub

extension CommandParser {
  private static func subscription(_ members: [String: Arguments.Value]) throws(CommandFailure) -> SubscribeRequest {
    // In words a filter's keys stand beside the others.
    let loose = members.filter { filterKeys.contains($0.key) }
    let own = members.filter { !filterKeys.contains($0.key) }
    try refuseUnknown(own, allowed: subscribeKeys, of: "sub")
    return SubscribeRequest(
      start: try start(own), until: try end(own), follow: try follow(own), filter: try filter(loose, own["filter"]),
      fields: try fields(own), beat: try beat(own))
  }

  private static func start(_ members: [String: Arguments.Value]) throws(CommandFailure) -> SubscribeRequest.Start {
    let given = ["after", "since", "last", "from"].filter { members[$0] != nil }
    guard given.count <= 1 else {
      throw CommandFailure(.badJSON, "only one of after, since, last, from; given are \(given.joined(separator: ", "))")
    }
    if let value = members["after"] { return .after(try cursor(value, of: "after")) }
    if let value = members["last"] {
      guard let count = value.number, count >= 0 else { throw CommandFailure(.badJSON, "\"last\" is a number from 0") }
      return .last(count)
    }
    if let value = members["since"] {
      guard let moment = value.text.flatMap(moment) else {
        throw CommandFailure(.badJSON, "\"since\" is a time like \"-1h\" or \"2026-11-23T14:00:00Z\"")
      }
      return .since(moment)
    }
    switch members["from"]?.text {
    case "head"?: return .head
    case "tail"?: return .tail
    case nil where members["from"] == nil: return .head
    default: throw CommandFailure(.badJSON, "\"from\" is \"head\" or \"tail\"")
    }
  }

  private static func cursor(_ value: Arguments.Value, of key: String) throws(CommandFailure) -> Cursor {
    guard let cursor = value.text.flatMap({ Cursor($0) }) else {
      throw CommandFailure(.badCursor, "\"\(key)\" is no cursor; one looks like k3f9q2-1234")
    }
    return cursor
  }

  /// A time has a sign or colons, a cursor neither.
  private static func end(_ members: [String: Arguments.Value]) throws(CommandFailure) -> SubscribeRequest.End? {
    guard let value = members["until"] else { return nil }
    if let moment = value.text.flatMap(moment) { return .time(moment) }
    return .cursor(try cursor(value, of: "until"))
  }

  private static func follow(_ members: [String: Arguments.Value]) throws(CommandFailure) -> Bool {
    guard let value = members["follow"] else { return true }
    guard let follow = value.boolean else { throw CommandFailure(.badJSON, "\"follow\" is true or false") }
    return follow
  }

  /// In words they may stand behind each other, as `fields=title,link`.
  private static func fields(_ members: [String: Arguments.Value]) throws(CommandFailure) -> [String] {
    guard let value = members["fields"] else { return [] }
    var names = value.texts ?? []
    if case .word(let word) = value { names = word.split(separator: ",").map(String.init) }
    let isName = { (name: String) in
      (1...SocketProtocol.longestField).contains(name.utf8.count)
        && name.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "_") }
    }
    guard !names.isEmpty, names.allSatisfy(isName) else {
      throw CommandFailure(.badJSON, "\"fields\" is a list of an event's keys, for example [\"title\",\"link\"]")
    }
    guard names.count <= SocketProtocol.mostFields else {
      throw CommandFailure(.filterLimit, "\"fields\" takes \(SocketProtocol.mostFields) names")
    }
    return names
  }

  /// Seconds.
  private static func beat(_ members: [String: Arguments.Value]) throws(CommandFailure) -> Duration? {
    guard let value = members["beat"] else { return nil }
    guard let seconds = value.number, beats.contains(.seconds(seconds)) else {
      throw CommandFailure(.badJSON, "\"beat\" is a number of seconds from 1 to 3600")
    }
    return .seconds(seconds)
  }

  private static func filter(
    _ loose: [String: Arguments.Value], _ object: Arguments.Value?
  ) throws(CommandFailure) -> Filter {
    var members = loose
    if let object {
      guard case .object(let inner) = object, loose.isEmpty else {
        throw CommandFailure(.badFilter, "\"filter\" is one object, for example {\"source\":[\"bbc\"]}")
      }
      members = inner
    }
    if let unknown = members.keys.filter({ !filterKeys.contains($0) }).min() {
      let known = filterKeys.sorted().joined(separator: ", ")
      throw CommandFailure(.badFilter, "a filter has no \"\(unknown)\"; it has \(known)")
    }
    return Filter(
      sources: try values("source", members), notSources: try values("not_source", members),
      tags: try values("tag", members), types: try values("type", members), minLevel: try level(members),
      texts: try patterns(members), attributions: try values("attribution", members))
  }

  private static func values(
    _ key: String, _ members: [String: Arguments.Value]
  ) throws(CommandFailure) -> [String] {
    guard let value = members[key] else { return [] }
    guard let texts = value.texts, !texts.isEmpty, !texts.contains("") else {
      throw CommandFailure(.badFilter, "\"\(key)\" is a text or a list of texts, none empty")
    }
    guard texts.count <= mostValues, texts.allSatisfy({ $0.utf8.count <= longestValue }) else {
      throw CommandFailure(.filterLimit, "\"\(key)\" takes \(mostValues) values of \(longestValue) bytes")
    }
    return texts
  }

  private static func level(_ members: [String: Arguments.Value]) throws(CommandFailure) -> Level? {
    let names = try values("min_level", members)
    let levels = names.compactMap { Level(rawValue: $0) }
    guard levels.count == names.count else {
      throw CommandFailure(.badFilter, "\"min_level\" is one of flash, bulletin, urgent, routine")
    }
    // Within a key any one value does, so the lowest decides.
    return levels.min()
  }

  private static func patterns(_ members: [String: Arguments.Value]) throws(CommandFailure) -> [Pattern] {
    let texts = try values("text", members)
    guard texts.count <= mostPatterns else {
      throw CommandFailure(.filterLimit, "\"text\" takes \(mostPatterns) patterns; join them with |")
    }
    var patterns: [Pattern] = []
    for text in texts {
      do throws(Pattern.Fault) { patterns.append(try Pattern(text)) } catch {
        throw CommandFailure(.badFilter, "\"text\" at byte \(error.offset): \(error.message)")
      }
    }
    return patterns
  }
}
