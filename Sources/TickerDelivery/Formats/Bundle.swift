import TickerModel
import TickerText

/// Several events in one message. Pure value.
public struct Bundle: Sendable {
  /// Why they are together; the raw value is the `type` of such a message.
  public enum Kind: String, Sendable {
    /// The operator's `batch`.
    case batch
    /// What piled up behind a service that takes no more: some are named, the rest is counted.
    case collapsed
    /// What a receiver missed while it was down.
    case digest
  }

  public let kind: Kind
  /// Oldest first; of a digest the newest alone.
  public let events: [DeliveredEvent]
  /// All that it stands for; as many as ``events``, or more.
  public let count: Int
  /// The cursors of the first and the last that it stands for.
  public let first: String
  public let last: String
  public let id: String

  /// `events` is not empty; `count` and `first` default to what is there.
  public init(_ kind: Kind, _ events: [DeliveredEvent], count: Int? = nil, first: String? = nil) {
    self.kind = kind
    self.events = events
    self.count = max(count ?? events.count, events.count)
    self.first = first ?? events.first?.cursor ?? ""
    last = events.last?.cursor ?? ""
    // Made of the members, so that the same batch has the same id on every attempt and machine.
    let members = events.map(\.id).joined(separator: " ") + " \(kind.rawValue) \(self.count)"
    id = "bat_" + BinaryText.crockford(Digest.sha256(Array(members.utf8)), characters: 26)
  }

  /// The most bytes of events in one batch; the rest of 64 KiB is for what stands around them.
  public static let mostBytes = 60 << 10

  var headlines: Headlines { Headlines(all: events.map { Headline($0) }, count: count) }
}

/// What a chat message about several events shows: lines, and how many more there are. Pure value.
struct Headlines: Sendable {
  /// Oldest first.
  let all: [Headline]
  let count: Int

  /// Lines of one message; a longer one is not read.
  static let mostLines = 10

  /// `12 news`.
  var title: String { "\(count) news" }
  /// The most urgent of them.
  var level: Level? { all.compactMap(\.level).max() }

  /// The newest of them, oldest first, as `line` writes them, in at most `limit` UTF-16 units together with a last line
  /// that tells how many are missing.
  func lines(_ limit: Int, _ line: (Headline) -> String) -> [String] {
    var left = limit - "… and 1000000 more".utf16.count
    var lines: [String] = []
    for headline in all.reversed().prefix(Self.mostLines) {
      let text = line(headline)
      left -= text.utf16.count + 1
      guard left >= 0 else { break }
      lines.append(text)
    }
    let missing = count - lines.count
    return lines.reversed() + (missing > 0 ? ["… and \(missing) more"] : [])
  }
}
