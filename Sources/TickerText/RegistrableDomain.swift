import CPSL

/// Which hosts belong to one owner: the public suffix list (https://publicsuffix.org). Any thread.
public enum RegistrableDomain {
  /// The name that somebody registered, of which `host` is a part: `bbc.co.uk` for `feeds.bbc.co.uk`. Nil for an address,
  /// a name of one label, and a public suffix itself.
  /// - Parameter host: lower-cased, in ASCII form, without port and brackets.
  public static func of(_ host: String) -> String? {
    let host = host.hasSuffix(".") ? String(host.dropLast()) : host
    // An address has no owner that a list of names could tell; libpsl would take its last numbers for a name.
    guard host.contains("."), !host.contains(":"), host.split(separator: ".").last?.first?.isNumber != true else {
      return nil
    }
    return psl_registrable_domain(list.handle, host).map { String(cString: $0) }
  }

  private struct List: @unchecked Sendable {  // read only once it is loaded; it lives as long as the process
    /// The distribution's list where it is newer than the one that libpsl was built with.
    let handle = psl_latest(nil)
  }

  private static let list = List()
}
