/// Who is due next: a binary heap of names by due time, so that ten thousand sources cost no more than the one that is
/// due. A name stands in it at most once. A value; times are nanoseconds of a monotonic clock.
public struct DueHeap: Sendable {
  private struct Entry {
    let due: Int64
    let name: String
  }

  private var entries: [Entry] = []
  private var places: [String: Int] = [:]

  /// An empty heap.
  public init() {}

  /// The earliest due time.
  public var next: Int64? { entries.first?.due }
  /// How many names wait.
  public var count: Int { entries.count }

  /// When `name` is due; nil when it does not wait.
  public func due(_ name: String) -> Int64? { places[name].map { entries[$0].due } }

  /// Puts `name` in, or moves it.
  public mutating func set(_ name: String, due: Int64) {
    if let place = places[name] {
      entries[place] = Entry(due: due, name: name)
      rise(from: place)
      sink(from: places[name] ?? place)
    } else {
      entries.append(Entry(due: due, name: name))
      places[name] = entries.count - 1
      rise(from: entries.count - 1)
    }
  }

  public mutating func remove(_ name: String) {
    guard let place = places.removeValue(forKey: name) else { return }
    let last = entries.removeLast()
    guard place < entries.count else { return }
    entries[place] = last
    places[last.name] = place
    rise(from: place)
    sink(from: places[last.name] ?? place)
  }

  /// Takes the earliest name that is due at `now`.
  public mutating func popDue(at now: Int64) -> (name: String, due: Int64)? {
    guard let first = entries.first, first.due <= now else { return nil }
    remove(first.name)
    return (first.name, first.due)
  }

  private mutating func rise(from start: Int) {
    var place = start
    while place > 0, entries[place].due < entries[(place - 1) / 2].due {
      exchange(place, (place - 1) / 2)
      place = (place - 1) / 2
    }
  }

  private mutating func sink(from start: Int) {
    var place = start
    while true {
      let children = [2 * place + 1, 2 * place + 2].filter { $0 < entries.count }
      guard let child = children.min(by: { entries[$0].due < entries[$1].due }), entries[child].due < entries[place].due
      else { return }
      exchange(place, child)
      place = child
    }
  }

  private mutating func exchange(_ one: Int, _ other: Int) {
    entries.swapAt(one, other)
    places[entries[one].name] = one
    places[entries[other].name] = other
  }
}
