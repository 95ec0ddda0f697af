import CLinux
import TickerModel

/// The two clocks of the machine: wall time for what is recorded, monotonic time for what is waited for, so that a
/// clock that jumps re-orders nothing and stops no timer.
enum Clock {
  static var now: Timestamp { Timestamp(milliseconds: clinux_realtime() / 1_000_000) }
  /// Nanoseconds since some moment in the past.
  static var monotonic: Int64 { clinux_monotonic() }
}

extension Duration {
  /// Whole nanoseconds; durations of the configuration are far from the limit.
  var inNanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }
}
