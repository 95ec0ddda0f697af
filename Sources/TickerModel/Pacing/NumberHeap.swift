/// Small numbers by a key, the least first: a binary heap. A number stands in it at most once. A value.
public struct NumberHeap: Sendable {
  private struct Entry: Sendable {
    let key: Int64
    let number: Int32
  }

  private var entries: [Entry] = []
  /// Where each number stands, -1 where it does not; nil in a heap that is searched for it instead.
  private var places: [Int32]?

  /// - Parameter isIndexed: removes and moves any number in the logarithm of the heap's size, for 4 bytes for each number
  ///   up to the greatest. Otherwise that is done at once for the first alone.
  public init(isIndexed: Bool) { places = isIndexed ? [] : nil }

  /// The least.
  public var first: (number: Int, key: Int64)? { entries.first.map { (Int($0.number), $0.key) } }
  public var isEmpty: Bool { entries.isEmpty }

  /// Its key; nil where it does not stand in it.
  public func key(of number: Int) -> Int64? { place(of: number).map { entries[$0].key } }

  /// Puts a number in, or moves it.
  public mutating func set(_ number: Int, key: Int64) {
    let entry = Entry(key: key, number: Int32(number))
    if let place = place(of: number) {
      let before = entries[place].key
      entries[place] = entry
      if key < before { rise(from: place) } else { sink(from: place) }
    } else {
      entries.append(entry)
      settle(entries.count - 1)
      rise(from: entries.count - 1)
    }
  }

  /// Takes a number out.
  public mutating func remove(_ number: Int) {
    guard let place = place(of: number) else { return }
    places?[number] = -1
    let last = entries.removeLast()
    guard place < entries.count else { return }
    let before = entries[place].key
    entries[place] = last
    settle(place)
    if last.key < before { rise(from: place) } else { sink(from: place) }
  }

  private func place(of number: Int) -> Int? {
    guard let places else { return entries.firstIndex { $0.number == number } }
    guard number < places.count, places[number] >= 0 else { return nil }
    return Int(places[number])
  }

  private mutating func settle(_ place: Int) {
    guard places != nil else { return }
    let number = Int(entries[place].number)
    while places?.count ?? 0 <= number { places?.append(-1) }
    places?[number] = Int32(place)
  }

  private mutating func rise(from start: Int) {
    var place = start
    while place > 0, entries[place].key < entries[(place - 1) / 2].key {
      exchange(place, (place - 1) / 2)
      place = (place - 1) / 2
    }
  }

  private mutating func sink(from start: Int) {
    var place = start
    while true {
      var child = 2 * place + 1
      guard child < entries.count else { return }
      if child + 1 < entries.count, entries[child + 1].key < entries[child].key { child += 1 }
      guard entries[child].key < entries[place].key else { return }
      exchange(place, child)
      place = child
    }
  }

  private mutating func exchange(_ one: Int, _ other: Int) {
    entries.swapAt(one, other)
    settle(one)
    settle(other)
  }
}
