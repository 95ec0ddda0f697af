import TickerModel
import TickerText

/// The values that sources, rules and filters say of items.
extension TableReader {
  /// A search among more sources would cost more than it helps.
  private static let mostSuggested = 1000

  /// Names of sources; one that is not among `sources` is a warning. Nil when they are not known because one is faulty.
  mutating func sourceNames(_ key: String, among sources: [String]?) -> [String] {
    let names = oneOrMoreTexts(key, atMost: Bounds.listValues) ?? []
    if let sources {
      for name in names where !sources.contains(name.value) {
        let question = sources.count > Self.mostSuggested ? "" : Suggestion.question(name.value, among: sources)
        let message = "\(key): there is no source \(Quoted.text(name.value))\(question)"
        warn(name.place, message, excerpt: Quoted.text(name.value))
      }
    }
    return names.map(\.value)
  }

  /// Whole names of speakers and outlets.
  mutating func speakerNames() -> [String] {
    let names = oneOrMoreTexts("attribution", atMost: Bounds.listValues) ?? []
    for name in names where !(1...EventEncoding.longestAttribution).contains(name.value.utf8.count) {
      let message = "attribution: \(Quoted.text(name.value)) must have 1 to \(EventEncoding.longestAttribution) bytes"
      fault(name.place, message, excerpt: Quoted.text(name.value))
    }
    return names.map(\.value)
  }

  /// The `tags` of an item; nil when the operator wrote none.
  mutating func tags() -> [String]? {
    guard let texts = texts("tags", atMost: Bounds.tags) else { return nil }
    for text in texts where !(1...Bounds.tagBytes).contains(text.value.utf8.count) {
      let message = "tags: \(Quoted.text(text.value)) must have 1 to \(Bounds.tagBytes) bytes"
      fault(text.place, message, excerpt: Quoted.text(text.value))
    }
    return texts.map(\.value)
  }

  /// `texts` as regular expressions; a faulty one is left out.
  mutating func patterns(_ key: String, _ texts: [Located<String>]) -> [Pattern] {
    texts.compactMap { text in
      do throws(Pattern.Fault) {
        return try Pattern(text.value)
      } catch {
        let place = "byte \(error.offset + 1)"
        let message = "\(key): \(Quoted.text(text.value)) is no regular expression: \(error.message), at \(place)"
        fault(text.place, message, excerpt: Quoted.text(text.value))
        return nil
      }
    }
  }

  /// A language tag by its form (RFC 5646 §2.1); whether it is registered is not for this module to know.
  mutating func language(_ key: String, _ text: Located<String>) -> String? {
    let parts = text.value.split(separator: "-", omittingEmptySubsequences: false)
    let isSound =
      text.value.utf8.count <= Bounds.languageBytes && (2...Bounds.subtagBytes).contains(parts[0].utf8.count)
      && parts[0].utf8.allSatisfy(Self.isLetter)
      && parts.allSatisfy { part in
        (1...Bounds.subtagBytes).contains(part.utf8.count)
          && part.utf8.allSatisfy { Self.isLetter($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      }
    if isSound { return text.value }
    let message =
      "\(key): \(Quoted.text(text.value)) is no language tag such as \"en\", \"en-GB\" or \"zh-Hant\" (BCP 47)"
    fault(text.place, message, excerpt: Quoted.text(text.value))
    return nil
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
  }
}
