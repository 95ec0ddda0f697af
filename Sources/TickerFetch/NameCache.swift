import TickerModel

/// What names stand for, for a short time, and which of them are being asked for. Pure value, bounded; times are
/// nanoseconds of the monotonic clock.
///
/// libcurl has such a cache too, but walks all of it after every transfer: at 5,000 hosts that doubled the price of a
/// request.
struct NameCache {
  /// What a request is to do.
  enum Finding: Equatable {
    case addresses([NetworkAddress])
    /// The answer is on its way.
    case wait
    /// The resolver said so just now.
    case absent
    case failed(String)
  }

  fileprivate struct Entry {
    var addresses: [NetworkAddress] = []
    /// When the addresses were told.
    var told: Int64 = 0
    /// What was said instead, the last time.
    var failure: (answer: NameAnswer, at: Int64)?
    var isAsked = false
    /// It took long or failed the last time.
    var isSuspect = false
    var used: Int64 = 0
  }

  private var entries: [String: Entry] = [:]

  /// A use from here on asks again, so that nobody has to wait when it ends.
  static let refresh = Duration.seconds(45)
  /// For so long an address serves while it is asked for again: a source that is polled every five minutes never waits,
  /// and sees a moved server one poll late.
  static let servesMeanwhile = Duration.seconds(600)
  /// For so long it serves when nobody can say: name servers fail more often than servers move (RFC 8767).
  static let servesInNeed = Duration.seconds(86_400)
  /// A failure is told to all who ask within this time.
  static let failure = Duration.seconds(5)
  /// Twenty for each of 5,000 sources; redirects could name ever new ones.
  static let most = 100_000

  /// What `name` stands for, and whether it is to be looked up now.
  mutating func find(_ name: String, at now: Int64) -> (finding: Finding, isToAsk: Bool) {
    if entries[name] == nil { makeRoom() }
    var entry = entries[name, default: Entry()]
    defer { entries[name] = entry }
    entry.used = now
    let finding = entry.finding(at: now)
    let isToAsk = !entry.isAsked && (finding == .wait || entry.isDue(at: now))
    if isToAsk { entry.isAsked = true }
    return (finding, isToAsk)
  }

  /// Whether its next lookup may take long.
  func isSuspect(_ name: String) -> Bool { entries[name]?.isSuspect ?? false }

  /// Takes an answer.
  mutating func learn(_ name: String, _ answer: NameAnswer, at now: Int64) {
    guard var entry = entries[name] else { return }
    entry.isAsked = false
    switch answer {
    case .addresses(let addresses):
      entry.addresses = addresses
      entry.told = now
      entry.failure = nil
      entry.isSuspect = false
    case .absent:
      entry.addresses = []
      entry.failure = (answer, now)
      entry.isSuspect = false
    case .failed:
      entry.failure = (answer, now)
      entry.isSuspect = true
    }
    entries[name] = entry
  }

  /// Somebody has waited for `name` as long as he could: what served before, however old.
  mutating func giveUp(_ name: String, at now: Int64) -> [NetworkAddress]? {
    entries[name]?.isSuspect = true
    guard let entry = entries[name], entry.serves(within: Self.servesInNeed, at: now) else { return nil }
    return entry.addresses
  }

  /// Forgets half of the names that nobody waits for, those unused for longest.
  private mutating func makeRoom() {
    guard entries.count >= Self.most else { return }
    let uses = entries.values.map(\.used).sorted()
    let middle = uses[uses.count / 2]
    entries = entries.filter { $0.value.isAsked || $0.value.used > middle }
  }
}

extension NameCache.Entry {
  func finding(at now: Int64) -> NameCache.Finding {
    if let failure, NameCache.failure > .nanoseconds(now - failure.at) {
      switch failure.answer {
      case .failed(let reason):
        return serves(within: NameCache.servesInNeed, at: now) ? .addresses(addresses) : .failed(reason)
      case .absent, .addresses: return .absent
      }
    }
    return serves(within: NameCache.servesMeanwhile, at: now) ? .addresses(addresses) : .wait
  }

  func isDue(at now: Int64) -> Bool {
    .nanoseconds(now - max(told, failure?.at ?? 0)) >= (failure == nil ? NameCache.refresh : NameCache.failure)
  }

  func serves(within age: Duration, at now: Int64) -> Bool { !addresses.isEmpty && .nanoseconds(now - told) < age }
}
