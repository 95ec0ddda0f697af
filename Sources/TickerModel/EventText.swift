import FoundationEssentials

/// Reads back what a sink needs of an event's body. Pure; any thread.
public struct EventText: Decodable, Sendable, Equatable {
  public let at: String
  public let title: String
  public let text: String?
  public let id: String?
  public let source: String?
  public let level: String?
  public let revision: Int?
  public let attribution: String?
  public let link: String?
  public let published: String?
  public let previous: String?
  public let tags: [String]?
  /// Of events about an endpoint, and of a drill of one endpoint.
  public let endpoint: String?

  /// The event whose body this is; nil when it is not one.
  public static func read(_ body: [UInt8]) -> EventText? {
    try? JSONDecoder().decode(EventText.self, from: Data([UInt8(ascii: "{")] + body + [UInt8(ascii: "}")]))
  }
}
