/// What a feed says about when to come again: RSS `ttl`, `skipHours`, `skipDays` (https://www.rssboard.org/rss-specification)
/// and `sy:updatePeriod`, `sy:updateFrequency` (https://web.resource.org/rss/1.0/modules/syndication/). A pure value.
public struct FeedHints: Sendable, Hashable {
  /// How long the document may be kept.
  public var ttl: Duration?
  /// Between two updates.
  public var updates: Duration?
  /// A bit for each hour of the day (UTC) in which nothing comes; never all of them.
  public private(set) var skippedHours: UInt32 = 0
  /// A bit for each day of the week (Monday is bit 0) on which nothing comes; never all of them.
  public private(set) var skippedDays: UInt8 = 0

  /// Longer than a month is a mistake.
  private static let longest = Duration.seconds(31 * 86_400)
  private static let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
  private static let periods: [String: Double] = [
    "hourly": 3600, "daily": 86_400, "weekly": 7 * 86_400, "monthly": 30 * 86_400, "yearly": 365 * 86_400,
  ]

  public init() {}

  public var isEmpty: Bool { self == FeedHints() }

  /// Takes the text of `ttl`, in minutes; what is no such number says nothing.
  public mutating func take(ttl text: String) {
    guard let minutes = Int(text), (1...44_640).contains(minutes) else { return }
    ttl = .seconds(minutes * 60)
  }

  /// Takes an `hour` of `skipHours`, 0 to 23; some write 24 for midnight.
  public mutating func take(skippedHour text: String) {
    guard let hour = Int(text), (0...24).contains(hour) else { return }
    let all = skippedHours | 1 << UInt32(hour % 24)
    if all != 0xFF_FFFF { skippedHours = all }
  }

  /// Takes a `day` of `skipDays`, in English.
  public mutating func take(skippedDay text: String) {
    guard let day = Self.days.firstIndex(of: text.lowercased()) else { return }
    let all = skippedDays | 1 << UInt8(day)
    if all != 0x7F { skippedDays = all }
  }

  /// Takes `sy:updatePeriod` and `sy:updateFrequency`, which is 1 where it is absent.
  public mutating func take(updatePeriod: String?, frequency: String?) {
    guard let updatePeriod, let period = Self.periods[updatePeriod.lowercased()] else { return }
    let times = max(1, frequency.flatMap(Int.init) ?? 1)
    updates = min(.seconds(period / Double(times)), Self.longest)
  }

  /// How long it asks to wait; nil where it does not.
  public var wait: Duration? { [ttl, updates].compactMap { $0 }.max() }

  /// The end of the hours and days in which nothing comes; nil when `now` is none of them.
  public func silentUntil(from now: Timestamp) -> Timestamp? {
    guard skippedHours != 0 || skippedDays != 0 else { return nil }
    let number = WeekProfile.number(of: now)
    let next = (0...Int64(WeekProfile.hours)).first { !isSkipped(WeekProfile.hour(number: number + $0)) } ?? 0
    return next == 0 ? nil : Timestamp(milliseconds: (number + next) * 3_600_000)
  }

  private func isSkipped(_ hour: Int) -> Bool {
    skippedHours & 1 << UInt32(hour % 24) != 0 || skippedDays & 1 << UInt8(hour / 24) != 0
  }
}
