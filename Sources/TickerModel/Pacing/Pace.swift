import Glibc

/// What was learned of a source from its polls: how fast its window turns over, when it is busy, how long it is silent
/// at most, and from all this how long to wait for the next poll (DECISIONS 35). A value; every time comes from outside.
public struct Pace: Sendable, Equatable {
  /// What one successful poll found.
  public struct Finding: Sendable, Equatable {
    /// Lines or entries that no poll of this source had seen; none at the first.
    public var new: Int
    /// Lines or entries that stand there; nil where the document was not read again.
    public var visible: Int?
    /// Anything happened: something new, an update, a withdrawal.
    public var moved: Bool

    public init(new: Int, visible: Int?, moved: Bool) {
      self.new = new
      self.visible = visible
      self.moved = moved
    }

    /// 304, or the same bytes.
    public static let unchanged = Finding(new: 0, visible: nil, moved: false)
  }

  /// New items within the memory of ``memory``, and the seconds in which they came; both fade.
  private var items: Float = 0
  private var seconds: Float = 0
  /// Seconds that the last wish for an interval had.
  private(set) var interval = Float(Pace.firstInterval)
  /// Lines or entries of the last document; 0 before the first.
  public private(set) var visible = 0
  public private(set) var profile = WeekProfile()
  /// The running hour, what it brought so far, and whether it was watched from its beginning.
  private var hour: Int64 = 0
  private var hourItems: Float = 0
  private var hourIsWhole = false
  /// The first successful poll.
  public private(set) var since: Timestamp?
  /// When anything last happened, or the first successful poll.
  public private(set) var lastMove: Timestamp?
  /// The longest silence between two moves, in seconds; fades over ``gapMemory``.
  private(set) var longestGap: Float = 0
  /// The time between the last poll without, and the first with the newest item; nil before one came.
  public private(set) var delayBound: Duration?
  /// `source.quiet` was announced, and nothing has moved since.
  public var isQuiet = false

  public init() {}
}

// MARK: Learning

extension Pace {
  /// Takes in what a successful poll found.
  /// - Parameter elapsed: since the last successful poll by a clock that does not jump; nil at the first, and after a
  ///   pause that tells nothing (the daemon was down).
  public mutating func learn(_ finding: Finding, elapsed: Duration?, now: Timestamp) {
    if let visible = finding.visible { self.visible = visible }
    turn(to: now, watchedFor: elapsed)
    if let elapsed {
      let time = Float(max(elapsed.inSeconds, 0.001))
      let rest = exp(-time / Float(Self.memory))
      items = items * rest + Float(finding.new)
      seconds = seconds * rest + time
      hourItems += Float(finding.new)
      if finding.new > 0 { delayBound = .milliseconds(elapsed.inMilliseconds) }
    }
    if since == nil { since = now }
    guard finding.moved || lastMove == nil else { return }
    if let last = lastMove {
      let gap = Float(max(0, now.since(last).inSeconds))
      longestGap = max(longestGap * exp(-gap / Float(Self.gapMemory)), gap)
    }
    lastMove = now
    isQuiet = false
  }

  /// Closes the hours that are over.
  private mutating func turn(to now: Timestamp, watchedFor elapsed: Duration?) {
    let present = WeekProfile.number(of: now)
    guard present != hour else { return }
    // A clock that was set, a daemon that was down or a source polled every few hours says nothing of single hours.
    let isWatched = elapsed.map { $0 <= Self.longestLook } ?? false
    if isWatched, hourIsWhole, present > hour { profile.learn(hour: hour, items: Double(hourItems)) }
    if isWatched, present == hour + 2 { profile.learn(hour: hour + 1, items: 0) }
    hour = present
    hourItems = 0
    hourIsWhole = isWatched
  }

  /// New items a second, now: what the last hours brought, on top of what this hour of the week brought before.
  public func rate(at now: Timestamp) -> Double {
    let expected = profile.expected(hour: WeekProfile.hour(of: now)).map { $0 / 3600 }
    let weight = expected == nil ? Self.unknownWeight : Self.profileWeight
    return (Double(items) + (expected ?? Self.unknownRate) * weight) / (Double(seconds) + weight)
  }

  /// Items a day: by the profile once it knows a day, else by what came so far; nil before an hour has passed.
  public var itemsPerDay: Double? {
    let mean = profile.mean
    if mean.hours >= 24 { return mean.items * 24 }
    return seconds >= 3600 ? Double(items / seconds) * 86_400 : nil
  }
}

extension Pace {
  /// The wall clock was set: what happened then and then happened as long ago as before.
  public mutating func shift(by change: Duration) {
    since = since.map { $0 + change }
    lastMove = lastMove.map { $0 + change }
    // The running hour is another one, and was not watched whole.
    hourIsWhole = false
  }

  /// What was last decided, for a start.
  public var lastInterval: Duration { .seconds(min(Double(interval), Self.forever)) }
}

// MARK: Deciding

extension Pace {
  /// New items that a poll should find: at most 40 % of what stands there, so that none scrolls by unseen, and no more
  /// than one, so that none waits for the next.
  public var goal: Double { visible == 0 ? 1 : min(1, Self.share * Double(visible)) }

  /// The longest interval after which a poll finds at most 40 % of what stands there new.
  public func longestSafe(at now: Timestamp) -> Duration? {
    visible == 0 ? nil : .seconds(min(Self.share * Double(visible) / rate(at: now), Self.forever))
  }

  /// How long to wait between the starts of the last poll, which found `new` items in `elapsed`, and the next: shorter
  /// at once, longer by degrees, within `bounds`.
  public mutating func next(
    after finding: Finding, elapsed: Duration?, now: Timestamp, within bounds: ClosedRange<Duration>
  ) -> Duration {
    let shortest = bounds.lowerBound.inSeconds
    let longest = bounds.upperBound.inSeconds
    var wish = min(goal / rate(at: now), max(Double(interval), shortest) * Self.slower)
    if finding.new > 0, let elapsed { wish = min(wish, elapsed.inSeconds * goal / Double(finding.new)) }
    wish = min(max(wish, shortest), longest)
    interval = Float(wish)
    return .seconds(wish)
  }
}

// MARK: Silence

extension Pace {
  /// Whether `source.quiet` is to be announced after a successful poll that found nothing.
  public func isSilenceTelling(at now: Timestamp, _ rule: QuietAfter) -> Bool {
    guard !isQuiet, let lastMove else { return false }
    let silence = now.since(lastMove)
    switch rule {
    case .never: return false
    case .after(let duration): return silence >= duration
    case .auto:
      guard silence >= Self.shortestSilence, silence.inSeconds > Double(longestGap) * Self.beyondLongest else {
        return false
      }
      return missing(from: lastMove, to: now) >= improbable
    }
  }

  /// Missing items that tell: by Poisson's law so long a silence follows one item in e^this, hence one of all that the
  /// source brings in ten years, and never more than one in 20,000.
  var improbable: Double { max(Self.leastImprobable, log(profile.mean.items * Self.hoursOfTenYears)) }

  /// Items that should have come between two times by the profile; hours that it does not know bring none.
  public func missing(from start: Timestamp, to end: Timestamp) -> Double {
    guard profile.mean.hours >= Self.leastHours else { return 0 }
    let first = WeekProfile.number(of: start)
    let last = min(WeekProfile.number(of: end), first + Int64(WeekProfile.hours) * 8)
    guard first <= last else { return 0 }
    return (first...last).reduce(0) { sum, number in
      let from = max(start.milliseconds, number * 3_600_000)
      let to = min(end.milliseconds, (number + 1) * 3_600_000)
      let expected = profile.certain(hour: WeekProfile.hour(number: number)) ?? 0
      return sum + expected * Double(max(0, to - from)) / 3_600_000
    }
  }
}

// MARK: Constants

extension Pace {
  /// Seconds; before anything is known, an interval that is polite to any origin and finds out soon.
  static let firstInterval = 60.0
  /// Seconds until half of what was seen is forgotten, nearly: a press conference is over after two hours.
  static let memory = 7200.0
  /// Seconds for which the profile counts as if they had been watched just now.
  static let profileWeight = 3600.0
  /// A source of which nothing is known is taken for one that brings an item every quarter of an hour …
  static let unknownRate = 1.0 / 900
  /// … until it was watched for some minutes.
  static let unknownWeight = 600.0
  /// Of the window that may be new at a poll (SPEC §2): more, and a burst scrolls lines by unseen.
  static let share = 0.4
  /// A source that falls quiet is asked a quarter less often with every poll.
  static let slower = 1.25
  /// Seconds of a wait without end.
  static let forever = 365.0 * 86_400
  /// What was found after a longer look cannot be told from hour to hour.
  public static let longestLook = Duration.seconds(5400)
  /// Seconds until a long silence, of a holiday, is half forgotten, nearly.
  static let gapMemory = 14.0 * 86_400
  /// Nobody is alarmed by a quarter of an hour, however busy the source.
  static let shortestSilence = Duration.seconds(1800)
  /// News comes in flocks: the longest silence so far is no measure without some room.
  static let beyondLongest = 1.5
  /// Less is no measure: the profile is only an estimate.
  static let leastImprobable = 10.0
  static let hoursOfTenYears = 10.0 * 365.25 * 24
  /// A profile that knows less than a day knows nothing about nights.
  static let leastHours = 24
}

// MARK: Keeping

extension Pace {
  /// For the store; ``init(packed:)`` reads it.
  public var packed: [UInt8] {
    var bytes: [UInt8] = [Self.version]
    for value in [items, seconds, interval, hourItems, longestGap] { bytes.append(littleEndian: value.bitPattern) }
    bytes.append(littleEndian: UInt32(clamping: visible))
    for value in [hour, since?.milliseconds ?? .min, lastMove?.milliseconds ?? .min] {
      bytes.append(littleEndian: value)
    }
    bytes.append(littleEndian: delayBound?.inMilliseconds ?? -1)
    bytes.append((hourIsWhole ? 1 : 0) | (isQuiet ? 2 : 0))
    for value in profile.packed { bytes.append(littleEndian: value) }
    return bytes
  }

  /// What another run learned; nil for anything that is not of this version.
  public init?(packed bytes: [UInt8]) {
    var rest = bytes[...]
    guard rest.popFirst() == Self.version, bytes.count >= Self.fixedBytes else { return nil }
    let floats = (0..<5).map { _ in Float(bitPattern: rest.takeLittleEndian()) }
    guard floats.allSatisfy({ $0.isFinite && $0 >= 0 }) else { return nil }
    (items, seconds, interval, hourItems, longestGap) = (floats[0], floats[1], floats[2], floats[3], floats[4])
    visible = Int(rest.takeLittleEndian() as UInt32)
    hour = rest.takeLittleEndian()
    let times: [Int64] = (0..<2).map { _ in rest.takeLittleEndian() }
    let delay: Int64 = rest.takeLittleEndian()
    guard (0...Self.lastHour).contains(hour), delay <= Self.lastHour * 3_600_000,
      times.allSatisfy({ $0 == .min || (0...Self.lastHour * 3_600_000).contains($0) })
    else { return nil }
    (since, lastMove) = (Self.time(times[0]), Self.time(times[1]))
    delayBound = delay < 0 ? nil : .milliseconds(delay)
    let flags: UInt8 = rest.takeLittleEndian()
    (hourIsWhole, isQuiet) = (flags & 1 != 0, flags & 2 != 0)
    guard rest.count % 2 == 0 else { return nil }
    guard let profile = WeekProfile(packed: (0..<rest.count / 2).map { _ in rest.takeLittleEndian() }) else {
      return nil
    }
    self.profile = profile
  }

  private static let version: UInt8 = 1
  private static let fixedBytes = 1 + 5 * 4 + 4 + 3 * 8 + 8 + 1

  /// Of the year 9999; what is beyond is a damaged row.
  private static let lastHour: Int64 = 70_389_528

  private static func time(_ milliseconds: Int64) -> Timestamp? {
    milliseconds == .min ? nil : Timestamp(milliseconds: milliseconds)
  }
}

extension [UInt8] {
  fileprivate mutating func append(littleEndian value: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
  }
}

extension ArraySlice<UInt8> {
  /// Zero where too few are left.
  fileprivate mutating func takeLittleEndian<Value: FixedWidthInteger>() -> Value {
    let size = Value.bitWidth / 8
    defer { removeFirst(Swift.min(size, count)) }
    return prefix(size).reversed().reduce(0) { ($0 << 8) | Value(truncatingIfNeeded: $1) }
  }
}
