import Glibc

/// When a source is polled next, from its interval and its place among the others. Pure; times are nanoseconds of a
/// monotonic clock.
public enum Due {
  /// An explicit interval is stretched or shortened by so much at most to bring a source to its place (SPEC §7 allows
  /// 5 %): after some thirty polls all of one interval are spread over it, whatever started them together.
  static let drift = 0.02
  /// An adaptive interval is varied by so much, so that sources that were asked together are not for long.
  static let jitter = 0.05

  /// A source's place, 0 up to 1, the same at every start: FNV-1a of its name
  /// (http://www.isthe.com/chongo/tech/comp/fnv/), its bits mixed once more, for names that differ in one digit.
  public static func place(of name: String) -> Double {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    hash = (hash ^ hash >> 33) &* 0xff51_afd7_ed55_8ccd
    hash ^= hash >> 33
    return Double(hash >> 11) * 0x1p-53
  }

  /// The next poll of a source with an explicit interval, after one that was due at `due`. What is over is left out: a
  /// poll that took three intervals is followed by one poll, not by three.
  /// - Parameter place: of the source, in 0..<1.
  public static func next(after due: Int64, every interval: Int64, place: Double, now: Int64) -> Int64 {
    let target = Int64(place * Double(interval))
    // How far behind its place it is, from -interval/2 to interval/2.
    var behind = (due - target) % interval
    if behind < 0 { behind += interval }
    if behind > interval / 2 { behind -= interval }
    let most = Int64(Double(interval) * drift)
    let step = interval - min(max(behind, -most), most)
    let next = due + step
    guard next < now else { return next }
    return next + (now - next + interval - 1) / interval * interval
  }

  /// An adaptive interval, varied within its bounds.
  /// - Parameter random: in 0..<1.
  public static func varied(_ interval: Duration, within bounds: ClosedRange<Duration>, random: Double) -> Duration {
    min(max(interval * (1 - jitter + 2 * jitter * random), bounds.lowerBound), bounds.upperBound)
  }
}
