/// Places among siblings, counted from 1.
extension SelectorMatcher {
  mutating func place(_ test: PlaceTest, _ node: HTMLNode) throws(TooMuch) -> Bool {
    guard try isCounted(node, test) else { return false }
    let key = PlaceMemory.Key(
      parent: node.parent?.number ?? 0, name: test.isOfType ? node.nameAddress : 0, isFromEnd: test.isFromEnd,
      test: test.chosen == nil ? 0 : test.number)
    let place = try place(of: node, test, places[key])
    places[key] = (node.number, place)
    return test.formula.matches(place)
  }

  /// From the place of a sibling that was counted before, if there is one.
  private mutating func place(
    of node: HTMLNode, _ test: PlaceTest, _ known: PlaceMemory.Place?
  ) throws(TooMuch) -> Int {
    if let known, known.number == node.number { return known.place }
    // From the end the place of one before says as much: it is greater by those between.
    let goesOn = test.isFromEnd && (known.map { $0.number >= node.number } ?? true)
    var place = 1
    var other = goesOn ? try after(node) : try before(node)
    while let sibling = other {
      if !goesOn, let known, sibling.number == known.number {
        return test.isFromEnd ? known.place - place : known.place + place
      }
      if try isCounted(sibling, test), !test.isOfType || sibling.isCalled(asIs: node) { place += 1 }
      other = goesOn ? try after(sibling) : try before(sibling)
    }
    return place
  }

  private mutating func isCounted(_ node: HTMLNode, _ test: PlaceTest) throws(TooMuch) -> Bool {
    try count()
    guard let chosen = test.chosen else { return true }
    return try holds(.fits(chosen), node)
  }
}

/// Where the last element of each row of siblings stood: selectors ask about one after another.
struct PlaceMemory {
  typealias Place = (number: UInt32, place: Int)

  struct Key: Hashable {
    let parent: UInt32
    /// Of the elements' name, 0 for all.
    let name: Int
    let isFromEnd: Bool
    /// The test whose elements alone are counted, 0 for all.
    let test: Int
  }

  /// Rows that are remembered; a page has some hundred that anybody asks about.
  private static let most = 1 << 14

  private var all: [Key: Place] = [:]
  private var chosen: [Key: Place] = [:]

  subscript(key: Key) -> Place? {
    get { key.test == 0 ? all[key] : chosen[key] }
    set {
      if all.count + chosen.count > Self.most { (all, chosen) = ([:], [:]) }
      if key.test == 0 { all[key] = newValue } else { chosen[key] = newValue }
    }
  }

  /// Tests of another selector may have the same number.
  mutating func forgetChosen() { if !chosen.isEmpty { chosen = [:] } }
}
