import TickerFetch
import TickerModel
import TickerStore

/// What a service manager is told.
extension Engine {
  /// A writer call longer than this is a hang: a slow disk takes seconds, an fsync behind a full queue a minute or two.
  private static let longestWrite = Duration.seconds(300)

  /// False when a thread that everything depends on hangs. Any thread; asks anew with every call.
  public nonisolated func isTurning(within patience: Duration) -> Bool {
    fetcher.isTurning(within: patience) && store.writing < Self.longestWrite
  }

  /// One line for `systemctl status`.
  public func summary() async -> String {
    let (count, failing) = await scheduler.census()
    let sources = "\(count) source\(count == 1 ? "" : "s")"
    let subscribers = subscriberCount
    let parts = [
      failing == 0 ? sources : "\(sources), \(failing) failing",
      "\(subscribers) subscriber\(subscribers == 1 ? "" : "s")",
    ]
    let notice = hasReloadFault ? "; the configuration on disk is not in force, see: tickerd status" : ""
    return "polling " + parts.joined(separator: "; ") + notice
  }
}
