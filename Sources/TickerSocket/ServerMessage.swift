import FoundationEssentials
public import TickerModel

/// A line from `tickerd.sock`, as a client reads it. Pure value.
public enum ServerMessage: Sendable, Equatable {
  case hello(ServerHello)
  /// A command was done; `sub` is the number of a new subscription. `line` is the whole answer.
  case ok(id: String?, sub: Int?, line: [UInt8])
  case failure(id: String?, CommandFailure)
  /// `object` is the event alone (SPEC §3.4), one JSON object without a line feed.
  case item(sub: Int, Cursor, object: [UInt8])
  /// All that was there at the subscription has been sent.
  case live(sub: Int, Cursor)
  case end(sub: Int, Cursor)
  /// Nothing for a while; everything up to the cursor was looked at.
  case beat(sub: Int, Cursor)
  /// Retention took events away before they were sent.
  case gap(sub: Int, to: Cursor, lost: Int)
  case bye(code: String, retry: Duration)
  /// `pong`, `lag` and whatever a newer server says.
  case other(line: [UInt8])

  /// Reads one line, without its line feed; nil when it is not of this protocol.
  public init?(_ line: [UInt8]) {
    if let item = Self.item(line) {
      self = item
      return
    }
    guard let envelope = try? JSONDecoder().decode(Envelope.self, from: Data(line)),
      let message = Self.message(envelope, line)
    else { return nil }
    self = message
  }
}

/// How a server introduces itself. Pure value.
public struct ServerHello: Sendable, Equatable {
  /// `tickerd/VERSION`.
  public let server: String
  /// Of its log.
  public let epoch: String
  /// The newest event.
  public let head: Cursor
  /// The position before the oldest event.
  public let tail: Cursor
  /// The longest silence of a living subscription.
  public let beat: Duration
}

extension ServerMessage {
  private struct Envelope: Decodable {
    let t: String
    let sub: Int?
    let cursor: String?
    let code: String?
    let msg: String?
    let to: String?
    let lost: Int?
    let retry_ms: Int?
    let proto: Int?
    let server: String?
    let epoch: String?
    let head: String?
    let tail: String?
    let beat: Int?
    let id: ID?

    var position: Cursor? { cursor.flatMap { Cursor($0) } }
  }

  /// A text or a number.
  private struct ID: Decodable {
    let text: String

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      text = try (try? container.decode(String.self)) ?? String(container.decode(Int.self))
    }
  }

  private static func message(_ envelope: Envelope, _ line: [UInt8]) -> ServerMessage? {
    let position = envelope.sub.flatMap { sub in envelope.position.map { (sub, $0) } }
    switch envelope.t {
    case "hello": return hello(envelope)
    case "ok": return .ok(id: envelope.id?.text, sub: envelope.sub, line: line)
    case "err":
      let code = envelope.code.flatMap(ErrorCode.init) ?? .failed
      return .failure(id: envelope.id?.text, CommandFailure(code, envelope.msg ?? code.rawValue))
    case "live": return position.map { .live(sub: $0, $1) }
    case "end": return position.map { .end(sub: $0, $1) }
    case "beat": return position.map { .beat(sub: $0, $1) }
    case "gap":
      guard let sub = envelope.sub, let to = envelope.to.flatMap({ Cursor($0) }) else { return nil }
      return .gap(sub: sub, to: to, lost: envelope.lost ?? 0)
    case "bye": return .bye(code: envelope.code ?? "", retry: .milliseconds(max(0, envelope.retry_ms ?? 1000)))
    case "item": return nil
    default: return .other(line: line)
    }
  }

  private static func hello(_ envelope: Envelope) -> ServerMessage? {
    guard envelope.proto == SocketProtocol.version, let server = envelope.server, let epoch = envelope.epoch,
      let head = envelope.head.flatMap({ Cursor($0) }), let tail = envelope.tail.flatMap({ Cursor($0) }),
      let beat = envelope.beat
    else { return nil }
    return .hello(ServerHello(server: server, epoch: epoch, head: head, tail: tail, beat: .seconds(beat)))
  }

  /// Item lines are nearly all there is, and their beginning is always written the same way, so they are read
  /// without a JSON decoder: `{"t":"item","sub":1,"type":"item.new","cursor":"E-S",…`.
  private static func item(_ line: [UInt8]) -> ServerMessage? {
    var rest = line[...]
    guard take(#"{"t":"item","sub":"#, from: &rest), let sub = Int(text(until: ",", of: &rest)) else { return nil }
    let members = rest
    guard take(#""type":""#, from: &rest) else { return nil }
    _ = text(until: "\"", of: &rest)
    guard take(#","cursor":""#, from: &rest), let cursor = Cursor(text(until: "\"", of: &rest)) else { return nil }
    return .item(sub: sub, cursor, object: [UInt8(ascii: "{")] + members)
  }

  private static func take(_ prefix: StaticString, from rest: inout ArraySlice<UInt8>) -> Bool {
    let found = prefix.withUTF8Buffer { rest.starts(with: $0) }
    if found { rest = rest.dropFirst(prefix.utf8CodeUnitCount) }
    return found
  }

  /// What stands before `end`, which is dropped too; everything when it does not occur.
  private static func text(until end: Unicode.Scalar, of rest: inout ArraySlice<UInt8>) -> String {
    let text = rest.prefix { $0 != UInt8(ascii: end) }
    rest = rest.dropFirst(text.count + 1)
    return String(decoding: text, as: UTF8.self)
  }
}
