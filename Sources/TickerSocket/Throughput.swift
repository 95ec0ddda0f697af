/// Lines a second, over the last ten seconds or so. Pure value.
struct Throughput {
  /// Nanoseconds that are counted together: a burst shows, a single line does not jump.
  private static let window: Int64 = 10_000_000_000

  private var began: Int64
  private var count = 0
  /// Of the window before, in thousandths.
  private var former = 0

  init(now: Int64) { began = now }

  mutating func add(_ lines: Int, now: Int64) {
    turn(now)
    count += lines
  }

  /// Thousandths of a line a second.
  func rate(now: Int64) -> Int {
    var present = self
    present.turn(now)
    let elapsed = now - present.began
    // A window that has just begun says little; the one before stands in for the rest of it.
    let rest = max(0, Self.window - elapsed)
    return (present.count * 1_000_000_000_000 / Int(Self.window)) + present.former * Int(rest) / Int(Self.window)
  }

  private mutating func turn(_ now: Int64) {
    let elapsed = now - began
    guard elapsed >= Self.window else { return }
    // After two windows of silence nothing of the first is left.
    former = elapsed < 2 * Self.window ? count * 1_000_000_000_000 / Int(Self.window) : 0
    count = 0
    began = now - elapsed % Self.window
  }
}
