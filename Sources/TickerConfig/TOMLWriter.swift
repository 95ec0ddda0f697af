import TickerModel
import TickerText

/// One table of a TOML document, written line by line. A value.
struct TOMLWriter {
  private(set) var text: String

  init(_ header: String) { text = header + "\n" }

  /// Nothing when `value` is nil; otherwise it must be a TOML value.
  mutating func line(_ key: String, _ value: String?) {
    if let value { text += "\(key) = \(value)\n" }
  }

  /// Of a URL that `isSecret` only its host is shown.
  mutating func line(_ key: String, _ url: ConfiguredURL, isSecret: Bool = false) {
    switch url {
    case .secret(let reference): line(key, Self.reference(reference))
    case .literal(let url) where isSecret:
      line(key, Self.quoted(MaskedURL.hostOnly(url)) + "  # masked: whoever knows it may write; # and a hash tell it")
    case .literal(let url):
      let parts = URLParts(url)
      guard parts.userinfo != nil || parts.query != nil else { return line(key, Self.quoted(url)) }
      line(key, Self.quoted(MaskedURL.text(url)) + "  # masked: userinfo, query; # and a hash tell it from others")
    }
  }

  /// Where the items stand in a source's document.
  mutating func lines(extraction source: Source) {
    line("select", source.select.map(Self.quoted))
    line("xpath", source.xpath.map(Self.quoted))
    let fields = source.fields.given.map { ($0.name.rawValue, Self.quoted($0.selector)) }
    line("fields", fields.isEmpty ? nil : Self.inline(fields))
    line("start", source.start.map(Self.quoted))
    line("start_match", source.startMatch.map { Self.quoted($0.text) })
    line("end", source.end.map(Self.quoted))
    line("end_match", source.endMatch.map { Self.quoted($0.text) })
    line("items", source.items.map(Self.quoted))
    let map = source.map.given.map { ($0.name.rawValue, Self.quoted($0.path)) }
    line("map", map.isEmpty ? nil : Self.inline(map))
  }

  /// `""` where there is none, so that `[defaults]` changes nothing.
  mutating func line(_ key: String, proxy: ConfiguredURL?) {
    if let proxy { line(key, proxy) } else { line(key, Self.quoted("")) }
  }

  /// Values of headers whose name speaks of a secret are masked, and a comment says so.
  mutating func line(_ key: String, headers: [ConfiguredHeader]) {
    guard !headers.isEmpty else { return }
    var isMasked = false
    let members = headers.map { header in
      switch header.value {
      case .secret(let reference): return (Self.quoted(header.name), Self.reference(reference))
      case .literal(let value) where HeaderRule.isSecret(header.name):
        isMasked = true
        return (Self.quoted(header.name), Self.quoted("(" + MaskedURL.mark(value) + ")"))
      case .literal(let value): return (Self.quoted(header.name), Self.quoted(value))
      }
    }
    line(key, Self.inline(members) + (isMasked ? "  # masked" : ""))
  }

  static func array(_ values: [String]) -> String { "[" + values.joined(separator: ", ") + "]" }

  static func inline(_ members: [(key: String, value: String)]) -> String {
    "{ " + members.map { "\($0.key) = \($0.value)" }.joined(separator: ", ") + " }"
  }

  static func reference(_ reference: SecretReference) -> String {
    switch reference {
    case .credential(let name): inline([("credential", quoted(name))])
    case .file(let path): inline([("file", quoted(path))])
    case .environment(let name): inline([("env", quoted(name))])
    }
  }

  /// A basic string (https://toml.io/en/v1.0.0#string); what could act on a terminal is escaped too.
  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case _ where isHidden(scalar):
        let digits = String(scalar.value, radix: 16, uppercase: true)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  /// C0, C1, bidi controls and line separators: all below U+10000, so that four digits are enough.
  private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
    let kind = scalar.properties.generalCategory
    guard scalar.value <= 0xFFFF else { return false }
    return kind == .control || kind == .format || kind == .lineSeparator || kind == .paragraphSeparator
  }
}
