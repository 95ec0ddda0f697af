import TickerModel
import TickerText

/// Why there is no answer. Pure value.
public struct FetchError: Error, Sendable, Equatable {
  /// A short stable word for metrics, events and decisions.
  public enum Class: String, Sendable, CaseIterable {
    /// The name has no address.
    case dns
    /// No connection, or it broke.
    case connect
    case tls
    case timeout
    /// The address guard refused.
    case address
    /// Too many redirects, or one that leaves http and https.
    case redirect
    /// Too large, incomplete, or not decodable.
    case body
    /// No HTTP, or beyond the bounds of a head.
    case `protocol`
    case url
    /// A `file:` source that cannot be read.
    case file
    /// The task was cancelled or the fetcher stopped.
    case cancelled
    /// Descriptors, threads or memory ran out.
    case resources
  }

  /// What kind of failure.
  public let `class`: Class
  /// A sentence for a person: safe for a terminal, without secrets, with the next step where there is one.
  public let message: String

  init(_ class: Class, _ message: String) {
    self.class = `class`
    self.message = message
  }

  static let cancelled = FetchError(.cancelled, "the request was cancelled")
  static let stopped = FetchError(.cancelled, "no more requests: the fetcher has stopped")
}

/// URLs as errors show them.
enum ShownURL {
  /// Enough to find the source; a hostile redirect may be as long as a head.
  private static let maxCharacters = 300

  static func text(_ url: String, isSecret: Bool) -> String {
    let shown = isSecret ? MaskedURL.hostOnly(url) : MaskedURL.text(url)
    return shown.count <= maxCharacters ? shown : shown.prefix(maxCharacters) + "…"
  }
}
