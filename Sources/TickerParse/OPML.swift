import TickerModel

/// One feed of an OPML list (http://opml.org/spec2.opml).
public struct OPMLOutline: Sendable, Equatable {
  /// Its `text` or `title`, white space folded.
  public var title: String
  /// Its `xmlUrl`.
  public var url: String
  /// Its `type` in lower case; empty where there is none.
  public var type: String
  /// The `text` of the outlines around it, and what its own `category` names.
  public var folders: [String]
  public var language: String?

  public init(title: String, url: String, type: String, folders: [String], language: String? = nil) {
    self.title = title
    self.url = url
    self.type = type
    self.folders = folders
    self.language = language
  }
}

/// Reads source lists of other readers. Pure; it lives inside one call.
public struct OPML {
  /// Feeds of one list; more is no list that a person made.
  public static let most = 20_000
  /// Outlines inside one another.
  private static let deepest = 64

  private var outlines: [OPMLOutline] = []
  /// The names of open outlines; "" where one is a feed or has no name.
  private var open: [String] = []
  private var isOPML = false

  private init() {}

  /// The feeds in document order, with what was broken. An error when the document is no OPML at all.
  public static func read(_ bytes: [UInt8]) throws(ParseError) -> (outlines: [OPMLOutline], fault: String?) {
    let decoded = try Encoding.decode(bytes, as: .xml, by: ParseRules())
    var reader = OPML()
    let line = decoded.bytes.withUnsafeBufferPointer { reader.read($0) }
    guard reader.isOPML else {
      throw ParseError(.kind, "the document is no OPML; export the list of feeds from the other reader again")
    }
    return (reader.outlines, line.map { "the document is broken at line \($0); what could be read was" })
  }

  /// The line on which it broke first.
  private mutating func read(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
    var scanner = XMLScanner(bytes)
    reading: while outlines.count < Self.most, open.count <= Self.deepest {
      switch scanner.next() {
      case .start(let name, let attributes, let isEmpty):
        let name = String(decoding: bytes[name], as: UTF8.self).lowercased()
        if name == "opml" { isOPML = true }
        guard isOPML else { break reading }
        if name == "outline" { start(Self.values(attributes, of: scanner)) }
        if isEmpty { end(name) }
      case .end(let name): end(String(decoding: bytes[name], as: UTF8.self).lowercased())
      case .text: break
      case .finished:
        if !open.isEmpty { scanner.note(bytes.count, "an outline that is not closed") }
        break reading
      }
    }
    return scanner.fault.map { scanner.line(of: $0.offset) }
  }

  /// By name in lower case; of several the first.
  private static func values(_ attributes: Range<Int>, of scanner: XMLScanner) -> [String: String] {
    var values: [String: String] = [:]
    var text = ByteBuffer()
    for (name, value) in XMLAttributes(scanner.bytes, in: attributes) {
      let name = String(decoding: scanner.bytes[name].prefix(32), as: UTF8.self).lowercased()
      guard ["text", "title", "xmlurl", "category", "type", "language"].contains(name), values[name] == nil else {
        continue
      }
      text.removeAll()
      XMLText.append(value, of: scanner, to: &text, room: FeedField.longestTitle)
      values[name] = text.text()
    }
    return values
  }

  private mutating func start(_ values: [String: String]) {
    let title = ["text", "title"].lazy.compactMap { values[$0].map(PlainText.folded) }.first { !$0.isEmpty } ?? ""
    let url = values["xmlurl"].map(PlainText.folded) ?? ""
    if !url.isEmpty {
      let own = (values["category"] ?? "").split(separator: ",").map { PlainText.folded(String($0.drop { $0 == "/" })) }
      let folders = open.filter { !$0.isEmpty } + own.filter { !$0.isEmpty }
      outlines.append(
        OPMLOutline(
          title: PlainText.cut(title, to: FeedField.longestWord), url: PlainText.cut(url, to: 16 << 10),
          type: values["type"]?.lowercased() ?? "", folders: folders, language: values["language"]))
    }
    open.append(url.isEmpty ? PlainText.cut(title, to: FeedField.longestWord) : "")
  }

  private mutating func end(_ name: String) {
    if name == "outline", !open.isEmpty { open.removeLast() }
  }
}

/// Writes a list of sources for other readers. Pure.
extension OPML {
  /// A whole document; every text is escaped.
  public static func text(_ outlines: [OPMLOutline], title: String) -> String {
    var text =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<opml version=\"2.0\">\n  <head>\n    <title>\(escaped(title))</title>\n  </head>\n  <body>\n"
    for outline in outlines {
      var attributes = [
        ("type", outline.type), ("text", outline.title), ("title", outline.title), ("xmlUrl", outline.url),
      ]
      if !outline.folders.isEmpty { attributes.append(("category", outline.folders.joined(separator: ","))) }
      if let language = outline.language { attributes.append(("language", language)) }
      text += "    <outline " + attributes.map { "\($0.0)=\"\(escaped($0.1))\"" }.joined(separator: " ") + "/>\n"
    }
    return text + "  </body>\n</opml>\n"
  }

  /// What XML and terminals would act on; characters that XML forbids become U+FFFD.
  private static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF: result += "\u{FFFD}"
      case _ where scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format:
        result += "&#x\(String(scalar.value, radix: 16));"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
