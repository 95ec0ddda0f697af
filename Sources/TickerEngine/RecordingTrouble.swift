import TickerStore

/// A disk that takes nothing fails every source for the same reason: that is told once when it begins, once when the
/// reason is another, and once when it ends, with the number of sources that it held up. Pure value.
struct RecordingTrouble {
  private(set) var kind: StoreError.Kind?
  private var sources: Set<String> = []

  /// Nothing of this source could be recorded. Whether that is to be told.
  mutating func failed(_ source: String, _ kind: StoreError.Kind) -> Bool {
    sources.insert(source)
    defer { self.kind = kind }
    return kind != self.kind
  }

  /// Something of this source is on disk. How many sources the trouble held up, when it ends with this one.
  mutating func recorded(_ source: String) -> Int? {
    guard sources.contains(source) else { return nil }
    defer { self = RecordingTrouble() }
    return sources.count
  }
}
