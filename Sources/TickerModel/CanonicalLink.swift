/// The comparison form of a link; the link itself is never changed. Pure.
public enum CanonicalLink {
  /// Scheme and host lower-cased, default port, userinfo and fragment dropped, tracking parameters dropped, the
  /// remaining parameters sorted.
  public static func text(_ link: String) -> String {
    if isCanonical(link) { return link }
    let parts = URLParts(link)
    guard !parts.scheme.isEmpty, !parts.authority.isEmpty else { return link }
    var authority = parts.authority.lowercased()
    if let port = defaultPorts[parts.scheme], authority.hasSuffix(port) { authority.removeLast(port.count) }
    if authority.hasSuffix(":") { authority.removeLast() }
    let query = parts.query.map(cleaned) ?? ""
    return "\(parts.scheme)://\(authority)\(parts.path.isEmpty ? "/" : parts.path)\(query.isEmpty ? "" : "?" + query)"
  }

  /// The same of a link that leads to a place; nil for any other.
  public static func address(_ link: String) -> String? { leadsToAPlace(link) ? text(link) : nil }

  /// Looked at as bytes, which a search for text would not be.
  private static func leadsToAPlace(_ link: String) -> Bool {
    let bytes = link.utf8
    return bytes.indices.contains { bytes[$0] == UInt8(ascii: ":") && bytes[$0...].starts(with: "://".utf8) }
  }

  /// Whether nothing can change: a lower-case web link without port, userinfo, query and fragment, which most are.
  private static func isCanonical(_ link: String) -> Bool {
    var rest = Substring(link).utf8
    for scheme in ["https://", "http://"] where rest.starts(with: scheme.utf8) {
      rest = rest.dropFirst(scheme.utf8.count)
      let host = rest.prefix { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D || $0 == 0x2E }
      let path = rest.dropFirst(host.count)
      return !host.isEmpty && path.first == UInt8(ascii: "/")
        && !path.contains { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") }
    }
    return false
  }

  private static func cleaned(_ query: String) -> String {
    query.split(separator: "&").filter { !isTracking($0.prefix { $0 != "=" }.lowercased()) }.sorted().joined(
      separator: "&")
  }

  private static func isTracking(_ name: String) -> Bool {
    trackingPrefixes.contains { name.hasPrefix($0) } || trackingNames.contains(name)
  }

  private static let defaultPorts = ["http": ":80", "https": ":443"]
  private static let trackingPrefixes = ["utm_", "mtm_", "pk_", "hsa_", "at_"]
  /// Click identifiers of advertisers and mailers, as their own documentation names them.
  private static let trackingNames: Set<String> = [
    "fbclid", "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "msclkid", "yclid", "twclid", "ttclid", "li_fat_id",
    "igshid", "igsh", "mc_cid", "mc_eid", "mkt_tok", "vero_id", "_hsenc", "_hsmi", "hsctatracking", "oly_anon_id",
    "oly_enc_id", "rb_clickid", "s_cid", "wickedid", "_openstat", "campaign_id", "campaign_medium", "campaign_name",
    "campaign_source", "campaign_term", "campaign_content", "ml_subscriber", "ml_subscriber_hash", "srsltid", "epik",
  ]
}
