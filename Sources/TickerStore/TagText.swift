import TickerModel

/// Tags and sightings as one column: tags hold no white space but spaces, so tabs and line feeds separate. Pure.
enum TagText {
  static func text(_ tags: [String]) -> String { tags.joined(separator: "\t") }

  static func tags(_ text: String) -> [String] { text.split(separator: "\t").map(String.init) }

  /// A line for each: source, level, tags.
  static func text(_ sightings: [Sighting]) -> String? {
    guard !sightings.isEmpty else { return nil }
    return sightings.map { text([$0.source, $0.level.rawValue] + $0.tags) }.joined(separator: "\n")
  }

  static func sightings(_ text: String?) -> [Sighting] {
    (text ?? "").split(separator: "\n").compactMap { line in
      let parts = tags(String(line))
      guard parts.count >= 2, let level = Level(rawValue: parts[1]) else { return nil }
      return Sighting(source: parts[0], tags: Array(parts[2...]), level: level)
    }
  }
}
