public import TickerModel
import TickerText

/// A `[[source]]` table to paste: only what differs from the defaults. Pure.
public enum SourceText {
  /// Tags of one source at most.
  public static let mostTags = Bounds.tags
  /// Bytes of one tag at most.
  public static let tagBytes = Bounds.tagBytes

  /// Of every source the name and URL; URLs as they are.
  public static func toml(_ source: Source) -> String {
    let plain = Source(name: source.name, url: source.url)
    var table = TOMLWriter("[[source]]")
    table.line("name", quoted(source.name))
    switch source.url {
    case .literal(let url): table.line("url", quoted(url))
    case .secret(let reference): table.line("url", TOMLWriter.reference(reference))
    }
    if source.kind != plain.kind { table.line("kind", quoted(source.kind.rawValue)) }
    table.lines(extraction: source)
    if !source.tags.isEmpty { table.line("tags", TOMLWriter.array(source.tags.map(quoted))) }
    table.line("language", source.language.map(quoted))
    if !source.allowNet.isEmpty { table.line("allow_net", TOMLWriter.array(source.allowNet.map { quoted($0.text) })) }
    return table.text
  }

  /// A name that a source may have, made of any text: letters of other scripts go, what is left is joined by dashes.
  /// Nil when nothing is left.
  public static func name(from text: String) -> String? {
    var name = ""
    for scalar in text.lowercased().unicodeScalars {
      if scalar.isASCII, NameRegister.isName("a\(scalar)"), scalar != "-" {
        name.unicodeScalars.append(scalar)
      } else if scalar.value != 0x27, scalar.value != 0x2019, !name.isEmpty, !name.hasSuffix("-") {
        name += "-"
      }
    }
    name = String(name.drop { "._-".contains($0) }.prefix(Bounds.nameBytes))
    while let last = name.last, "._-".contains(last) { name.removeLast() }
    return name.isEmpty ? nil : name
  }

  /// `name`, with a number where it is among `taken`.
  public static func unique(_ name: String, among taken: Set<String>) -> String {
    guard taken.contains(name) else { return name }
    for number in 2... {
      let suffix = "-\(number)"
      let numbered = name.prefix(Bounds.nameBytes - suffix.count) + suffix
      if !taken.contains(String(numbered)) { return String(numbered) }
    }
    return name
  }

  private static func quoted(_ text: String) -> String { TOMLWriter.quoted(text) }
}
