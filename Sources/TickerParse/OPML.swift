import CXML
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

/// Reads source lists of other readers. A class, because C calls it back; it lives inside one call.
public final class OPML {
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
    let repaired = AmpersandRepair.repaired(decoded.bytes) ?? decoded.bytes
    let content = repaired.drop { $0 != UInt8(ascii: "<") }
    let reader = OPML()
    var events = cxml_events()
    events.start = { owner, name, prefix, space, attributes, count in
      OPML.of(owner).start(
        FeedElement.name(local: name, prefix: prefix, space: space), FeedElement.attributes(attributes, count: count))
    }
    events.end = { owner, name in OPML.of(owner).end(FeedElement.name(local: name, prefix: nil, space: nil)) }
    events.text = { _, _, _ in true }
    var fault = cxml_fault()
    let outcome = content.withUnsafeBytes { bytes in
      cxml_read_feed(
        bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count, &events,
        Unmanaged.passUnretained(reader).toOpaque(), &fault)
    }
    guard outcome == CXML_SOUND || outcome == CXML_BROKEN else { throw XMLBounds.error(outcome) }
    guard reader.isOPML else {
      throw ParseError(.kind, "the document is no OPML; export the list of feeds from the other reader again")
    }
    return (
      reader.outlines,
      outcome == CXML_BROKEN ? "the document is broken at line \(fault.line); what could be read was" : nil
    )
  }

  private static func of(_ owner: UnsafeMutableRawPointer?) -> OPML {
    guard let owner else { preconditionFailure("libxml2 lost its reader") }
    return Unmanaged<OPML>.fromOpaque(owner).takeUnretainedValue()
  }

  private func start(_ name: String, _ attributes: [String: String]) -> Bool {
    if name == "opml" { isOPML = true }
    guard isOPML else { return false }
    guard name == "outline" else { return true }
    let values = Dictionary(attributes.map { ($0.key.lowercased(), $0.value) }) { first, _ in first }
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
    return outlines.count < Self.most && open.count <= Self.deepest
  }

  private func end(_ name: String) -> Bool {
    if name == "outline", !open.isEmpty { open.removeLast() }
    return true
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
