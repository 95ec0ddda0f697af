/// Who is due next: a binary heap of small numbers by due time, so that a hundred thousand sources cost no more than the
/// one that is due. A number stands in it at most once. A value; times are nanoseconds of a monotonic clock.
public struct DueHeap: Sendable {
  private struct Entry {
    let due: Int64
    let number: Int
  }

  private var entries: [Entry] = []
  /// Of each number its place in ``entries``, or ``nowhere``.
  private var places: [Int] = []
  private static let nowhere = -1

  /// An empty heap.
  public init() {}

  /// The earliest due time.
  public var next: Int64? { entries.first?.due }
  /// How many numbers wait.
  public var count: Int { entries.count }

  /// When `number` is due; nil when it does not wait.
  public func due(_ number: Int) -> Int64? { place(number).map { entries[$0].due } }

  /// Puts `number` in, or moves it. Memory grows with the greatest number.
  public mutating func set(_ number: Int, due: Int64) {
    precondition(number >= 0)
    let entry = Entry(due: due, number: number)
    if let place = place(number) {
      settle(entry, from: place)
    } else {
      while places.count <= number { places.append(Self.nowhere) }
      entries.append(entry)
      settle(entry, from: entries.count - 1)
    }
  }

  public mutating func remove(_ number: Int) {
    guard let place = place(number) else { return }
    places[number] = Self.nowhere
    let last = entries.removeLast()
    if place < entries.count { settle(last, from: place) }
  }

  /// Takes the earliest number that is due at `now`.
  public mutating func popDue(at now: Int64) -> (number: Int, due: Int64)? {
    guard let first = entries.first, first.due <= now else { return nil }
    remove(first.number)
    return (first.number, first.due)
  }

  private func place(_ number: Int) -> Int? {
    guard places.indices.contains(number), places[number] != Self.nowhere else { return nil }
    return places[number]
  }

  /// Puts an entry where it belongs, beginning at a place that is free for it.
  private mutating func settle(_ entry: Entry, from start: Int) {
    var place = start
    while place > 0, entry.due < entries[(place - 1) / 2].due {
      put(entries[(place - 1) / 2], at: place)
      place = (place - 1) / 2
    }
    while let child = earlierChild(of: place), entries[child].due < entry.due {
      put(entries[child], at: place)
      place = child
    }
    put(entry, at: place)
  }

  private func earlierChild(of place: Int) -> Int? {
    let left = 2 * place + 1
    guard left < entries.count else { return nil }
    return left + 1 < entries.count && entries[left + 1].due < entries[left].due ? left + 1 : left
  }

  private mutating func put(_ entry: Entry, at place: Int) {
    entries[place] = entry
    places[entry.number] = place
  }
}
