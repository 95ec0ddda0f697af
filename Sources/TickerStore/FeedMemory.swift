public import TickerModel

/// The entries of each feed's last document, as they were judged: an entry that stands there again just so needs no
/// look at its hashes, aliases and items in the database. Owned by the writer.
///
/// What is remembered is written with the document's window, in the transaction that judged it, and read from there at a
/// source's first poll after a start (or after a transaction that was lost), one row for each source. So it is at any
/// time what the judgement left behind, and what is not remembered for want of room is only read once more.
public struct FeedMemory: Sendable {
  /// What an entry is recognised by: 64 bits of its fingerprint, which nobody can aim at, and 64 of its aliases.
  public struct Key: Sendable, Hashable {
    public let content: UInt64
    public let names: UInt64

    public init(content: UInt64, names: UInt64) {
      self.content = content
      self.names = names
    }

    /// Of each entry. Looked at in place: the texts of two hundred entries counted up and down cost more than all else.
    static func keys(of seen: [SeenItem]) -> [Key] {
      seen.withUnsafeBufferPointer { seen in
        seen.indices.map { Key(content: seen[$0].fingerprint.leadingBits, names: Names.hash(seen[$0].aliases)) }
      }
    }
  }

  /// Entries remembered in all, of 16 bytes each: 3,000 feeds of thirty. Of another feed they are read from its window's row
  /// at each poll that brings another document.
  public static let mostEntries = 100_000

  private let mostEntries: Int
  private var documents: [String: [Key]] = [:]
  private var entries = 0

  /// Remembers nothing yet.
  public init(mostEntries: Int = Self.mostEntries) { self.mostEntries = mostEntries }

  /// Whether `seen` is the very document that `source` showed last, or else which of its entries stood in that one.
  /// - Parameter stored: reads what was written with the last document, where it is not remembered; nil where nothing is.
  public mutating func settled<Failure: Error>(
    _ seen: [SeenItem], of source: String, stored: () throws(Failure) -> [Key]?
  ) throws(Failure) -> (indices: Set<Int>, isSame: Bool) {
    let last: [Key]
    if let remembered = documents[source] {
      last = remembered
    } else {
      guard let kept = try stored() else { return ([], false) }
      last = kept
      remember(last, of: source)
    }
    let keys = Key.keys(of: seen)
    if keys == last { return ([], true) }
    let known = Set(last)
    return (Set(seen.indices.filter { known.contains(keys[$0]) }), false)
  }

  /// The entries of a document without those whose judgement may change with what stands beside them.
  public static func keys(of seen: [SeenItem], except unsettled: Set<Int>) -> [Key] {
    Key.keys(of: seen).enumerated().filter { !unsettled.contains($0.offset) }.map(\.element)
  }

  /// Remembers a document, where there is room.
  public mutating func remember(_ keys: [Key], of source: String) {
    forget(source)
    guard entries + keys.count <= mostEntries else { return }
    documents[source] = keys
    entries += keys.count
  }

  mutating func forget(_ source: String) { entries -= documents.removeValue(forKey: source)?.count ?? 0 }

  /// What is on disk may be older than what is remembered.
  mutating func forgetAll() { self = FeedMemory(mostEntries: mostEntries) }
}

/// A hash of an entry's aliases that is the same in every process. Fast rather than strong: entries of equal content
/// are all that it tells apart. Where it is changed, each feed is asked about in full once.
private enum Names {
  /// Two odd numbers without a pattern (the fractions of the golden ratio and of the root of two).
  private static let factor: UInt64 = 0x9E37_79B9_7F4A_7C15
  private static let beginning: UInt64 = 0x6A09_E667_F3BC_C909

  static func hash(_ aliases: [String]) -> UInt64 {
    aliases.reduce(mixed(beginning, UInt64(aliases.count))) { hash($1, after: $0) }
  }

  private static func hash(_ alias: String, after hash: UInt64) -> UInt64 {
    var alias = alias
    return alias.withUTF8 { bytes in
      let bytes = UnsafeRawBufferPointer(bytes)
      var hash = mixed(hash, UInt64(bytes.count))
      var place = 0
      while place + 8 <= bytes.count {
        hash = mixed(hash, bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self).littleEndian)
        place += 8
      }
      guard place < bytes.count else { return hash }
      return mixed(hash, bytes[place...].reduce(0) { $0 << 8 | UInt64($1) })
    }
  }

  private static func mixed(_ hash: UInt64, _ word: UInt64) -> UInt64 {
    let product = (hash ^ word).multipliedFullWidth(by: factor)
    return (product.high ^ product.low) &+ beginning
  }
}
