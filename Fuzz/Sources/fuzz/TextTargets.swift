import TickerText

extension Target {
  /// An event's body, were it not ours: its members lie behind each other within the bytes. What is written as a text
  /// is read back as the same text.
  static let members: Try = { bytes in
    var end = 0
    for member in JSONMembers(bytes) {
      precondition(member.range.lowerBound >= end && member.range.upperBound <= bytes.count)
      end = member.range.upperBound
      _ = (member.name, member.integer, member.strings)
      if let string = member.string { precondition(string.utf8.count <= 3 * member.range.count) }
    }
    let text = String(decoding: bytes, as: UTF8.self)
    var written = JSONText()
    written.member("one", text)
    written.member("many", [text, "", text])
    let read = Array(JSONMembers(written.bytes))
    precondition(read.map(\.name) == ["one", "many"])
    precondition(read[0].string?.utf8.elementsEqual(text.utf8) == true)
    precondition(read[1].strings.map { $0.map { Array($0.utf8) } } == [Array(text.utf8), [], Array(text.utf8)])
  }
}
