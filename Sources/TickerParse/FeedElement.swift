/// What an element of a feed is for.
struct FeedElement: Equatable {
  enum Role: UInt8 {
    /// Nobody reads it.
    case none
    case item
    /// Holds fields together, as Media RSS does.
    case group
    case title, summary, published, updated, author, identifier
    case link, category
    /// A person's name inside an author.
    case name
    /// Outside of items: when to come again.
    case schedule
  }

  var role = Role.none
  /// Of several fields that say the same, the one of least rank counts: feeds mix the vocabularies.
  var rank: UInt8 = 0
  /// As HTML, inside text.
  var isBlock = false
  var isHidden = false
  /// Whether its prefix was never declared.
  var isStray = false

  /// By its name with the usual prefix of its namespace, in lower case.
  static func called(_ name: String) -> FeedElement {
    var element = FeedElement()
    if let (role, rank) = roles[name] { (element.role, element.rank) = (role, rank) }
    let html = ElementName(name.utf8)
    (element.isBlock, element.isHidden) = (html.isBlock, html.isHidden)
    return element
  }

  private static let roles: [String: (Role, UInt8)] = {
    var roles: [String: (Role, UInt8)] = [
      "item": (.item, 0), "entry": (.item, 0), "media:group": (.group, 0), "media:content": (.group, 0),
      "ttl": (.schedule, 0), "hour": (.schedule, 0), "day": (.schedule, 0), "sy:updateperiod": (.schedule, 0),
      "sy:updatefrequency": (.schedule, 0), "link": (.link, 0), "category": (.category, 0),
      "dc:subject": (.category, 0), "name": (.name, 0),
    ]
    for (role, names) in fields {
      for (rank, name) in names.enumerated() { roles[name] = (role, UInt8(rank)) }
    }
    return roles
  }()

  /// The best first.
  private static let fields: [(Role, [String])] = [
    (.title, ["title", "dc:title", "media:title", "itunes:title"]),
    (
      .summary,
      [
        "summary", "description", "content:encoded", "content", "abstract", "itunes:summary", "media:description",
        "dc:description", "body", "fullitem",
      ]
    ),
    (
      .published, ["pubdate", "published", "issued", "dc:date", "dcterms:issued", "created", "dcterms:created"]
    ),
    (.updated, ["updated", "modified", "dcterms:modified"]),
    (.author, ["author", "dc:creator", "itunes:author"]),
    (.identifier, ["guid", "id"]),
  ]
}

/// The names of a document's elements: what each is for, whatever prefix the document uses for its namespace. A name is
/// looked up once and found again by its bytes.
struct FeedNames {
  /// Declarations in force at once; a document has some ten.
  private static let mostDeclared = 256
  /// A power of two; feeds use some thirty names.
  private static let size = 128

  private struct Place {
    var name = 0..<0
    var letters: UInt64 = 0
    var element = FeedElement()
  }

  private let bytes: UnsafeBufferPointer<UInt8>
  private var places = [Place](repeating: Place(), count: size)
  /// Prefixes and what they mean, the innermost last; nil is no namespace that is known.
  private var declared: [(depth: Int, prefix: String, meaning: String?)] = []
  /// The depth of the last of them.
  private var innermost = Int.max

  init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  mutating func element(_ name: Range<Int>) -> FeedElement {
    let letters = self.letters(of: name)
    let place = Int((letters &* 0x9E37_79B9_7F4A_7C15) >> 57)
    let known = places[place].name
    if places[place].letters == letters, known.count == name.count, sameRest(known, name) {
      return places[place].element
    }
    var element = FeedElement.called(usualName(name))
    element.isStray = isStray(name)
    places[place] = Place(name: name, letters: letters, element: element)
    return element
  }

  /// `xmlns="…"` or `xmlns:dc="…"` on an element at `depth`.
  mutating func declare(_ attribute: Range<Int>, _ address: String, depth: Int) {
    guard declared.count < Self.mostDeclared else { return }
    let name = String(decoding: bytes[attribute], as: UTF8.self).lowercased()
    let prefix = name.dropFirst("xmlns".utf8.count + 1)
    declared.append((depth, String(prefix), Self.namespaces[address.lowercased()]))
    innermost = depth
    forget()
  }

  /// The element at `depth` ends, and what it declared.
  mutating func leave(_ depth: Int) {
    guard innermost != Int.max, innermost >= depth else { return }
    while let last = declared.last, last.depth >= depth { declared.removeLast() }
    innermost = declared.last?.depth ?? Int.max
    forget()
  }

  /// The name in lower case, with the usual prefix of its namespace. Those of RSS and Atom have none; where the namespace
  /// is unknown or not declared, the prefix that is written counts.
  func usualName(_ name: Range<Int>) -> String {
    let written = String(decoding: bytes[name], as: UTF8.self).lowercased()
    let parts = written.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let (prefix, local) = parts.count == 2 ? (String(parts[0]), String(parts[1])) : ("", written)
    let usual = declared.last { $0.prefix == prefix }?.meaning ?? prefix
    return usual.isEmpty || Self.bare.contains(usual) ? local : "\(usual):\(local)"
  }

  private func isStray(_ name: Range<Int>) -> Bool {
    guard let colon = bytes[name].firstIndex(of: UInt8(ascii: ":")) else { return false }
    let prefix = String(decoding: bytes[name.lowerBound..<colon], as: UTF8.self).lowercased()
    return prefix != "xml" && !declared.contains { $0.prefix == prefix }
  }

  /// The first eight bytes of a name in one word, which tell nearly all names apart.
  private func letters(of name: Range<Int>) -> UInt64 {
    guard name.lowerBound + 8 <= bytes.count else {
      return bytes[name].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
    let word = UnsafeRawBufferPointer(bytes).loadUnaligned(fromByteOffset: name.lowerBound, as: UInt64.self)
    return name.count >= 8 ? word : UInt64(littleEndian: word) & (1 << UInt64(name.count * 8) - 1)
  }

  /// Whether two names of the same first letters and length are equal.
  private func sameRest(_ one: Range<Int>, _ other: Range<Int>) -> Bool {
    one.count <= 8 || bytes[one].dropFirst(8).elementsEqual(bytes[other].dropFirst(8))
  }

  private mutating func forget() {
    for index in places.indices where !places[index].name.isEmpty { places[index] = Place() }
  }

  /// Prefixes of the same, where a document forgets to declare them.
  private static let bare: Set<String> = ["rss", "atom", "atom03", "atom10", "xhtml", "rss1", "rss2"]

  /// By address in lower case; several for one where versions of it are about.
  private static let namespaces = [
    "http://purl.org/rss/1.0/": "",
    "http://purl.org/net/rss1.1#": "",
    "http://my.netscape.com/rdf/simple/0.9/": "",
    "http://my.netscape.com/publish/formats/rss-0.91.dtd": "",
    "http://channel.netscape.com/rdf/simple/0.9/": "",
    "http://backend.userland.com/rss": "",
    "http://backend.userland.com/rss2": "",
    "http://backend.userland.com/rss091": "",
    "http://blogs.law.harvard.edu/tech/rss": "",
    "http://cyber.law.harvard.edu/rss/rss.html": "",
    "http://www.w3.org/2005/atom": "",
    "http://www.w3.org/2005/atom/": "",
    "http://purl.org/atom/ns#": "",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
    "http://purl.org/dc/elements/1.0/": "dc",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://purl.org/rss/1.0/modules/syndication/": "sy",
    "http://search.yahoo.com/mrss": "media",
    "http://search.yahoo.com/mrss/": "media",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://www.w3.org/1999/xhtml": "",
  ]
}
