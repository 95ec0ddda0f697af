import TickerText

/// What a sink needs of an event's body, read back. Pure; any thread.
public struct EventText: Sendable, Equatable {
  public let at: String
  public let title: String
  public private(set) var text: String?
  public private(set) var id: String?
  public private(set) var source: String?
  public private(set) var level: String?
  public private(set) var revision: Int?
  public private(set) var attribution: String?
  public private(set) var link: String?
  public private(set) var published: String?
  public private(set) var previous: String?
  public private(set) var tags: [String]?
  /// Of events about an endpoint, and of a drill of one endpoint.
  public private(set) var endpoint: String?

  /// The event whose body this is, as ``EventEncoding`` wrote it; nil when it is not one.
  public static func read(_ body: [UInt8]) -> EventText? {
    let members = JSONMembers(body)
    guard let at = members.first(where: { $0.name == "at" })?.string,
      let title = members.first(where: { $0.name == "title" })?.string
    else { return nil }
    var event = EventText(at: at, title: title)
    for member in members { event.take(member) }
    return event
  }

  private init(at: String, title: String) {
    self.at = at
    self.title = title
  }

  private mutating func take(_ member: JSONMembers.Member) {
    switch member.name {
    case "text": text = member.string
    case "id": id = member.string
    case "source": source = member.string
    case "level": level = member.string
    case "revision": revision = member.integer
    case "attribution": attribution = member.string
    case "link": link = member.string
    case "published": published = member.string
    case "previous": previous = member.string
    case "tags": tags = member.strings
    case "endpoint": endpoint = member.string
    default: break
    }
  }
}
