/// How long a failing source waits (SPEC §8). Pure.
public enum Backoff {
  /// The wait doubles to at most this many intervals …
  static let mostIntervals = 20
  /// … or this long, whichever is less: a source that came back is heard within a quarter of an hour.
  static let longest = Duration.seconds(900)
  /// Sources that failed together do not come back together.
  public static let jitter = 0.2

  /// The wait after `failures` failures in a row (1 or more): never less than the interval less its jitter, and never
  /// an end. `random` is in 0..<1.
  public static func wait(after failures: Int, interval: Duration, random: Double) -> Duration {
    precondition(failures >= 1 && (0..<1).contains(random))
    let ceiling = max(interval, min(interval * mostIntervals, longest))
    // Beyond five doublings 20 intervals are passed; the bound keeps the shift small.
    let doubled = interval * (1 << min(failures - 1, 5))
    return min(doubled, ceiling) * (1 - jitter + 2 * jitter * random)
  }
}
