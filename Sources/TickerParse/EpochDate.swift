import TickerModel

/// Dates that are written as numbers. Pure.
enum EpochDate {
  /// Numbers too small for milliseconds of this era (before April 1973) are seconds, which then reach to the year 5138;
  /// larger ones are milliseconds, microseconds or nanoseconds by their size.
  static func timestamp(_ number: Double) -> Timestamp? {
    let size = number.magnitude
    guard size.isFinite, size >= smallest else { return nil }
    let milliseconds =
      switch size {
      case ..<1e11: number * 1000
      case ..<1e14: number
      case ..<1e17: number / 1000
      default: number / 1_000_000
      }
    guard milliseconds.magnitude < latest else { return nil }
    return Timestamp(milliseconds: Int64(milliseconds.rounded()))
  }

  /// A number below is a year, a count or a compact date, not seconds (this is in 1973).
  private static let smallest = 1e8
  /// Milliseconds at the end of the year 9999.
  private static let latest = 253_402_300_800_000.0
}
