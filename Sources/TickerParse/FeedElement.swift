/// Names and attributes as libxml2 gives them, made Swift's.
enum FeedElement {
  /// The name in lower case, with the usual prefix of its namespace whatever prefix the document uses. Those of RSS
  /// and Atom have none; where the namespace is unknown or not declared, the prefix that is written counts.
  static func name(
    local: UnsafePointer<CChar>?, prefix: UnsafePointer<CChar>?, space: UnsafePointer<CChar>?
  ) -> String {
    let local = local.map { String(cString: $0) }?.lowercased() ?? ""
    let known = space.flatMap { namespaces[String(cString: $0).lowercased()] }
    let prefix = known ?? prefix.map { String(cString: $0).lowercased() } ?? ""
    return prefix.isEmpty || bare.contains(prefix) ? local : "\(prefix):\(local)"
  }

  /// Values by name, with the prefix as written; references in them are resolved.
  static func attributes(_ pointers: UnsafePointer<UnsafePointer<CChar>?>?, count: Int32) -> [String: String] {
    guard let pointers, count > 0 else { return [:] }
    var attributes: [String: String] = [:]
    for index in 0..<Int(count) {
      let parts = pointers + index * 5
      guard let local = parts[0], let start = parts[3], let end = parts[4] else { continue }
      let name = parts[1].map { "\(String(cString: $0)):\(String(cString: local))" } ?? String(cString: local)
      let bytes = UnsafeRawBufferPointer(start: start, count: end - start)
      attributes[name] = PlainText.resolvingReferences(String(decoding: bytes, as: UTF8.self))
    }
    return attributes
  }

  /// Prefixes of the same, where a document forgets to declare them.
  private static let bare: Set<String> = ["rss", "atom"]

  /// By address in lower case; several for one where versions of it are about.
  private static let namespaces = [
    "http://purl.org/rss/1.0/": "",
    "http://my.netscape.com/rdf/simple/0.9/": "",
    "http://channel.netscape.com/rdf/simple/0.9/": "",
    "http://backend.userland.com/rss": "",
    "http://backend.userland.com/rss2": "",
    "http://backend.userland.com/rss091": "",
    "http://blogs.law.harvard.edu/tech/rss": "",
    "http://www.w3.org/2005/atom": "",
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
