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

  /// Connections to servers that are kept beyond those in use. With TLS each takes some 30 KiB, and servers close most of
  /// them within a minute or two: more would seldom serve.
  private static let mostKept = 1024
  /// Half of ``reserve``, for whoever has few descriptors.
  private static let fewestKept = 128

  /// How many connections are kept beside those in use: what descriptors are left.
  static func keptConnections(_ settings: DaemonSettings) -> Int {
    let others = subscribers(settings) + settings.maxTransfers + reserve
    return min(max(fewestKept, present - others), mostKept)
  }

  /// How many subscribers the configuration and the limit of descriptors allow; at least one.
  static func subscribers(_ settings: DaemonSettings) -> Int {
    max(1, min(settings.maxSubscribers, present - settings.maxTransfers - reserve))
  }

  /// What the process may have.
  private static var present: Int {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return Int(Int32.max) }
    return Int(clamping: limit.rlim_cur)
  }
}
