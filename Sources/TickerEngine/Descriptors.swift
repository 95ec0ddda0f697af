import Glibc
import TickerModel

/// The process's descriptors: running out of them would end it (libdispatch traps), so subscribers are bounded below.
public enum Descriptors {
  /// For the database, its readers, listeners, logs, resolver threads and whatever libraries open.
  private static let reserve = 256

  /// Raises the soft limit to the hard one. Once, at start.
  public static func raiseLimit() {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }

  /// How many subscribers the configuration and the limit of descriptors allow; at least one.
  static func subscribers(_ settings: DaemonSettings) -> Int {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return settings.maxSubscribers }
    let descriptors = Int(clamping: limit.rlim_cur)
    return max(1, min(settings.maxSubscribers, descriptors - settings.maxTransfers - reserve))
  }
}
