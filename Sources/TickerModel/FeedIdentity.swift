/// By what the entries of one feed document are told apart. A document whose guids are empty or repeated falls back to
/// links, then to content alone, for that document (SPEC §3.3, Feeds). Pure.
public struct FeedIdentity: Sendable, Equatable {
  /// What tells entries apart.
  public enum Rule: String, Sendable, Equatable {
    case guid, link, content
  }

  let rule: Rule
  /// For each entry the aliases to look up and to learn, best first.
  let aliases: [[String]]

  init(of items: [ParsedItem]) {
    let guids = items.map { $0.guid.flatMap { $0.isEmpty ? nil : Self.guidMark + $0 } }
    let links = items.map { $0.link.map { "link:" + CanonicalLink.text($0) } }
    let guidsTell = Self.tellApart(guids)
    let linksTell = Self.tellApart(links)
    rule = guidsTell ? .guid : linksTell ? .link : .content
    aliases = zip(guids, links).map { guid, link in
      [guidsTell ? guid : nil, linksTell ? link : nil].compactMap { $0.map { Self.bounded($0) } }
    }
  }

  /// What told the entries of a document apart; nil for an empty one.
  public static func rule(of seen: [SeenItem]) -> Rule? {
    seen.first.map { item in
      guard let best = item.aliases.first else { return .content }
      return best.hasPrefix(guidMark) ? .guid : .link
    }
  }

  private static let guidMark = "guid:"

  private static func tellApart(_ keys: [String?]) -> Bool {
    let present = keys.compactMap { $0 }
    return present.count == keys.count && Set(present).count == keys.count
  }

  /// Some feeds put whole texts where a guid belongs.
  private static func bounded(_ key: String) -> String { EventEncoding.cut(key, to: 2048) }
}
