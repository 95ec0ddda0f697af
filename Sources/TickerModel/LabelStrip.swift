public import TickerText

/// Takes a source's labels ("BREAKING: ", "LIVE | ") off a headline's front before it is compared. Pure.
public enum LabelStrip {
  /// `text` with white space folded and without the labels at its front, in whatever order they stand there, each
  /// pattern applied once; `text` as it is where nothing would be left, or no label stands there.
  public static func headline(_ text: String, patterns: [Pattern]) -> String {
    guard !patterns.isEmpty else { return text }
    let folded = Normalise.foldWhitespace(text)
    var rest = folded
    var unused = patterns
    while let (index, length) = firstLabel(of: rest, among: unused) {
      rest = Normalise.foldWhitespace(String(decoding: rest.utf8.dropFirst(length), as: UTF8.self))
      unused.remove(at: index)
    }
    return rest.isEmpty || rest == folded ? text : rest
  }

  /// The first of `patterns` that takes something off the front of `text`, and how many bytes.
  private static func firstLabel(of text: String, among patterns: [Pattern]) -> (index: Int, length: Int)? {
    for (index, pattern) in patterns.enumerated() {
      if let length = pattern.prefixLength(in: text), length > 0 { return (index, length) }
    }
    return nil
  }
}
