import TickerModel

/// The types of the configuration's values. Each method leaves the value as it is where the operator wrote none, or a
/// faulty one.
extension TableReader {
  mutating func flag(_ key: String, into value: inout Bool) {
    guard let entry = take(key) else { return }
    guard case .flag(let flag) = entry.node.value else { return fault(entry, expected: "true or false") }
    value = flag
  }

  mutating func integer(_ key: String, within bound: Bound<Int>, into value: inout Int) {
    guard let entry = take(key) else { return }
    guard case .integer(let number) = entry.node.value else { return fault(entry, expected: "an integer") }
    guard bound.range.contains(number) else { return fault(entry, outside: bound, shown: { "\($0)" }) }
    value = number
  }

  mutating func duration(_ key: String, within bound: Bound<Duration>, into value: inout Duration) {
    guard let entry = take(key) else { return }
    if let duration = duration(entry.key, entry.node, within: bound) { value = duration }
  }

  /// A duration, where a word would have been possible too; the caller has looked for it. `words` names it in a fault.
  mutating func duration(_ key: String, or words: String, within bound: Bound<Duration>) -> Duration? {
    take(key).flatMap { duration(key, $0.node, or: words + " or ", within: bound) }
  }

  mutating func durations(_ key: String, atMost most: Int, within bound: Bound<Duration>, into value: inout [Duration])
  {
    guard let nodes = array(key, of: "durations such as [\"5s\", \"2m\"]", atMost: most) else { return }
    value = nodes.compactMap { duration(key, $0, within: bound) }
  }

  mutating func size(_ key: String, within bound: Bound<Int>, into value: inout Int) {
    guard let entry = take(key) else { return }
    guard case .string(let text) = entry.node.value, let bytes = Quantity.bytes(text) else {
      return fault(entry, expected: "a size such as \"64KiB\" or \"16MiB\"")
    }
    guard bound.range.contains(bytes) else { return fault(entry, outside: bound, shown: Quantity.text(bytes:)) }
    value = bytes
  }

  /// One of the values of an enumeration.
  mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(_ key: String, into value: inout Choice) {
    if let choice: Choice = choice(key) { value = choice }
  }

  /// One or more values of an enumeration.
  mutating func choices<Choice: RawRepresentable<String> & CaseIterable>(_ key: String) -> [Choice] {
    (oneOrMoreTexts(key, atMost: Bounds.listValues) ?? []).compactMap { choice(key, $0) }
  }

  /// One of the values of an enumeration; nil when the operator wrote none.
  mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(_ key: String) -> Choice? {
    text(key).flatMap { choice(key, $0) }
  }

  /// A string, without control characters.
  mutating func text(_ key: String) -> Located<String>? {
    guard let entry = take(key) else { return nil }
    return text(key, entry.node)
  }

  /// An array of strings without control characters; nil when the operator wrote none.
  mutating func texts(_ key: String, atMost most: Int) -> [Located<String>]? {
    array(key, of: "strings", atMost: most)?.compactMap { text(key, $0) }
  }

  /// A string, or an array of them.
  mutating func oneOrMoreTexts(_ key: String, atMost most: Int) -> [Located<String>]? {
    guard let entry = take(key), case .string = entry.node.value else { return texts(key, atMost: most) }
    return text(key, entry.node).map { [$0] }
  }

  /// The elements under `key`; nil when the operator wrote none.
  mutating func array(_ key: String, of content: String, atMost most: Int) -> [TOMLNode]? {
    guard let entry = take(key) else { return nil }
    guard case .array(let nodes) = entry.node.value else {
      fault(entry, expected: "an array of \(content)")
      return nil
    }
    guard nodes.count <= most else {
      fault(entry.node.place, "\(key): \(nodes.count) values, at most \(most) are taken")
      return nil
    }
    return nodes
  }

  mutating func networks(_ key: String, into value: inout [NetworkRange]) {
    guard let texts = texts(key, atMost: Bounds.listValues) else { return }
    value = texts.compactMap { text in
      if let range = NetworkRange(text.value) { return range }
      fault(
        text.place,
        "\(key): \(Quoted.text(text.value)) is no network such as \"127.0.0.0/8\" or \"fd00::/8\", "
          + "whose bits after the prefix are zero", excerpt: Quoted.text(text.value))
      return nil
    }
  }
}

extension TableReader {
  mutating func text(_ key: String, _ node: TOMLNode) -> Located<String>? {
    guard case .string(let text) = node.value else {
      fault(key, node, expected: "a string in quotes")
      return nil
    }
    guard !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
      fault(node.place, "\(key): control characters are not allowed")
      return nil
    }
    return Located(value: text, place: node.place)
  }

  private mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ key: String, _ text: Located<String>
  ) -> Choice? {
    if let choice = Choice(rawValue: text.value) { return choice }
    let words = Choice.allCases.map(\.rawValue)
    let message = "\(key): \(Quoted.text(text.value)) is none of \(Quoted.list(words))"
    fault(text.place, message + Suggestion.question(text.value, among: words), excerpt: Quoted.text(text.value))
    return nil
  }

  private mutating func duration(
    _ key: String, _ node: TOMLNode, or words: String = "", within bound: Bound<Duration>
  ) -> Duration? {
    guard case .string(let text) = node.value, let duration = Quantity.duration(text) else {
      fault(key, node, expected: words + "a duration such as \"250ms\", \"15s\", \"5m\", \"2h\" or \"30d\"")
      return nil
    }
    guard bound.range.contains(duration) else {
      fault(TOMLEntry(key: key, place: node.place, node: node), outside: bound, shown: Quantity.text)
      return nil
    }
    return duration
  }

  private mutating func fault<Value>(_ entry: TOMLEntry, outside bound: Bound<Value>, shown: (Value) -> String) {
    let range = "\(shown(bound.range.lowerBound)) to \(shown(bound.range.upperBound))"
    let written = entry.node.excerpt ?? ""
    fault(entry.node.place, "\(entry.key): \(written) is outside \(range): \(bound.reason)", excerpt: written)
  }
}
