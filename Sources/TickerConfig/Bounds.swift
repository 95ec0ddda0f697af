/// The values a key may have, and why no others.
struct Bound<Value: Comparable & Sendable>: Sendable {
  let range: ClosedRange<Value>
  let reason: String

  init(_ range: ClosedRange<Value>, _ reason: String) {
    self.range = range
    self.reason = reason
  }
}

/// Every bound of the configuration, named once, with its reason.
enum Bounds {
  static let interval = Bound<Duration>(
    .milliseconds(100) ... .seconds(30 * 86_400),
    "more than ten polls a second is an attack, and what is polled less than monthly is no news")
  static let sourceTimeout = Bound<Duration>(
    .milliseconds(100) ... .seconds(600), "a shorter one fails on any network, a longer one blocks a transfer")
  static let webhookTimeout = Bound<Duration>(
    .seconds(1) ... .seconds(600), "a shorter one fails on any network, a longer one blocks a transfer")
  static let retryWait = Bound<Duration>(
    .milliseconds(10) ... .seconds(30 * 86_400), "a shorter wait is none, and news does not keep longer")
  /// A document is held in memory whole, parsed into some five times its size.
  static let maxBody = Bound(1 << 10...256 << 20, "a document is held in memory whole")
  static let minItems = Bound(0...10_000, "a window is compared line by line")
  static let maxItems = Bound(1...10_000, "a window is compared line by line")
  static let baselineItems = Bound(1...10_000, "no feed shows more; write \"all\" or \"silent\"")
  static let concurrency = Bound(1...64, "more at once is an attack on the receiver")
  static let expiresAfter = Bound<Duration>(
    .seconds(1) ... .seconds(365 * 86_400), "what is older than a second is tried at least once")
  static let recoveredItems = Bound(1...10_000, "more are a backlog; write \"all\"")
  static let batchItems = Bound(2...100, "one is no batch, and a request has at most 64 KiB")
  static let batchWait = Bound<Duration>(.milliseconds(10) ... .seconds(3600), "news does not wait longer")
  static let circuitFailures = Bound(1...1000, "one failure is the least that can be seen")
  static let circuitOver = Bound<Duration>(.zero ... .seconds(86_400), "a receiver that fails for a day is down")
  static let circuitProbe = Bound<Duration>(
    .milliseconds(100) ... .seconds(3600), "more often is no rest for the receiver, more seldom none for the desk")
  static let maxTransfers = Bound(1...4096, "each takes a descriptor and some 30 KB")
  static let perHost = Bound(1...256, "more at once is an attack on the host")
  static let quietAfter = Bound<Duration>(
    .seconds(1) ... .seconds(3650 * 86_400), "a shorter silence is between any two polls; write \"never\" for none")
  static let maxSubscribers = Bound(1...100_000, "each takes a descriptor")
  static let keepDocuments = Bound(0...1000, "0 keeps none; more of one source than that nobody looks through")
  static let keepBytes = Bound(0...64 << 30, "0 keeps none; a database that large takes hours to copy")
  static let repeatAfter = Bound<Duration>(
    .zero ... .seconds(3650 * 86_400), "0s makes every line that comes back on top news, ten years none")
  static let retention = Bound<Duration>(
    .seconds(1) ... .seconds(3650 * 86_400), "what goes sooner was never kept, and ten years are an archive's task")
  static let keepHashes = Bound<Duration>(
    .zero ... .seconds(3650 * 86_400),
    "0s forgets an item with its last trace, ten years are longer than any feed shows")
  static let socketMode = Bound(0...0o777, "a socket has read and write bits for owner, group and others")

  /// An event carries no more (SPEC §3.4).
  static let tags = 32
  /// Bytes of one tag, as an event carries it.
  static let tagBytes = 64
  static let retries = 32
  /// Each is tried on every item of its source.
  static let labels = 16
  /// Patterns of `skip`; each is tried on every item of its source.
  static let skipped = 32
  /// Each is tried on every item; more are a program, not a configuration.
  static let rules = 1000
  /// Bytes of a language tag; registered ones with script and region have some fifteen (RFC 5646 §4.4.1).
  static let languageBytes = 35
  /// Letters or digits of one part of a language tag (RFC 5646 §2.1).
  static let subtagBytes = 8
  /// Keys during a rotation: the old and the new; each signs every delivery.
  static let secrets = 8
  /// A filter or an `allow_net` with more is a list that belongs elsewhere; each value is tried on every event.
  static let listValues = 256
  /// `@name` of a Telegram channel has at most 33 characters, a chat's number at most 14.
  static let chatBytes = 64
  /// What ntfy takes (https://github.com/binwiederhier/ntfy, `topicRegex`).
  static let topicBytes = 64
  /// A browser sends some fifteen.
  static let headers = 32
  static let includePatterns = 64
  static let includedFiles = 1000
  /// Some 20,000 sources.
  static let fileBytes = 4 << 20
  static let nameBytes = 64
  /// What servers take in a request line (RFC 9110 §4.1 recommends at least 8000).
  static let urlBytes = 8000
  /// A product and an address to ask.
  static let userAgentBytes = 256
  /// `sockaddr_un.sun_path` holds 108 bytes with its NUL (unix(7)).
  static let socketPathBytes = 107
  /// Of one file; nobody mends more faults, or heeds more warnings, from one run.
  static let faults = 1000
}
