/// How many new items a source brings in each hour of the week (UTC), learned over the weeks. A value of some 350 bytes
/// once it has learned anything; none before.
public struct WeekProfile: Sendable, Equatable {
  public static let hours = 168
  /// A hour that was never watched from its beginning to its end.
  private static let unknown = UInt16.max
  /// Items an hour in steps of a 32nd, up to 2047: the daily rhythm of anything that people write.
  private static let steps = 32.0
  /// An hour counts for a quarter of what is known about it: four weeks outweigh everything before.
  private static let weight = 0.25

  /// Empty, or one value for each hour.
  private var values: [UInt16]

  public init() { values = [] }

  /// From ``packed``; nil for anything else.
  init?(packed values: [UInt16]) {
    guard values.isEmpty || values.count == Self.hours else { return nil }
    self.values = values
  }

  /// Empty, or ``hours`` numbers.
  var packed: [UInt16] { values }

  /// The hour of the week (0 is Monday 0:00 UTC) in which `time` lies.
  public static func hour(of time: Timestamp) -> Int { hour(number: number(of: time)) }

  /// Hours since 1970-01-01T00:00:00Z, rounded down.
  static func number(of time: Timestamp) -> Int64 {
    let length: Int64 = 3_600_000
    return (time.milliseconds - (time.milliseconds % length + length) % length) / length
  }

  /// 1970 began on a Thursday.
  static func hour(number: Int64) -> Int { Int(((number + 72) % 168 + 168) % 168) }

  /// The hour `number` is over and brought `items`.
  mutating func learn(hour number: Int64, items: Double) {
    if values.isEmpty { values = [UInt16](repeating: Self.unknown, count: Self.hours) }
    let hour = Self.hour(number: number)
    let known = values[hour] == Self.unknown ? items : Double(values[hour]) / Self.steps
    let blended = known + (items - known) * Self.weight
    values[hour] = UInt16(min(blended * Self.steps, Double(Self.unknown - 1)).rounded())
  }

  /// Items an hour in this hour of the week and those beside it, as far as they are known; nil where this one is not.
  public func expected(hour: Int) -> Double? {
    guard let here = known(hour) else { return nil }
    let before = known((hour + Self.hours - 1) % Self.hours) ?? here
    let after = known((hour + 1) % Self.hours) ?? here
    return (before + 2 * here + after) / 4
  }

  /// The least that can be expected of this hour: what the week says or, before a week is over, the poorest same hour
  /// of another day; nil where none is known.
  func certain(hour: Int) -> Double? {
    if let expected = expected(hour: hour) { return expected }
    return stride(from: hour % 24, to: Self.hours, by: 24).compactMap(known).min()
  }

  /// Items an hour over all hours that are known, and how many these are.
  public var mean: (items: Double, hours: Int) {
    let known = values.lazy.filter { $0 != Self.unknown }
    let count = known.count
    guard count > 0 else { return (0, 0) }
    return (known.reduce(0) { $0 + Double($1) } / Self.steps / Double(count), count)
  }

  private func known(_ hour: Int) -> Double? {
    guard !values.isEmpty, values[hour] != Self.unknown else { return nil }
    return Double(values[hour]) / Self.steps
  }
}
