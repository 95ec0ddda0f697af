import TickerText

/// An event as the JSON that everybody gets (SPEC §3.4), encoded once. Pure.
public enum EventEncoding {
  /// Bytes of a title.
  public static let longestTitle = 4 << 10
  /// Bytes of a feed's text.
  public static let longestText = 32 << 10
  public static let longestLink = 2 << 10
  /// Bytes of a speaker's name; a longer one is a sentence.
  public static let longestAttribution = 256
  public static let mostTags = 32
  public static let longestTag = 64
  /// A line of the sockets is at most 64 KiB; the rest is room for a sink's own members.
  public static let longestBody = (64 << 10) - 1024
  /// Earlier announcements named in an event; a story that more sources than this brought is known to everybody.
  public static let mostSightings = 16

  /// The body of `event` with its bounds applied, and the tags as they stand in it.
  public static func body(of event: Event) -> [UInt8] {
    var longest = longestText
    while true {
      let body = encode(event, longestText: longest)
      // Escapes can make a text six times as long; halving ends soon, and a text that needs it is no prose.
      if body.count <= longestBody || longest == 0 { return body }
      longest /= 2
    }
  }

  /// Whether something of `event` is longer than its bound, and is cut where it is told.
  public static func exceedsBounds(_ event: Event) -> Bool {
    guard event.title.utf8.count <= longestTitle, let item = event.item else {
      return event.title.utf8.count > longestTitle
    }
    return item.text.map { $0.utf8.count > longestText } ?? false
      || item.link.map { $0.utf8.count > longestLink } ?? false
  }

  /// `text` cut to at most `limit` bytes of UTF-8 at the start of a character (grapheme cluster).
  public static func cut(_ text: String, to limit: Int) -> String {
    guard text.utf8.count > limit else { return text }
    var bytes = 0
    return String(
      text.prefix { character in
        bytes += character.utf8.count
        return bytes <= limit
      })
  }

  /// Tags within their bounds: at most ``mostTags`` of at most ``longestTag`` bytes.
  public static func bounded(_ tags: [String]) -> [String] { tags.prefix(mostTags).map { cut($0, to: longestTag) } }
}

extension EventEncoding {
  private static func encode(_ event: Event, longestText: Int) -> [UInt8] {
    var body = JSONText(reserving: 512)
    var truncated: [String] = []
    func bounded(_ name: String, _ text: String?, _ limit: Int) -> String? {
      guard let text, text.utf8.count > limit else { return text }
      if !truncated.contains(name) { truncated.append(name) }
      return cut(text, to: limit)
    }
    body.member("at", event.at.text)
    body.member("title", bounded("title", event.title, longestTitle))
    if let item = event.item {
      body.member("id", item.id)
      body.member("source", event.source)
      body.member("text", bounded("text", item.text, longestText))
      body.member("link", bounded("link", item.link, longestLink))
      body.member("published", item.published?.text)
      body.member("updated", item.updated?.text)
      let doubtful = item.doubtfulDates(at: event.at)
      if !doubtful.isEmpty { body.member("doubtful", doubtful) }
      body.member("seen", item.seen.text)
      body.member("seen_after", item.seenAfter?.text)
      body.member("level", item.level.rawValue)
      body.member("lang", item.language)
      body.member("urgency", item.level.urgency)
      body.member("tags", Self.bounded(item.tags))
      if Self.bounded(item.tags) != item.tags { truncated.append("tags") }
      body.member("attribution", bounded("attribution", item.attribution?.name, longestAttribution))
      body.member("via", bounded("via", item.attribution?.via, longestAttribution))
      body.member("cited", bounded("cited", item.attribution?.cited, longestAttribution))
      body.member("occurrence", item.occurrence)
      body.member("revision", item.revision)
      body.member("hash", item.fingerprint.text)
      body.member("baseline", item.baseline)
      body.member("previous", bounded("previous", item.previous, longestTitle))
      if !item.also.isEmpty { body.member("also", objects: item.also.prefix(mostSightings).map(encode)) }
      if item.restored { body.member("restored", true) }
    } else {
      body.member("source", event.source)
    }
    if let condition = event.condition { encode(condition, into: &body) }
    if event.type == .test { body.member("level", Level.flash.rawValue) }
    if let endpoint = event.endpoint {
      body.member("endpoint", endpoint.endpoint)
      body.member("reason", endpoint.reason.map { cut($0, to: longestTitle) })
      body.member("since", endpoint.since?.text)
    }
    if !truncated.isEmpty { body.member("truncated", truncated) }
    return body.bytes
  }

  private static func encode(_ condition: SourceCondition, into body: inout JSONText) {
    body.member("stage", condition.stage)
    body.member("class", condition.class)
    body.member("reason", cut(condition.reason, to: longestTitle))
    body.member("since", condition.since?.text)
    body.member("seen_after", condition.seenAfter?.text)
    if let count = condition.count { body.member("count", count) }
  }

  private static func encode(_ sighting: Sighting) -> JSONText {
    var text = JSONText(reserving: 64)
    text.member("source", sighting.source)
    text.member("tags", bounded(sighting.tags))
    text.member("level", sighting.level.rawValue)
    return text
  }
}
