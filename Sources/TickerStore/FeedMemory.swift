public import TickerModel

/// The entries of each feed's last document, as they were judged: an entry that stands there again just so needs no
/// look at the database. Owned by the writer; lost at a restart, when the first poll asks about everything once.
public struct FeedMemory: Sendable {
  /// Entries remembered in all; some 20 bytes each. Beyond it feeds are asked about in full.
  private static let mostEntries = 1_000_000

  private var documents: [String: [Int]] = [:]
  private var entries = 0

  /// Remembers nothing yet.
  public init() {}

  /// Whether `seen` is the very document that `source` showed last, or else which of its entries stood in that one.
  public func settled(_ seen: [SeenItem], of source: String) -> (indices: Set<Int>, isSame: Bool) {
    guard let last = documents[source] else { return ([], false) }
    let keys = seen.map(Self.key)
    if keys == last { return ([], true) }
    let known = Set(last)
    return (Set(seen.indices.filter { known.contains(keys[$0]) }), false)
  }

  /// Remembers a document without the entries whose judgement may change with what stands beside them.
  public mutating func remember(_ seen: [SeenItem], except unsettled: Set<Int>, of source: String) {
    forget(source)
    let settled = seen.indices.filter { !unsettled.contains($0) }
    guard entries + settled.count <= Self.mostEntries else { return }
    documents[source] = settled.map { Self.key(seen[$0]) }
    entries += settled.count
  }

  mutating func forget(_ source: String) {
    entries -= documents.removeValue(forKey: source)?.count ?? 0
  }

  mutating func forgetAll() { self = FeedMemory() }

  /// Content and aliases; 64 bits of a keyed hash, so that no document can be made to collide.
  private static func key(_ item: SeenItem) -> Int {
    var hasher = Hasher()
    hasher.combine(item.fingerprint)
    hasher.combine(item.aliases)
    return hasher.finalize()
  }
}
