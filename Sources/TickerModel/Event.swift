import TickerText

/// What an event is about; the raw value is what everybody reads in `type`.
public enum EventType: String, Sendable, Hashable, CaseIterable {
  case itemNew = "item.new"
  case itemUpdated = "item.updated"
  case itemWithdrawn = "item.withdrawn"
  case sourceGap = "source.gap"
  case sourceFailing = "source.failing"
  case sourceRecovered = "source.recovered"
  case endpointFailing = "endpoint.failing"
  case endpointRecovered = "endpoint.recovered"
  case endpointDisabled = "endpoint.disabled"
  /// The alarm drill.
  case test
  case sourceQuiet = "source.quiet"

  /// Item events carry tags, a level and a text to filter by.
  public var isItem: Bool { rawValue.hasPrefix("item.") }
}

/// An earlier announcement of the same item by another source, which lets a filter tell whether its sink heard it.
public struct Sighting: Sendable, Hashable {
  public let source: String
  public let tags: [String]
  public let level: Level

  public init(source: String, tags: [String], level: Level) {
    self.source = source
    self.tags = tags
    self.level = level
  }
}

/// What an event says, before it has a place in the log.
public struct Event: Sendable, Equatable {
  public let type: EventType
  public let at: Timestamp
  /// The source it is about; nil where it is about none.
  public let source: String?
  /// The headline or ticker line; for events that are not items a sentence.
  public let title: String
  /// Nil for events that are not items.
  public let item: ItemFacts?
  /// Nil for item events.
  public let condition: SourceCondition?
  /// For events about an endpoint, and for a drill of one endpoint.
  public let endpoint: EndpointCondition?

  public init(
    type: EventType, at: Timestamp, source: String?, title: String, item: ItemFacts?,
    condition: SourceCondition? = nil, endpoint: EndpointCondition? = nil
  ) {
    self.type = type
    self.at = at
    self.source = source
    self.title = title
    self.item = item
    self.condition = condition
    self.endpoint = endpoint
  }
}

extension Event {
  /// How urgent it is; nil for an event that is neither an item nor a drill.
  public var level: Level? { type == .test ? .flash : item?.level }
}

/// What an event about an endpoint says of it.
public struct EndpointCondition: Sendable, Equatable {
  public var endpoint: String
  public var reason: String?
  /// Since when it is so.
  public var since: Timestamp?

  public init(endpoint: String, reason: String? = nil, since: Timestamp? = nil) {
    self.endpoint = endpoint
    self.reason = reason
    self.since = since
  }
}

/// What an event about a source says of it.
public struct SourceCondition: Sendable, Equatable {
  public var stage: String
  public var `class`: String
  public var reason: String
  /// Since when it is so.
  public var since: Timestamp?
  /// The last successful poll before a gap.
  public var seenAfter: Timestamp?
  /// The lines after a gap.
  public var count: Int?

  public init(
    stage: String, class: String, reason: String, since: Timestamp? = nil, seenAfter: Timestamp? = nil,
    count: Int? = nil
  ) {
    self.stage = stage
    self.class = `class`
    self.reason = reason
    self.since = since
    self.seenAfter = seenAfter
    self.count = count
  }
}

/// What an item event says of its item.
public struct ItemFacts: Sendable, Equatable {
  /// `itm_` and 26 characters.
  public var id: String
  public var text: String?
  public var link: String?
  public var published: Timestamp?
  public var updated: Timestamp?
  public var seen: Timestamp
  /// The last successful poll without it.
  public var seenAfter: Timestamp?
  public var level: Level
  /// BCP 47 tag.
  public var language: String?
  public var tags: [String]
  public var attribution: Attribution?
  public var occurrence: Int
  public var revision: Int
  public var fingerprint: Fingerprint
  public var baseline: Bool
  /// The former title, for an update.
  public var previous: String?
  /// It had been withdrawn.
  public var restored = false
  /// Earlier announcements by other sources, oldest first.
  public var also: [Sighting]

  public init(
    id: String, text: String?, link: String?, published: Timestamp?, updated: Timestamp?, seen: Timestamp,
    seenAfter: Timestamp?, level: Level, language: String? = nil, tags: [String], attribution: Attribution? = nil,
    occurrence: Int, revision: Int, fingerprint: Fingerprint, baseline: Bool, previous: String? = nil,
    also: [Sighting] = []
  ) {
    self.id = id
    self.text = text
    self.link = link
    self.published = published
    self.updated = updated
    self.seen = seen
    self.seenAfter = seenAfter
    self.level = level
    self.language = language
    self.tags = tags
    self.attribution = attribution
    self.occurrence = occurrence
    self.revision = revision
    self.fingerprint = fingerprint
    self.baseline = baseline
    self.previous = previous
    self.also = also
  }

  /// A source's clock may be a day ahead (a time zone left out); what is later is no date of publication.
  private static let latestAhead = Duration.seconds(86_400)
  /// 1990-01-01: before it there was no web to publish on; such a date is a default of the source's software.
  private static let earliest = Timestamp(seconds: 631_152_000)

  /// Which of its dates, told as the source tells them, nobody should believe of an event recorded `at`.
  func doubtfulDates(at: Timestamp) -> [String] {
    [("published", published), ("updated", updated)].compactMap { name, date in
      guard let date, date < Self.earliest || date > at + Self.latestAhead else { return nil }
      return name
    }
  }
}

/// A row of the log, as the store keeps it and every sink reads it.
public struct LogRecord: Sendable, Equatable {
  public let sequence: Int64
  public let at: Timestamp
  /// `item.new`, `source.gap`, …; text, because an older program may read a newer log.
  public let type: String
  public let source: String?
  public let item: String?
  public let level: Level?
  public let tags: [String]
  public let also: [Sighting]
  /// The event's JSON members from `at` on, without braces, type and cursor; at most ``EventEncoding/longestBody`` bytes.
  public let body: [UInt8]

  public init(
    sequence: Int64, at: Timestamp, type: String, source: String?, item: String?, level: Level?, tags: [String],
    also: [Sighting], body: [UInt8]
  ) {
    self.sequence = sequence
    self.at = at
    self.type = type
    self.source = source
    self.item = item
    self.level = level
    self.tags = tags
    self.also = also
    self.body = body
  }

  /// The members in front of ``body``: `"type":"item.new","cursor":"E-S"`.
  public func head(epoch: String) -> [UInt8] {
    var head = JSONText(reserving: 64)
    head.member("type", type)
    head.member("cursor", Cursor(epoch: epoch, sequence: sequence).text)
    return head.bytes
  }

  /// The whole event as one JSON object, without a line feed.
  public func object(epoch: String) -> [UInt8] {
    var object: [UInt8] = [UInt8(ascii: "{")]
    object.reserveCapacity(body.count + 80)
    object += head(epoch: epoch)
    object.append(UInt8(ascii: ","))
    object += body
    object.append(UInt8(ascii: "}"))
    return object
  }
}
