/// What a document is, judged by its first bytes alone: servers name types wrongly too often. Pure.
enum Sniff: Sendable {
  case feed, html, text, json

  /// What is looked at; a prolog of comments is never this long.
  private static let window = 64 << 10

  static func kind(of bytes: [UInt8]) -> Sniff {
    // The letters that matter are ASCII in every encoding; in UTF-16 every other byte is 0.
    let start = bytes.prefix(window)
    var rest = start.prefix(256).contains(0) ? start.filter { $0 != 0 }[...] : start
    while let first = rest.first, first <= 0x20 || first >= 0xF0 || first == 0xEF || first == 0xBB || first == 0xBF {
      rest = rest.dropFirst()  // white space and byte order marks
    }
    switch rest.first {
    case UInt8(ascii: "<"):
      let kind = markup(rest)
      return kind == .html && wrapsFeed(rest) ? .feed : kind
    case UInt8(ascii: "{") where isJSON(rest, opening: "\"}"): return .json
    case UInt8(ascii: "[") where isJSON(rest, opening: "{[\"]-0123456789"): return .json
    default: return .text
    }
  }

  /// Systems that take a feed for a page put an element `html` around it; a page that shows one escapes its markup.
  private static func wrapsFeed(_ rest: ArraySlice<UInt8>) -> Bool {
    rest.prefix(1024).firstRange(of: Array("<feed xmlns=\"http://www.w3.org/2005/Atom\"".utf8)) != nil
  }

  /// A brace or bracket followed by what JSON allows there; a line such as `[BREAKING] …` is text.
  private static func isJSON(_ rest: ArraySlice<UInt8>, opening: String) -> Bool {
    guard let next = rest.dropFirst().first(where: { $0 > 0x20 }) else { return true }
    return opening.utf8.contains(next)
  }

  /// By the first element's name, past declarations and comments.
  private static func markup(_ markup: ArraySlice<UInt8>) -> Sniff {
    var rest = markup
    while let open = rest.firstIndex(of: UInt8(ascii: "<")) {
      rest = rest[(open + 1)...]
      if rest.starts(with: "!--".utf8) {
        guard let end = rest.firstRange(of: Array("-->".utf8)) else { return .html }
        rest = rest[end.upperBound...]
        continue
      }
      let name = String(decoding: rest.prefix { isNameByte($0) }, as: UTF8.self).lowercased()
      // Of a document type that is no feed's the first element tells: templates print one of XHTML before their feed.
      if name == "!doctype", afterDoctype(rest.dropFirst(name.utf8.count)) == .feed { return .feed }
      if name.first?.isLetter == true { return kind(ofRoot: name) }
      guard let end = rest.firstIndex(of: UInt8(ascii: ">")) else { return .html }
      rest = rest[(end + 1)...]
    }
    return .html
  }

  private static func afterDoctype(_ rest: ArraySlice<UInt8>) -> Sniff {
    kind(ofRoot: String(decoding: rest.drop { $0 <= 0x20 }.prefix { isNameByte($0) }, as: UTF8.self).lowercased())
  }

  private static func kind(ofRoot name: String) -> Sniff {
    FeedReader.roots.contains(String(name.split(separator: ":").last ?? "")) ? .feed : .html
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    byte > 0x20 && byte != UInt8(ascii: ">") && byte != UInt8(ascii: "/") && byte != UInt8(ascii: "[")
  }
}
