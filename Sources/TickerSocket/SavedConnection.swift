import FoundationEssentials
import TickerModel
import TickerText

/// All that a connection needs to go on in another process. Pure value.
public struct SavedConnection: Sendable {
  /// Under which the service manager keeps the descriptor.
  public let name: String
  let isLive: Bool
  let epoch: String
  let lastSubscription: Int
  /// The beginning of a command.
  let input: [UInt8]
  /// The rest of a line that was cut, and answers that wait.
  let unsent: [UInt8]
  let subscriptions: [SavedSubscription]

  /// As it is recorded; a JSON object.
  public var bytes: [UInt8] {
    var json = JSONText()
    json.member("version", Self.version)
    json.member("live", isLive)
    json.member("epoch", epoch)
    json.member("last", lastSubscription)
    if !input.isEmpty { json.member("input", BinaryText.base64(input)) }
    if !unsent.isEmpty { json.member("unsent", BinaryText.base64(unsent)) }
    json.member("subs", objects: subscriptions.map(\.json))
    return json.object
  }

  /// Grows when an older program could misread what a newer one wrote.
  private static let version = 1
}

/// A subscription as the command that would make it where it stands, and what no command says. Pure value.
struct SavedSubscription: Sendable {
  let number: Int
  let request: SubscribeRequest
  let since: Timestamp?
  let headAtStart: Int64
  let limit: Int64
  let isLive: Bool
  let beginsAtTail: Bool
  /// Nanoseconds.
  let beat: Int64?
  /// Its place was still being looked for: the last so many events up to its position.
  let locating: Int?

  fileprivate var json: JSONText {
    var json = JSONText()
    json.member("n", number)
    json.member("command", String(decoding: request.line(), as: UTF8.self))
    if let since { json.member("since", Int(since.milliseconds)) }
    json.member("head", Int(headAtStart))
    json.member("limit", Int(limit))
    json.member("live", isLive)
    json.member("tail", beginsAtTail)
    if let beat { json.member("beat", Int(beat)) }
    if let locating { json.member("locating", locating) }
    return json
  }
}

extension SavedConnection {
  /// Reads ``bytes``; nil when it was written by a program that this one does not understand.
  init?(name: String, _ bytes: [UInt8]) {
    guard let stored = try? JSONDecoder().decode(Stored.self, from: Data(bytes)), stored.version == Self.version,
      let input = BinaryText.bytes(base64: stored.input ?? ""),
      let unsent = BinaryText.bytes(base64: stored.unsent ?? "")
    else { return nil }
    let subscriptions = stored.subs.compactMap(\.subscription)
    guard subscriptions.count == stored.subs.count else { return nil }
    self.init(
      name: name, isLive: stored.live, epoch: stored.epoch, lastSubscription: stored.last, input: input, unsent: unsent,
      subscriptions: subscriptions)
  }

  private struct Stored: Decodable {
    let version: Int
    let live: Bool
    let epoch: String
    let last: Int
    let input: String?
    let unsent: String?
    let subs: [StoredSubscription]
  }

  private struct StoredSubscription: Decodable {
    let n: Int
    let command: String
    let since: Int64?
    let head: Int64
    let limit: Int64
    let live: Bool
    let tail: Bool
    let beat: Int64?
    let locating: Int?

    var subscription: SavedSubscription? {
      guard case .success(let command) = CommandParser.parse(Array(command.utf8)).result,
        case .subscribe(let request) = command.operation
      else { return nil }
      return SavedSubscription(
        number: n, request: request, since: since.map { Timestamp(milliseconds: $0) }, headAtStart: head, limit: limit,
        isLive: live, beginsAtTail: tail, beat: beat, locating: locating)
    }
  }
}
