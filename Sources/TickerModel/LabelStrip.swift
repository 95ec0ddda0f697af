public import TickerText

/// Takes a source's labels ("BREAKING: ", "LIVE | ") off a headline's front before it is compared. Pure.
public enum LabelStrip {
  /// `text` with white space folded and without the labels at its front, each pattern applied once, in their order;
  /// `text` as it is where nothing would be left.
  public static func headline(_ text: String, patterns: [Pattern]) -> String {
    guard !patterns.isEmpty else { return text }
    var rest = Normalise.foldWhitespace(text)
    for pattern in patterns {
      guard let length = pattern.prefixLength(in: rest), length > 0 else { continue }
      rest = Normalise.foldWhitespace(String(decoding: rest.utf8.dropFirst(length), as: UTF8.self))
    }
    return rest.isEmpty ? text : rest
  }
}
