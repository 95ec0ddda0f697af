import TickerModel

/// Wall time that goes as the monotonic clock does, and follows a clock that was set only when that is noticed: a jump is
/// no silence of a source, and no burst.
struct SteadyClock {
  /// A difference that no adjustment of a running clock makes.
  private static let jump = Duration.seconds(60)
  /// Wall time at monotonic zero, in nanoseconds.
  private var base = SteadyClock.presentBase

  private static var presentBase: Int64 { Clock.now.milliseconds * 1_000_000 - Clock.monotonic }

  /// Wall time at a monotonic time.
  func now(at monotonic: Int64) -> Timestamp { Timestamp(milliseconds: (base + monotonic) / 1_000_000) }

  /// How far the wall clock was set since the last look; nil where it was not. From then on its time counts.
  mutating func follow() -> Duration? {
    let present = Self.presentBase
    let change = Duration.nanoseconds(present - base)
    guard abs(change.inSeconds) > Self.jump.inSeconds else { return nil }
    base = present
    return change
  }
}
